/*
 * Revocation lists and OCSP responses with two signatures, by Bouncy Castle. Each
 * argument is the prefix of files: PREFIX.intermediate.pem, the issuer;
 * PREFIX.intermediate.key, its two private keys; PREFIX.ours.crl and
 * PREFIX.ours.ocsp, to be verified. Writes PREFIX.bc.crl, in which SERIAL of
 * PREFIX.serial (hexadecimal) is revoked for keyCompromise, and PREFIX.forged.crl,
 * whose alternative signature is wrong. Says for each file of ours whether its own
 * and its alternative signature verify.
 */
import java.io.ByteArrayOutputStream;
import java.io.FileReader;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.Security;
import java.security.Signature;
import java.util.Arrays;
import java.util.Date;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ocsp.BasicOCSPResponse;
import org.bouncycastle.asn1.ocsp.OCSPResponse;
import org.bouncycastle.asn1.ocsp.ResponseData;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.SubjectAltPublicKeyInfo;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pqc.crypto.mldsa.MLDSAParameters;
import org.bouncycastle.pqc.crypto.mldsa.MLDSAPrivateKeyParameters;
import org.bouncycastle.pqc.crypto.mldsa.MLDSASigner;

public class Status {
  static final ASN1ObjectIdentifier ALT_SIGNATURE = new ASN1ObjectIdentifier("2.5.29.74");
  static final long DAY = 24L * 3600 * 1000;

  interface Check {
    boolean run() throws Exception;
  }

  static String verdict(Check check) {
    try {
      return check.run() ? "good" : "bad";
    } catch (Exception e) {
      return "error (" + e + ")";
    }
  }

  static ContentVerifierProvider verifier(SubjectPublicKeyInfo key) throws Exception {
    return new JcaContentVerifierProviderBuilder().setProvider("BC").build(key);
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

  /* An ML-DSA key written as its seed (RFC 9881), which the JCA of this version does not read. */
  record Seeded(AlgorithmIdentifier algorithm, byte[] seed, ByteArrayOutputStream message) implements ContentSigner {
    static Seeded read(PrivateKeyInfo info) throws Exception {
      byte[] octets = info.getPrivateKey().getOctets();
      return new Seeded(info.getPrivateKeyAlgorithm(), Arrays.copyOfRange(octets, octets.length - 32, octets.length),
          new ByteArrayOutputStream());
    }

    public AlgorithmIdentifier getAlgorithmIdentifier() {
      return algorithm;
    }

    public OutputStream getOutputStream() {
      return message;
    }

    public byte[] getSignature() {
      boolean large = algorithm.getAlgorithm().getId().endsWith(".19");
      MLDSASigner signer = new MLDSASigner();
      signer.init(true, new MLDSAPrivateKeyParameters(large ? MLDSAParameters.ml_dsa_87 : MLDSAParameters.ml_dsa_65,
          seed));
      byte[] bytes = message.toByteArray();
      signer.update(bytes, 0, bytes.length);
      try {
        return signer.generateSignature();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  static byte[] list(X509CertificateHolder issuer, PrivateKey own, PrivateKeyInfo alternative, BigInteger serial,
      boolean forged) throws Exception {
    Date now = new Date(System.currentTimeMillis() - 60000);
    X509v2CRLBuilder b = new X509v2CRLBuilder(issuer.getSubject(), now);
    b.setNextUpdate(new Date(now.getTime() + DAY));
    b.addCRLEntry(serial, now, CRLReason.keyCompromise);
    b.addExtension(Extension.authorityKeyIdentifier, false,
        new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(issuer));
    String name = own.getAlgorithm().equals("RSA") ? "SHA384withRSA" : "SHA384withECDSA";
    ContentSigner first = new JcaContentSignerBuilder(name).build(own);
    ContentSigner second = Seeded.read(alternative);
    return b.build(first, false, forged ? new Forger(second) : second).getEncoded();
  }

  /* ResponseData without extension 74, put together anew by Bouncy Castle. */
  static byte[] covered(ResponseData data) throws Exception {
    ExtensionsGenerator kept = new ExtensionsGenerator();
    Extensions all = data.getResponseExtensions();
    for (ASN1ObjectIdentifier oid : all.getExtensionOIDs()) {
      if (!oid.equals(ALT_SIGNATURE)) {
        kept.addExtension(all.getExtension(oid));
      }
    }
    return new ResponseData(data.getResponderID(), data.getProducedAt(), data.getResponses(), kept.generate())
        .getEncoded(ASN1Encoding.DER);
  }

  static boolean alternative(ResponseData data, SubjectPublicKeyInfo key) throws Exception {
    Extension value = data.getResponseExtensions().getExtension(ALT_SIGNATURE);
    ASN1BitString bits = ASN1BitString.getInstance(ASN1Primitive.fromByteArray(value.getExtnValue().getOctets()));
    Signature s = Signature.getInstance("ML-DSA", "BC");
    s.initVerify(BouncyCastleProvider.getPublicKey(key));
    s.update(covered(data));
    return s.verify(bits.getOctets());
  }

  public static void main(String[] args) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    for (String prefix : args) {
      X509CertificateHolder issuer;
      PrivateKey own;
      PrivateKeyInfo second;
      try (PEMParser parser = new PEMParser(new FileReader(prefix + ".intermediate.pem"))) {
        issuer = (X509CertificateHolder) parser.readObject();
      }
      try (PEMParser parser = new PEMParser(new FileReader(prefix + ".intermediate.key"))) {
        own = new JcaPEMKeyConverter().setProvider("BC").getPrivateKey((PrivateKeyInfo) parser.readObject());
        second = (PrivateKeyInfo) parser.readObject();
      }
      BigInteger serial = new BigInteger(Files.readString(Path.of(prefix + ".serial")).trim(), 16);
      Files.write(Path.of(prefix + ".bc.crl"), list(issuer, own, second, serial, false));
      Files.write(Path.of(prefix + ".forged.crl"), list(issuer, own, second, serial, true));
      SubjectPublicKeyInfo alt = SubjectPublicKeyInfo.getInstance(
          SubjectAltPublicKeyInfo.fromExtensions(issuer.getExtensions()).toASN1Primitive());
      X509CRLHolder crl = new X509CRLHolder(Files.readAllBytes(Path.of(prefix + ".ours.crl")));
      System.out.printf("%s.ours.crl own=%s alternative=%s revoked=%s%n", prefix,
          verdict(() -> crl.isSignatureValid(verifier(issuer.getSubjectPublicKeyInfo()))),
          verdict(() -> crl.isAlternativeSignatureValid(verifier(alt))), crl.getRevokedCertificate(serial) != null);
      OCSPResponse response = OCSPResponse.getInstance(Files.readAllBytes(Path.of(prefix + ".ours.ocsp")));
      BasicOCSPResponse basic = BasicOCSPResponse.getInstance(response.getResponseBytes().getResponse().getOctets());
      System.out.printf("%s.ours.ocsp own=%s alternative=%s%n", prefix,
          verdict(() -> new BasicOCSPResp(basic).isSignatureValid(verifier(issuer.getSubjectPublicKeyInfo()))),
          verdict(() -> alternative(basic.getTbsResponseData(), alt)));
    }
  }
}
