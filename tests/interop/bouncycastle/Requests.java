/*
 * Makes and verifies hybrid certificate signing requests with Bouncy Castle. An
 * argument make:PREFIX:CLASSICAL:ML-DSA, such as make:/tmp/a:P-384:ml-dsa-65,
 * writes PREFIX.csr and PREFIX.key; forge: does the same with an alternative
 * signature that is wrong. verify:FILE prints a line that says whether the
 * request's own signature and its alternative one verify under its own keys:
 * "FILE own=good alternative=good".
 */
import java.io.FileReader;
import java.io.FileWriter;
import java.io.OutputStream;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Security;
import java.security.spec.ECGenParameterSpec;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.jcajce.spec.MLDSAParameterSpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCS10CertificationRequestBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

public class Requests {
  interface Check {
    boolean run() throws Exception;
  }

  /* Signs as another does, but for one bit. */
  record Forger(ContentSigner right) implements ContentSigner {
    public AlgorithmIdentifier getAlgorithmIdentifier() {
      return right.getAlgorithmIdentifier();
    }

    public OutputStream getOutputStream() {
      return right.getOutputStream();
    }

    public byte[] getSignature() {
      byte[] signature = right.getSignature();
      signature[100] ^= 1;
      return signature;
    }
  }

  static void write(String path, String type, byte[]... pieces) throws Exception {
    try (PemWriter w = new PemWriter(new FileWriter(path))) {
      for (byte[] piece : pieces) {
        w.writeObject(new PemObject(type, piece));
      }
    }
  }

  static void make(String prefix, String classical, String pqc, boolean forged) throws Exception {
    KeyPairGenerator first;
    if (classical.startsWith("RSA-")) {
      first = KeyPairGenerator.getInstance("RSA");
      first.initialize(Integer.parseInt(classical.substring(4)));
    } else {
      first = KeyPairGenerator.getInstance("EC", "BC");
      first.initialize(new ECGenParameterSpec(classical));
    }
    KeyPairGenerator second = KeyPairGenerator.getInstance("ML-DSA", "BC");
    second.initialize(MLDSAParameterSpec.fromName(pqc));
    KeyPair own = first.generateKeyPair(), alternative = second.generateKeyPair();
    PKCS10CertificationRequestBuilder b = new PKCS10CertificationRequestBuilder(new X500Name("O=Interop,CN=BC request"),
        SubjectPublicKeyInfo.getInstance(own.getPublic().getEncoded()));
    ExtensionsGenerator asked = new ExtensionsGenerator();
    asked.addExtension(Extension.subjectAlternativeName, false,
        new GeneralNames(new GeneralName(GeneralName.dNSName, "server.test")));
    b.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, asked.generate());
    ContentSigner sign = new JcaContentSignerBuilder(
        classical.startsWith("RSA-") ? "SHA384withRSA" : "SHA384withECDSA").build(own.getPrivate());
    ContentSigner also = new JcaContentSignerBuilder("ML-DSA").setProvider("BC").build(alternative.getPrivate());
    PKCS10CertificationRequest request = b.build(sign,
        SubjectPublicKeyInfo.getInstance(alternative.getPublic().getEncoded()), forged ? new Forger(also) : also);
    write(prefix + ".csr", "CERTIFICATE REQUEST", request.getEncoded());
    write(prefix + ".key", "PRIVATE KEY", own.getPrivate().getEncoded(), alternative.getPrivate().getEncoded());
  }

  static ContentVerifierProvider verifier(SubjectPublicKeyInfo key) throws Exception {
    return new JcaContentVerifierProviderBuilder().setProvider("BC").build(key);
  }

  static String verdict(Check check) {
    try {
      return check.run() ? "good" : "bad";
    } catch (Exception e) {
      return "error (" + e.getMessage() + ")";
    }
  }

  static void verify(String path) throws Exception {
    PKCS10CertificationRequest request;
    try (PEMParser parser = new PEMParser(new FileReader(path))) {
      request = (PKCS10CertificationRequest) parser.readObject();
    }
    Attribute[] alternative = request.getAttributes(Extension.subjectAltPublicKeyInfo);
    System.out.printf("%s own=%s alternative=%s%n", path,
        verdict(() -> request.isSignatureValid(verifier(request.getSubjectPublicKeyInfo()))),
        alternative.length == 0 ? "none" : verdict(() -> request.isAltSignatureValid(verifier(
            SubjectPublicKeyInfo.getInstance(alternative[0].getAttributeValues()[0])))));
  }

  public static void main(String[] args) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    for (String arg : args) {
      String[] what = arg.split(":");
      if (what[0].equals("verify")) {
        verify(what[1]);
      } else {
        make(what[1], what[2], what[3], what[0].equals("forge"));
      }
    }
  }
}
