"""OpenSSL's own programs, and curl on top of OpenSSL."""

import os
import shutil

from _peers import COMPRESSIONS, HYBRID_GROUPS, ML_DSA, PURE_KEMS, Peer, Server, cells, chroot
from _interop import NAME, Process, Serve, qtls, run
from _rows import LINE

OPENSSL_GROUPS = {"X25519MLKEM768": "X25519MLKEM768", "SecP256r1MLKEM768": "SecP256r1MLKEM768",
                  "SecP384r1MLKEM1024": "SecP384r1MLKEM1024", "MLKEM512": "MLKEM512", "MLKEM768": "MLKEM768",
                  "MLKEM1024": "MLKEM1024", "x25519": "X25519", "secp256r1": "P-256", "secp384r1": "P-384",
                  "secp521r1": "P-521"}
ACCEPT = r"ACCEPT [0-9.]*:(\d+)"
NO_BROTLI = "Debian builds OpenSSL without brotli"


class OpenSSL(Peer):
    package = "openssl"
    groups = OPENSSL_GROUPS
    speaks = "reversed"
    finds_good = "Cert Status: good"
    mark = "/"  # between groups of a server: without it, any with a share comes before all without

    cannot_serve = cells(NO_BROTLI, "compression brotli")
    cannot_connect = cannot_serve

    def __init__(self, shared, name, suite, judges=()):
        super().__init__(shared)
        self.name, self.suite, self.judges = name, suite, judges

    def command(self, *arguments):
        return chroot(self.suite, "openssl", *arguments)

    def file(self, name):
        return self.shared.there(name)

    def s_server(self, identity, *options):
        f = self.file
        return Server(self.command("s_server", "-accept", "127.0.0.1:0", "-cert", f(identity.leaf), "-key", f(identity.key),
                                   "-cert_chain", f(identity.intermediate), *options), ACCEPT)

    def options(self, groups, alpn, mark=":"):
        return [*(["-groups", mark.join(self.names(groups))] if groups else []),
                *(["-alpn", ",".join(alpn)] if alpn else [])]

    def server(self, identity, groups=None, alpn=None, compression=None, update=False, clients=None, staple=None,
               later=False):
        asking = ["-verify_return_error", "-CAfile", self.file(clients.root)] if clients else []
        return self.s_server(identity, *([] if later else ["-rev"]), "-serverpref",
                             *self.options(groups, alpn, self.mark), *(["-cert_comp"] if compression else []),
                             *asking, *(["-Verify", "3"] if clients and not later else []),
                             *(["-status_file", self.file(staple)] if staple else []))

    def asks(self, server, us):
        """c asks, and so does s_server once more the second time."""
        for turn in range(2):
            us.send(f"here {turn}\n")
            server.expect(f"here {turn}\n")
            before = len(server.data)
            server.send("c\n")
            server.expect("SSL_do_handshake -> 1", before)
            us.send(f"back {turn}\n")
            server.expect(rf"(?s)depth=0 O ?= ?Interop.*verify return:1.*back {turn}\n", before)
            server.send(f"there {turn}\n")
            us.expect(f"there {turn}\n")

    def s_client(self, port, identity, *options):
        return self.command("s_client", "-connect", f"127.0.0.1:{port}", "-servername", NAME, "-verify_hostname", NAME,
                            "-verify_return_error", "-CAfile", self.file(identity.root), *options)

    def client(self, port, identity, path, groups=None, alpn=None, compression=None, own=None, status=False,
               later=False):
        f = self.file
        return run(self.s_client(port, identity, *self.options(groups, alpn),
                                 *(["-status", *self.judges, "-ign_eof"] if status else ["-quiet"]),
                                 *(["-cert", f(own.leaf), "-key", f(own.key), "-cert_chain", f(own.intermediate)]
                                   if own else []),
                                 *(["-enable_pha"] if later else [])),
                   f"GET {path} HTTP/1.0\r\n\r\n".encode())

    def client_updates(self, identity):
        """k changes its keys, K asks for ours to change too."""
        with Serve("--echo", *self.floor, *identity.serve()) as server, \
                Process(self.s_client(server.port, identity)) as client:
            client.send("first\n")
            client.expect("first\n")
            for turn, letter in enumerate("kK"):
                client.send(letter + "\n")
                client.expect("(?s)" + "KEYUPDATE.*" * (turn + 1))
                client.send(f"line {turn}\n")
                client.expect(f"line {turn}\n")
            client.send("Q\n")
            client.wait()
            return server.connection()

    def server_updates(self, identity, ours):
        with self.s_server(identity, "-naccept", "1") as server, \
                Process(qtls("connect", f"127.0.0.1:{server.port}", "--name", NAME, "--trace", *identity.trust(),
                             *ours)) as client:
            client.send("first\n")
            server.expect("first\n")
            for turn, letter in enumerate("kK"):
                server.send(letter + "\n")
                client.expect("(?s)" + "<- message KeyUpdate.*" * (turn + 1))
                server.send(f"there {turn}\n")
                client.expect(f"there {turn}\n")
                client.send(f"here {turn}\n")
                server.expect(f"here {turn}\n")
            client.end_input()
            client.wait()
            server.wait()
            return client.text


class MachineOpenSSL(OpenSSL):
    """The OpenSSL of the machine that runs this, which on Debian 12 is 3.0: no ML-KEM, no ML-DSA."""

    floor = ("--floor", "classical")
    pair = ("x25519", "secp384r1")
    retry = "secp521r1"
    retry_from = ("x25519",)
    mark = ":"
    chooses = "client"  # the first share that it can use
    share_wins = True
    no_kem = cells("OpenSSL 3.0 has no ML-KEM", *HYBRID_GROUPS, *PURE_KEMS)
    no_dsa = cells("OpenSSL 3.0 has no ML-DSA", *ML_DSA)
    cannot_serve = {**no_kem, **no_dsa, **cells("OpenSSL 3.0 has no certificate compression", *COMPRESSIONS)}
    cannot_connect = cannot_serve

    def __init__(self, shared):
        super().__init__(shared, "OpenSSL 3.0", None)
        self.program = shutil.which("openssl")

    def version(self):
        return run([self.program, "version"]).ok().out.decode().split()[1]

    def command(self, *arguments):
        return [self.program, *arguments]

    def file(self, name):
        return self.shared.here(name)


class Curl(Peer):
    """It offers authentication after the handshake whenever it has a certificate."""

    name = package = "curl"
    finds_good = ""
    groups = OPENSSL_GROUPS
    serves = False
    cannot_connect = {**cells("curl has no command for it", "their KeyUpdate"), **cells(NO_BROTLI, "compression brotli")}

    def client(self, port, identity, path, groups=None, alpn=None, compression=None, own=None, status=False,
               later=False):
        there = self.shared.there
        return self.run("curl", "--silent", "--show-error", "--fail", "--cacert", self.shared.there(identity.root),
                        "--resolve", f"{NAME}:{port}:127.0.0.1",
                        *(["--curves", ":".join(self.names(groups))] if groups else []),
                        *(["--cert", there(own.chain), "--key", there(own.key)] if own else []),
                        *(["--cert-status"] if status else []), *(["--http1.1"] if not alpn else []), f"https://{NAME}:{port}{path}")
