/*
 * Verifies hybrid certificates with Bouncy Castle. Each argument is
 * CERTIFICATE:ISSUER, two PEM files; for each a line says whether the
 * certificate's own signature and its alternative one verify under the
 * issuer's own and alternative keys: "CERTIFICATE own=good alternative=good".
 */
import java.io.FileReader;
import java.security.Security;
import org.bouncycastle.asn1.x509.SubjectAltPublicKeyInfo;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;

public class Verify {
  interface Check {
    boolean run() throws Exception;
  }

  static X509CertificateHolder read(String path) throws Exception {
    try (PEMParser parser = new PEMParser(new FileReader(path))) {
      return (X509CertificateHolder) parser.readObject();
    }
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

  public static void main(String[] args) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    for (String arg : args) {
      String[] paths = arg.split(":");
      X509CertificateHolder certificate = read(paths[0]), issuer = read(paths[1]);
      SubjectAltPublicKeyInfo alternative = SubjectAltPublicKeyInfo.fromExtensions(issuer.getExtensions());
      System.out.printf("%s own=%s alternative=%s%n", paths[0],
          verdict(() -> certificate.isSignatureValid(verifier(issuer.getSubjectPublicKeyInfo()))),
          verdict(() -> certificate.isAlternativeSignatureValid(
              verifier(SubjectPublicKeyInfo.getInstance(alternative.toASN1Primitive())))));
    }
  }
}
