"""NSS, Botan and GnuTLS by their own command line tools, and wolfSSL by a
small program of ours (Debian packages the library alone)."""

import os
import threading

from _peers import (AFTER, CLIENTS, COMPRESSIONS, HYBRID_GROUPS, ML_DSA, NAME, PASSWORD, PURE_KEMS, REVOKED, ROOTS, STAPLES,
                    Peer, Server, cells, chroot, free_port)
from _interop import PATIENCE, Failed, Process, Result, Serve, run
from _languages import Program
from _rows import PAGE


class NSS(Peer):
    """selfserv sends the file whose full name the request has."""

    name, package, speaks = "NSS", "libnss3-tools", "http"
    chooses = "client"
    signing_rsa = False  # it wants keyEncipherment of an RSA certificate
    groups = {"X25519MLKEM768": "x25519mlkem768", "SecP256r1MLKEM768": "secp256r1mlkem768",
              "SecP384r1MLKEM1024": "secp384r1mlkem1024", "x25519": "x25519", "secp256r1": "P256", "secp384r1": "P384",
              "secp521r1": "P521"}
    cannot_serve = {**cells("NSS has no group of ML-KEM alone", *PURE_KEMS),
                    **cells("the tools of NSS compress with zlib alone", "compression brotli", "compression zstd"),
                    **cells("selfserv has no command for it", "their KeyUpdate"),
                    **cells("selfserv -T staples nothing, for OpenSSL's client neither", *STAPLES, REVOKED)}
    finds_good = "Received 1 Cert Status items"
    cannot_connect = {**{row: reason for row, reason in cannot_serve.items() if not row.startswith("staple")},
                      **cells("tstclnt has no command for it", "their KeyUpdate", "ALPN")}

    def prepare(self):
        self.databases = {}
        self.lock = threading.Lock()

    def path(self, name):
        return self.shared.there("www/" + name)

    def database(self, *keys, servers=None, clients=None):
        """A certificate database with these PKCS#12 files, and roots that are trusted for servers or for clients."""
        with self.lock:
            name = "+".join([*keys, *(i.root for i in (servers, clients) if i)]) + ".nss"
            if name not in self.databases:
                there = "sql:" + self.shared.there(name)
                os.mkdir(self.shared.inside(self.suite, name))
                self.run("certutil", "-N", "-d", there, "--empty-password").ok()
                for key in keys:
                    self.run("pk12util", "-i", self.shared.there(key), "-d", there, "-W", PASSWORD, "-K", "").ok()
                for trusted, trust in ((servers, "C,,"), (clients, "T,,")):
                    if trusted:
                        self.run("certutil", "-A", "-d", there, "-n", "root " + trust, "-t", trust, "-a", "-i",
                                 self.shared.there(trusted.root)).ok()
                self.databases[name] = there
            return self.databases[name]

    def options(self, groups):
        return ["-V", "tls1.3:tls1.3", *(["-I", ",".join(self.names(groups))] if groups else [])]

    def server(self, identity, groups=None, alpn=None, compression=None, update=False, clients=None, staple=None,
               later=False):
        port = free_port()
        database = self.database(identity.pkcs12, *([identity.issuer_pkcs12] if staple else []), clients=clients)
        state = "revoked" if staple and "revoked" in staple else "good"  # it makes the response itself
        command = chroot(self.suite, "selfserv", "-n", "server", "-p", str(port),
                         "-d", database, "-w", "", "-v", *self.options(groups),
                         *(["-Q"] if alpn else []), *(["-q"] if compression else []),
                         *(["-r"] * (4 if later else 2) if clients else []), *(["-E"] if later else []),
                         *(["-T", state, "-A", "issuer"] if staple else []))
        return Server(command, "About to call accept", port)

    def client(self, port, identity, path, groups=None, alpn=None, compression=None, own=None, status=False,
               later=False):
        request = f"request{path.replace('/', '-')}"
        with open(self.shared.inside(self.suite, request), "w", encoding="ascii") as f:
            f.write(f"GET {path} HTTP/1.0\r\n\r\n")
        command = ["tstclnt", "-h", "127.0.0.1", "-p", str(port), "-a", NAME, "-d",
                   self.database(*([own.pkcs12] if own else []), servers=identity),
                   "-A", self.shared.there(request), *self.options(groups),
                   *(["--zlib-certificate-compression"] if compression else []),
                   *(["-n", "client", "-w", ""] if own else []), *(["-E"] if later else []),
                   *(["-T", "-v"] if status else [])]
        # One time in fifty it forgets to send its request once it is connected, and waits.
        for attempt in (1, 2, 3):
            try:
                result = self.run(*command, patience=4 if attempt < 3 else PATIENCE)
                break
            except Failed:
                if attempt == 3:
                    raise
        result.attempts = attempt
        return result


class Botan(Peer):
    name, package = "Botan", "botan"
    half_close = False
    chooses = "client"
    retries = True
    wants_issuer = True
    cannot_serve = {**cells("Botan's TLS does not authenticate with ML-DSA", *ML_DSA),
                    **cells("Botan has no certificate compression", *COMPRESSIONS),
                    **cells("tls_server has no option for it", "ALPN", *CLIENTS, *STAPLES, REVOKED),
                    **cells("tls_server has no command for it", "their KeyUpdate")}
    cannot_connect = {**cells("Botan's TLS does not authenticate with ML-DSA", *ML_DSA),
                      **cells("Botan has no certificate compression", *COMPRESSIONS),
                      **cells("Botan has no authentication after the handshake", AFTER),
                      **cells("tls_client has no command for it", "their KeyUpdate")}
    finds_good = ""
    groups = {"X25519MLKEM768": "x25519/ML-KEM-768", "SecP256r1MLKEM768": "secp256r1/ML-KEM-768",
              "SecP384r1MLKEM1024": "secp384r1/ML-KEM-1024", "MLKEM512": "ML-KEM-512", "MLKEM768": "ML-KEM-768",
              "MLKEM1024": "ML-KEM-1024", "x25519": "x25519", "secp256r1": "secp256r1", "secp384r1": "secp384r1",
              "secp521r1": "secp521r1"}

    def prepare(self):
        """Its client takes one word for where to connect to and whom to expect there."""
        hosts = os.path.join(ROOTS, self.suite, "etc", "hosts")
        if not os.path.exists(hosts) or NAME not in open(hosts, encoding="ascii").read():
            line = f"127.0.0.1 {NAME}"
            command = chroot(self.suite, "sh", "-c", f"echo {line} >> /etc/hosts")
            run([word for word in command if not word.startswith("--userspec")]).ok()

    def policy(self, groups, status=False):
        lines = [*([f"key_exchange_groups = {' '.join(self.names(groups))}"] if groups else []),
                 *(["require_cert_revocation_info = true"] if status else [])]
        if not lines:
            return []
        file = f"botan-{free_port()}.policy"
        with open(self.shared.inside(self.suite, file), "w", encoding="ascii") as f:
            f.write("allow_tls12 = false\nallow_tls13 = true\n" + "\n".join(lines) + "\n")
        return ["--policy=" + self.shared.there(file)]

    def server(self, identity, groups=None, alpn=None, compression=None, update=False):
        port = free_port()
        there = self.shared.there
        command = chroot(self.suite, "botan", "tls_server", there(identity.chain), there(identity.key), f"--port={port}",
                         *self.policy(groups))
        return Server(command, port=port)

    def client(self, port, identity, path, groups=None, alpn=None, compression=None, own=None, status=False):
        there = self.shared.there
        with Process(chroot(self.suite, "botan", "tls_client", NAME, f"--port={port}", "--skip-system-cert-store",
                            "--trusted-cas=" + self.shared.there(identity.root), "--tls-version=1.3",
                            *([f"--client-cert={there(own.chain)}", f"--client-cert-key={there(own.key)}"] if own else []),
                            *self.policy(groups, status), *(["--next-protocols=" + ",".join(alpn)] if alpn else []))) as client:
            client.expect("Handshake complete")
            client.send(f"GET {path} HTTP/1.0\r\n\r\n")
            return Result(client.command, client.wait(), client.data, b"")


class GnuTLS(Peer):
    """Debian builds it without a library for ML-KEM, so all of it is classical here."""

    name, package = "GnuTLS", "gnutls-bin"
    floor = ("--floor", "classical")
    finds_good = "Options:.* OCSP status request"
    pair = ("x25519", "secp384r1")
    retry = "secp521r1"
    retry_from = ("x25519", "secp256r1")  # it sends a share of each kind
    cookie_with_group = True
    chooses = "client"
    groups = {"x25519": "X25519", "secp256r1": "SECP256R1", "secp384r1": "SECP384R1", "secp521r1": "SECP521R1"}
    cannot_serve = {**cells("GnuTLS as Debian builds it has no ML-KEM", *HYBRID_GROUPS, *PURE_KEMS),
                    **cells("GnuTLS as Debian builds it has no ML-DSA", *ML_DSA),
                    **cells("GnuTLS as Debian builds it has no method of compression", *COMPRESSIONS),
                    **cells("gnutls-serv has no command for it", "their KeyUpdate")}
    cannot_connect = {row: reason for row, reason in cannot_serve.items() if row != "their KeyUpdate"}

    def options(self, groups, alpn, compression):
        priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3"
        if groups:
            priority += ":-GROUP-ALL" + "".join(f":+GROUP-{name}" for name in self.names(groups))
        return ["--priority", priority, *(word for name in alpn or [] for word in ("--alpn", name)),
                *([f"--compress-cert={compression.upper()}"] if compression else [])]

    def server(self, identity, groups=None, alpn=None, compression=None, update=False, clients=None, staple=None,
               later=False):
        port = free_port()
        there = self.shared.there
        asking = ["--verify-client-cert", "--x509cafile", there(clients.root)] if clients else []
        command = chroot(self.suite, "gnutls-serv", "--echo", "--crlf", "--port", str(port),
                         "--require-client-cert" if clients and not later else "--disable-client-cert", *asking,
                         "--x509certfile", there(identity.chain), "--x509keyfile", there(identity.key),
                         *([f"--ocsp-response={there(staple)}", "--ignore-ocsp-response-errors"] if staple else []),
                         *self.options(groups, alpn, compression))
        return Server(command, r"IPv4 0\.0\.0\.0 port \d+\.\.\.done", port)

    def asks(self, server, us):
        """It asks when its client tells it to, and says when that went well; no data may come meanwhile."""
        us.send("**REAUTH**\n")
        us.expect("Successfully executed command")
        us.send("after that\n")
        us.expect("after that")

    def gnutls_cli(self, port, identity, *options):
        return chroot(self.suite, "gnutls-cli", "--port", str(port), "--x509cafile", self.shared.there(identity.root),
                      "--sni-hostname", NAME, "--verify-hostname", NAME, *options, "127.0.0.1")

    def client(self, port, identity, path, groups=None, alpn=None, compression=None, own=None, status=False,
               later=False):
        there = self.shared.there
        command = self.gnutls_cli(port, identity, *self.options(groups, alpn, compression),
                                  *(["--x509certfile", there(own.chain), "--x509keyfile", there(own.key)] if own else []),
                                  *(["--post-handshake-auth"] if later else []))
        if not later:
            return run(command, f"GET {path} HTTP/1.0\r\n\r\n".encode())
        with Process(command) as client:  # which shows nothing more once its input has ended
            client.expect("Simple Client Mode")
            client.send(f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\n\r\n")
            client.expect(PAGE.decode())
            client.end_input()
            return Result(command, client.wait(), client.data, b"")

    def client_updates(self, identity):
        with Serve("--echo", *self.floor, *identity.serve()) as server, \
                Process(self.gnutls_cli(server.port, identity, "--inline-commands")) as client:
            client.expect("Simple Client Mode")
            for turn in range(2):
                client.send(f"line {turn}\n")
                client.expect(f"line {turn}\n")
                client.send("^rekey^\n")
            client.send("last\n")
            client.expect("last\n")
            client.end_input()
            client.wait()
            return server.connection()


class WolfSSL(Program):
    name, package, source, suite = "wolfSSL", "libwolfssl-dev", "wolfssl.c", "sid"
    groups = {"X25519MLKEM768": "X25519MLKEM768", "SecP256r1MLKEM768": "SecP256r1MLKEM768",
              "SecP384r1MLKEM1024": "SecP384r1MLKEM1024", "x25519": "x25519", "secp256r1": "secp256r1",
              "secp384r1": "secp384r1", "secp521r1": "secp521r1"}
    chooses = "client"
    finds_good = ""
    cannot_serve = {**cells("Debian builds wolfSSL without groups of ML-KEM alone", *PURE_KEMS),
                    **cells("Debian builds wolfSSL without ML-DSA", *ML_DSA),
                    **cells("wolfSSL has no certificate compression", *COMPRESSIONS)}
    cannot_connect = cannot_serve

    def build(self):
        self.run("gcc", "-O1", "-o", self.shared.there("wolfssl-peer"), self.shared.there(self.source), "-lwolfssl",
                 patience=100).ok()

    def program(self):
        return [self.shared.there("wolfssl-peer")]
