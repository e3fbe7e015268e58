"""The TLS of languages: small programs of ours (programs/) on Go's, node's,
Python's and the JDK's, all with the same words on their command lines."""

import glob
import os
import shutil

from _peers import (AFTER, COMPRESSIONS, ML_DSA, NAME, PASSWORD, PROGRAMS, PURE_KEMS, REVOKED, ROOTS, STAPLES, Peer, Server,
                    cells, chroot)
from _interop import Serve, require
from _openssl import NO_BROTLI, OPENSSL_GROUPS
from _rows import PAGE, trace_of

PORT = r"port (\d+)"


class Program(Peer):
    """A peer whose client and server are one program of ours."""

    source = ""

    def prepare(self):
        shutil.copy(os.path.join(PROGRAMS, self.source), self.shared.inside(self.suite, self.source))
        self.build()

    def build(self):
        """What the program needs before it runs."""

    def program(self):
        raise NotImplementedError

    def environment(self, groups):
        return ()

    def words(self, groups, alpn, update):
        return [*([f"groups={','.join(self.names(groups))}"] if groups else []),
                *([f"alpn={','.join(alpn)}"] if alpn else []), *(["update=1"] if update else [])]

    def identity(self, identity):
        there = self.shared.there
        return [f"chain={there(identity.chain)}", f"key={there(identity.key)}"]

    def server(self, identity, groups=None, alpn=None, compression=None, update=False, clients=None, staple=None,
               later=False):
        there = self.shared.there
        return Server(chroot(self.suite, *self.program(), "server", *self.identity(identity),
                             *([f"ca={there(clients.root)}"] if clients else []), *(["later=1"] if later else []),
                             *(self.stapling(identity, staple) if staple else []),
                             *self.words(groups, alpn, update), env=self.environment(groups)), PORT)

    def stapling(self, identity, staple):
        return [f"staple={self.shared.there(staple)}"]

    def client(self, port, identity, path, groups=None, alpn=None, compression=None, update=False, own=None,
               status=False, later=False):
        return self.run(*self.program(), "client", f"port={port}", f"name={NAME}", f"ca={self.shared.there(identity.root)}",
                        f"path={path}", *(self.identity(own) if own else []), *(["status=1"] if status else []),
                        *(["later=1"] if later else []), *self.words(groups, alpn, update),
                        env=self.environment(groups))

    def client_updates(self, identity):
        with Serve("--root", self.shared.here("www"), *self.floor, *identity.serve()) as server:
            result = self.client(server.port, identity, "/page.txt", update=True).ok()
            require(PAGE in result.out, f"the page did not come\n{result.text}")
            return server.connection()

    def server_updates(self, identity, ours):
        with self.server(identity, update=True) as server:
            return trace_of(server.port, identity, *ours)


class Go(Program):
    name, package, source = "Go", "golang-1.27-go", "peer.go"
    groups = {g: g for g in ("X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024", "x25519", "secp256r1",
                             "secp384r1", "secp521r1")}
    chooses = "client"
    orders = False  # CurvePreferences names a set; the order is Go's
    cannot_serve = {**cells("crypto/tls has no group of ML-KEM alone", *PURE_KEMS),
                    **cells("crypto/tls has no certificate compression", *COMPRESSIONS),
                    **cells("crypto/tls has no call for it", AFTER, "their KeyUpdate")}
    cannot_connect = cannot_serve

    def build(self):
        folder = self.shared.inside(self.suite, "go")
        os.mkdir(folder)
        shutil.move(self.shared.inside(self.suite, self.source), folder)
        with open(os.path.join(folder, "go.mod"), "w", encoding="ascii") as f:
            f.write("module peer\n\ngo 1.27\n")  # its defaults are those of the version named here
        self.run("env", "-C", self.shared.there("go"), "go", "build", "-o", self.shared.there("go-peer"), ".",
                 env=("CGO_ENABLED=0", "GOTOOLCHAIN=local", "GOPROXY=off", "HOME=/tmp", "GOROOT=/usr/lib/go",
                      "GOTELEMETRY=off", "GOCACHE=/tmp/qtls-go-cache"), patience=400).ok()

    def identity(self, identity):
        """Of an ML-DSA key it takes the seed alone."""
        words = super().identity(identity)
        if identity.kind.startswith("mldsa"):
            seed = self.shared.there("go-" + identity.key)
            self.run("openssl", "pkey", "-in", self.shared.there(identity.key), "-provparam",
                     "ml-dsa.output_formats=seed-only", "-out", seed).ok()
            words[1] = "key=" + seed
        return words

    def program(self):
        return [self.shared.there("go-peer")]


class Node(Program):
    name, package, source = "node", "nodejs", "peer.js"
    groups = OPENSSL_GROUPS
    cannot_serve = {**cells("the tls module has no call for it", AFTER, "their KeyUpdate", *COMPRESSIONS)}
    cannot_connect = cannot_serve

    def program(self):
        return ["node", self.shared.there(self.source)]


class Python(Program):
    """Groups are OpenSSL's to choose: a configuration file of its own names them."""

    name, package, source = "Python", "python3", "peer.py"
    groups = OPENSSL_GROUPS
    cannot_serve = cells("the ssl module has no call for it", *STAPLES, REVOKED, "their KeyUpdate", *COMPRESSIONS)
    cannot_connect = {**cells("the ssl module has no call for it", *STAPLES, "their KeyUpdate"),
                      **cells(NO_BROTLI, "compression brotli")}

    def program(self):
        return ["python3", self.shared.there(self.source)]

    def words(self, groups, alpn, update):
        return super().words(None, alpn, update)

    def environment(self, groups):
        if not groups:
            return ()
        names = self.names(groups)
        file = f"openssl-{'-'.join(names)}.cnf"
        with open(self.shared.inside(self.suite, file), "w", encoding="ascii") as f:
            f.write("openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = here\n"
                    f"[here]\nGroups = {'/'.join(names)}\n")
        return (f"OPENSSL_CONF={self.shared.there(file)}",)


class JDK(Program):
    name, package, source = "JDK", "openjdk-27-jdk-headless", "Peer.java"
    groups = {g: g for g in ("X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024", "x25519", "secp256r1",
                             "secp384r1", "secp521r1")}
    chooses = "client"
    cannot_serve = {**cells("JSSE has no group of ML-KEM alone", *PURE_KEMS),
                    **cells("JSSE compresses with zlib alone", "compression brotli", "compression zstd"),
                    **cells("JSSE does not authenticate with ML-DSA", *ML_DSA),
                    **cells("JSSE has no authentication after the handshake", AFTER)}
    cannot_connect = cannot_serve
    finds_good = ""
    # It fetches what it staples, and does not pass on what says that its own certificate is revoked.
    cannot_serve = {**cannot_serve, **cells("JSSE staples what a responder says, and this one says good", REVOKED)}

    def build(self):
        self.run(*self.java("javac", "-J-XX:TieredStopAtLevel=1"), "-d", self.shared.there("java"),
                 self.shared.there(self.source), patience=100).ok()

    def java(self, program, *options):
        """Without /proc, which the root lacks, a program of the JDK must be told where its libraries are."""
        home = glob.glob(os.path.join(ROOTS, self.suite, "usr/lib/jvm/java-27-openjdk-*"))[0]
        home = home[len(os.path.join(ROOTS, self.suite)):]
        return ["env", f"LD_LIBRARY_PATH={home}/lib", f"{home}/bin/{program}", *options]

    def program(self):
        return self.java("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xmx256m", "-cp",
                         self.shared.there("java"), "Peer")

    def stapling(self, identity, staple):
        return [f"responder={identity.responder}"]

    def identity(self, identity):
        return [f"pkcs12={self.shared.there(identity.pkcs12)}", f"password={PASSWORD}"]
