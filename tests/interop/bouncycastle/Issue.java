/*
 * Issues hierarchies of hybrid certificates with Bouncy Castle: root,
 * intermediate, leaf. Each argument is PREFIX:CLASSICAL:ML-DSA:FORM, such as
 * /tmp/a:P-384:ml-dsa-65:both. Writes PREFIX.root.pem, .intermediate.pem,
 * .leaf.pem and .key, the leaf's two private keys. FORM is how the ML-DSA key
 * is written (RFC 9881 section 6): seed, expanded or both; or it is forged:
 * then the leaf's alternative signature is wrong, and its own one right.
 */
import java.io.FileWriter;
import java.io.OutputStream;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Security;
import java.security.spec.ECGenParameterSpec;
import java.util.Date;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.SubjectAltPublicKeyInfo;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.jcajce.interfaces.MLDSAPrivateKey;
import org.bouncycastle.jcajce.spec.MLDSAParameterSpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

public class Issue {
  static final long DAY = 24L * 3600 * 1000;
  static final SecureRandom random = new SecureRandom();

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

  record Keys(KeyPair classical, KeyPair pqc, String signature) {}

  static Keys generate(String classical, String pqc) throws Exception {
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
    String signature = classical.startsWith("RSA-") ? "SHA384withRSA" : "SHA384withECDSA";
    return new Keys(first.generateKeyPair(), second.generateKeyPair(), signature);
  }

  static GeneralSubtree subtree(int kind, String base) {
    return new GeneralSubtree(new GeneralName(kind, base));
  }

  static X509CertificateHolder issue(String subject, Keys keys, X509CertificateHolder issuer, Keys with, int depth,
      boolean forged)
      throws Exception {
    X500Name name = new X500Name("O=Interop,CN=" + subject);
    Date begin = new Date(System.currentTimeMillis() - DAY);
    SubjectPublicKeyInfo key = SubjectPublicKeyInfo.getInstance(keys.classical.getPublic().getEncoded());
    SubjectPublicKeyInfo alternative = SubjectPublicKeyInfo.getInstance(keys.pqc.getPublic().getEncoded());
    X509v3CertificateBuilder b = new X509v3CertificateBuilder(
        issuer == null ? name : issuer.getSubject(), new BigInteger(127, random), begin,
        new Date(begin.getTime() + 30 * DAY), name, key);
    JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
    b.addExtension(Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(key));
    if (issuer != null) {
      b.addExtension(Extension.authorityKeyIdentifier, false,
          utils.createAuthorityKeyIdentifier(issuer.getSubjectPublicKeyInfo()));
    }
    if (depth > 0) {
      b.addExtension(Extension.basicConstraints, true, new BasicConstraints(depth - 1));
      b.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      b.addExtension(Extension.nameConstraints, true, new NameConstraints(
          new GeneralSubtree[] {subtree(GeneralName.dNSName, "server.test"), subtree(GeneralName.iPAddress, "127.0.0.0/8")},
          new GeneralSubtree[] {subtree(GeneralName.dNSName, "secret.server.test")}));
    } else {
      b.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      b.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
      b.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
          new GeneralName(GeneralName.dNSName, "server.test"), new GeneralName(GeneralName.iPAddress, "127.0.0.1")}));
    }
    GeneralName list = new GeneralName(GeneralName.uniformResourceIdentifier, "http://127.0.0.1:9/ca.crl");
    b.addExtension(Extension.cRLDistributionPoints, false, new CRLDistPoint(new DistributionPoint[] {
        new DistributionPoint(new DistributionPointName(new GeneralNames(list)), null, null)}));
    b.addExtension(Extension.authorityInfoAccess, false, new AuthorityInformationAccess(
        AccessDescription.id_ad_caIssuers,
        new GeneralName(GeneralName.uniformResourceIdentifier, "http://127.0.0.1:9/ca.cer")));
    b.addExtension(Extension.subjectAltPublicKeyInfo, false, new SubjectAltPublicKeyInfo(alternative));
    ContentSigner first = new JcaContentSignerBuilder(with.signature).build(with.classical.getPrivate());
    ContentSigner second = new JcaContentSignerBuilder("ML-DSA").setProvider("BC").build(with.pqc.getPrivate());
    return b.build(first, false, forged ? new Forger(second) : second);
  }

  static PrivateKeyInfo written(PrivateKey key, String form) throws Exception {
    PrivateKeyInfo own = PrivateKeyInfo.getInstance(key.getEncoded());
    MLDSAPrivateKey mldsa = (MLDSAPrivateKey) key;
    DEROctetString expanded = new DEROctetString(mldsa.getPrivateData());
    DEROctetString seed = new DEROctetString(mldsa.getSeed());
    ASN1Encodable body;
    switch (form) {
      case "seed":
        body = new DERTaggedObject(false, 0, seed);
        break;
      case "expanded":
        body = expanded;
        break;
      default:
        body = new DERSequence(new ASN1Encodable[] {seed, expanded});
    }
    return new PrivateKeyInfo(own.getPrivateKeyAlgorithm(), body);
  }

  static void write(String path, String type, byte[]... pieces) throws Exception {
    try (PemWriter w = new PemWriter(new FileWriter(path))) {
      for (byte[] piece : pieces) {
        w.writeObject(new PemObject(type, piece));
      }
    }
  }

  public static void main(String[] args) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    for (String arg : args) {
      String[] what = arg.split(":");
      Keys root = generate(what[1], what[2]), intermediate = generate(what[1], what[2]), leaf = generate(what[1], what[2]);
      X509CertificateHolder top = issue("BC root", root, null, root, 2, false);
      X509CertificateHolder middle = issue("BC intermediate", intermediate, top, root, 1, false);
      X509CertificateHolder end = issue("BC leaf", leaf, middle, intermediate, 0, what[3].equals("forged"));
      write(what[0] + ".root.pem", "CERTIFICATE", top.getEncoded());
      write(what[0] + ".intermediate.pem", "CERTIFICATE", middle.getEncoded());
      write(what[0] + ".leaf.pem", "CERTIFICATE", end.getEncoded());
      write(what[0] + ".key", "PRIVATE KEY", leaf.classical.getPrivate().getEncoded(),
          written(leaf.pqc.getPrivate(), what[3]).getEncoded());
    }
  }
}
