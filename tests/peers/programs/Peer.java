// A TLS client or server on the JDK's JSSE, told what to do by key=value.
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.KeyStore;
import java.security.cert.CertPathBuilder;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.X509CertSelector;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public class Peer {
    static final Map<String, String> said = new HashMap<>();

    static void configure(SSLParameters parameters) {
        if (said.containsKey("groups")) {
            parameters.setNamedGroups(said.get("groups").split(","));
        }
        if (said.containsKey("alpn")) {
            parameters.setApplicationProtocols(said.get("alpn").split(","));
        }
    }

    static SSLContext context() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        KeyManagerFactory keys = null;
        TrustManagerFactory trust = null;
        if (said.containsKey("pkcs12")) {
            char[] password = said.get("password").toCharArray();
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = new FileInputStream(said.get("pkcs12"))) {
                store.load(in, password);
            }
            keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(store, password);
        }
        if (said.containsKey("ca")) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            try (InputStream in = new FileInputStream(said.get("ca"))) {
                Certificate root = CertificateFactory.getInstance("X.509").generateCertificate(in);
                store.setCertificateEntry("root", root);
            }
            trust = TrustManagerFactory.getInstance("PKIX");
            if (said.containsKey("status")) {
                PKIXRevocationChecker checker =
                        (PKIXRevocationChecker) CertPathBuilder.getInstance("PKIX").getRevocationChecker();
                checker.setOptions(EnumSet.of(PKIXRevocationChecker.Option.ONLY_END_ENTITY,
                        PKIXRevocationChecker.Option.NO_FALLBACK));
                PKIXBuilderParameters parameters = new PKIXBuilderParameters(store, new X509CertSelector());
                parameters.addCertPathChecker(checker);
                trust.init(new CertPathTrustManagerParameters(parameters));
            } else {
                trust.init(store);
            }
        }
        context.init(keys == null ? null : keys.getKeyManagers(), trust == null ? null : trust.getTrustManagers(), null);
        return context;
    }

    static void client() throws Exception {
        int port = Integer.parseInt(said.get("port"));
        Socket plain = new Socket("127.0.0.1", port);
        try (SSLSocket socket = (SSLSocket) context().getSocketFactory().createSocket(plain, said.get("name"), port, true)) {
            SSLParameters parameters = socket.getSSLParameters();
            configure(parameters);
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            parameters.setServerNames(List.of(new SNIHostName(said.get("name"))));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            OutputStream out = socket.getOutputStream();
            if (said.containsKey("update")) {
                out.write("GET /page.txt HTTP/1.1\r\nHost: peer\r\n\r\n".getBytes());
                socket.getInputStream().read(new byte[1]);
                socket.startHandshake(); // in TLS 1.3 a KeyUpdate
            }
            out.write(("GET " + said.get("path") + " HTTP/1.0\r\n\r\n").getBytes());
            socket.getInputStream().transferTo(System.out);
            System.out.flush();
        }
    }

    static void echo(SSLSocket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            byte[] buffer = new byte[65536];
            boolean update = said.containsKey("update");
            for (int n; (n = in.read(buffer)) >= 0;) {
                if (update) {
                    socket.startHandshake();
                    update = false;
                }
                out.write(buffer, 0, n);
            }
            socket.shutdownOutput();
        } catch (Exception e) {
            System.out.println("error: " + e);
        }
    }

    static void server() throws Exception {
        try (SSLServerSocket listener = (SSLServerSocket) context().getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            SSLParameters parameters = listener.getSSLParameters();
            configure(parameters);
            parameters.setNeedClientAuth(said.containsKey("ca"));
            listener.setSSLParameters(parameters);
            System.out.println("port " + listener.getLocalPort());
            while (true) {
                echo((SSLSocket) listener.accept());
            }
        }
    }

    public static void main(String[] words) throws Exception {
        for (int i = 1; i < words.length; i++) {
            String[] both = words[i].split("=", 2);
            said.put(both[0], both[1]);
        }
        if (said.containsKey("responder")) {
            System.setProperty("jdk.tls.server.enableStatusRequestExtension", "true");
            System.setProperty("jdk.tls.stapling.responderOverride", "true");
            System.setProperty("jdk.tls.stapling.responderURI", said.get("responder"));
        }
        if (words[0].equals("client")) {
            client();
        } else {
            server();
        }
    }
}
