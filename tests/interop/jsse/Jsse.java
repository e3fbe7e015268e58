/*
 * TLS 1.3 of the JDK, as a client and as a server that sends each line back.
 *
 *   Jsse server CHAIN.p12 COUNT           prints "port N", takes COUNT connections
 *   Jsse client ROOT.pem PORT[:SUITE]...  sends a line over each, prints what came
 *
 * The passphrase of the PKCS #12 file is "interop".
 */
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public class Jsse {
  static void echo(SSLSocket s) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(s.getInputStream()));
    String line;
    while ((line = in.readLine()) != null) {
      s.getOutputStream().write((line + "\n").getBytes());
    }
    System.out.println("served " + s.getSession().getProtocol() + " " + s.getSession().getCipherSuite());
  }

  static void serve(String file, int count) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(new FileInputStream(file), "interop".toCharArray());
    KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
    managers.init(keys, "interop".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    try (SSLServerSocket listener = (SSLServerSocket)
        context.getServerSocketFactory().createServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      System.out.println("port " + listener.getLocalPort());
      for (int i = 0; i < count; i++) {
        try (SSLSocket s = (SSLSocket) listener.accept()) {
          echo(s);
        } catch (SSLException e) {
          System.out.println("failed " + e.getMessage());
        }
      }
    }
  }

  static void ask(SSLContext context, String where) throws Exception {
    String[] parts = where.split(":");
    Socket plain = new Socket();
    plain.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(parts[0])));
    try (SSLSocket s = (SSLSocket) context.getSocketFactory().createSocket(plain, "server.test", 0, true)) {
      SSLParameters parameters = s.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      parameters.setServerNames(List.of(new SNIHostName("server.test")));
      parameters.setProtocols(new String[] {"TLSv1.3"});
      if (parts.length > 1) {
        parameters.setCipherSuites(new String[] {parts[1]});
      }
      s.setSSLParameters(parameters);
      s.getOutputStream().write("quantum safe\n".getBytes());
      s.shutdownOutput();
      BufferedReader in = new BufferedReader(new InputStreamReader(s.getInputStream()));
      System.out.println("got " + in.readLine() + " then " + in.readLine() + " over " + s.getSession().getCipherSuite());
    } catch (SSLException e) {
      System.out.println("failed " + e.getMessage());
    }
  }

  public static void main(String[] args) throws Exception {
    if (args[0].equals("server")) {
      serve(args[1], Integer.parseInt(args[2]));
      return;
    }
    KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
    roots.load(null, null);
    roots.setCertificateEntry("root",
        CertificateFactory.getInstance("X.509").generateCertificate(new FileInputStream(args[1])));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(roots);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    for (int i = 2; i < args.length; i++) {
      ask(context, args[i]);
    }
  }
}
