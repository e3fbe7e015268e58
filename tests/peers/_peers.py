"""What the peers share: roots, ports, names, and what a peer has to offer.

A peer is a TLS stack that nobody here wrote, as a program of a root (Debian's
archive) or of this machine. Each is a Peer: it starts its server with an
identity of ours and some settings, or its client towards our server, and says
of which cells of the matrix it cannot fill, and why.
"""

import os
import re
import shutil
import socket
import sys
import tempfile
import threading
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(SOURCE, "tests", "interop"))

import _interop  # noqa: E402
from _interop import AS_ROOT, Failed, Process, run  # noqa: E402

ROOTS = os.path.join(SOURCE, "build", "roots")
OUTPUT = os.path.join(SOURCE, "build", "interop")
PROGRAMS = os.path.join(SOURCE, "tests", "peers", "programs")
NAME = _interop.NAME
PASSWORD = "peers"  # of the PKCS#12 files that some peers want

# Ours, in the order of the table; True for the classical ones.
GROUPS = {"X25519MLKEM768": False, "SecP256r1MLKEM768": False, "SecP384r1MLKEM1024": False,
          "MLKEM512": False, "MLKEM768": False, "MLKEM1024": False,
          "x25519": True, "secp256r1": True, "secp384r1": True, "secp521r1": True}
SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
PURE_KEMS = ["group MLKEM512", "group MLKEM768", "group MLKEM1024"]
COMPRESSIONS = ["compression zlib", "compression brotli", "compression zstd"]
ML_DSA = ["identity ML-DSA-65", "client ML-DSA-65", "staple ML-DSA-65"]
AFTER = "client, after the handshake"
UNKNOWN = "client unknown, or without one"
CLIENTS = ["client ECDSA P-256", "client RSA 2048", "client ML-DSA-65", UNKNOWN, AFTER]
STAPLES = ["staple ECDSA P-256", "staple ML-DSA-65"]
REVOKED = "staple that says revoked"
HYBRID_GROUPS = ["group X25519MLKEM768", "group SecP256r1MLKEM768", "group SecP384r1MLKEM1024"]


def cells(reason, *rows):
    """The same reason for several rows."""
    return {row: reason for row in rows}


def chroot(suite, *command, env=()):
    """The command line that runs a program of a root as the present user."""
    root = os.path.join(ROOTS, suite)
    if env:
        command = ("env", *env, *command)
    if AS_ROOT:
        return ["chroot", root, *command]
    return ["sudo", "-n", "chroot", f"--userspec={os.getuid()}:{os.getgid()}", root, *command]


class Shared:
    """A folder under the same name, /tmp/NAME, in every root. What is written
    here before link() is seen by all of them."""

    def __init__(self, suites):
        self.suites = suites
        self.folder = tempfile.mkdtemp(prefix="qtls-peers-", dir=os.path.join(ROOTS, suites[0], "tmp"))
        os.chmod(self.folder, 0o755)
        self.name = os.path.basename(self.folder)

    def here(self, name):
        return os.path.join(self.folder, name)

    def there(self, name):
        return os.path.join("/tmp", self.name, name)

    def inside(self, suite, name):
        """Our path of a file in the folder as one root sees it."""
        return os.path.join(ROOTS, suite, "tmp", self.name, name)

    def write(self, name, data):
        with open(self.here(name), "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return name

    def read(self, name):
        with open(self.here(name), "rb") as f:
            return f.read()

    def join(self, name, *parts):
        return self.write(name, b"".join(self.read(p) for p in parts))

    def link(self):
        for suite in self.suites[1:]:
            shutil.copytree(self.folder, self.inside(suite, ""), dirs_exist_ok=True)

    def remove(self):
        for suite in self.suites:
            shutil.rmtree(self.inside(suite, ""), ignore_errors=True)


_ports = iter(range(20000 + os.getpid() % 4000, 32000))
_ports_lock = threading.Lock()


def free_port():
    """A port below those that the kernel gives to clients, for servers that take no port 0."""
    with _ports_lock:
        for port in _ports:
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    s.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue
    raise Failed("no free port")


class Server(Process):
    """A peer's server: it prints its port (`ready` has a group), or takes the one given."""

    def __init__(self, command, ready=None, port=0):
        super().__init__(command)
        try:
            if ready:
                match = self.expect(ready)
                self.port = port or int(match.group(1))
            else:
                self.port = port
                self._answering()
        except Failed:
            self.stop()
            raise

    def _answering(self):
        until = time.monotonic() + _interop.PATIENCE
        while time.monotonic() < until and not self.ended:
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise Failed(f"{' '.join(self.command)} does not listen\n{self.text[-3000:]}")


class Peer:
    """One stack. A subclass says what it is and overrides what it can do."""

    name = ""
    suite = "forky"
    package = ""  # whose version the table shows
    serves = connects = True
    floor = ()  # what our side needs to talk to it at all
    group = "X25519MLKEM768"  # what comes about when both sides use their defaults
    pair = ("X25519MLKEM768", "SecP384r1MLKEM1024")  # two groups, to see whose order counts
    retry = "SecP384r1MLKEM1024"  # a group that it has and of which our first hello has no share
    chooses = "server"  # whose order of groups its server follows: server or client
    orders = True  # its list of groups can be put in order
    retry_from = ("X25519MLKEM768",)  # what its client prefers, when it is to be sent a HelloRetryRequest
    retries = False  # our server answers its default hello with a HelloRetryRequest, for a quantum-safe group
    signing_rsa = True  # an RSA certificate for signing alone is enough for it
    share_wins = False  # of its client's classical groups, our server takes the one with a share
    cookie_with_group = False  # a HelloRetryRequest with a cookie alone is beyond its client
    half_close = True  # its server still answers one that has closed its side
    wants_issuer = False  # its client shows a certificate only to who names its direct issuer
    asks = None  # how its server is brought to ask for a certificate after the handshake: asks(server, our client)
    finds_good = None  # what its client says of a good staple; "": refuses without one; None: hands it to its program
    speaks = "echo"  # what its server does: echo, reversed (each line), http
    groups = {}  # our names to its
    cannot_serve = {}  # row: reason
    cannot_connect = {}

    def __init__(self, shared):
        self.shared = shared

    def run(self, *command, stdin=b"", env=(), patience=_interop.PATIENCE):
        return run(chroot(self.suite, *command, env=env), stdin, patience)

    def version(self):
        command = ["dpkg-query", f"--admindir={ROOTS}/{self.suite}/var/lib/dpkg", "-W", "-f", "${Version}", self.package]
        version = run(command).ok().out.decode()
        # Debian's own part of it (epoch, repacking, revision) is not the stack's.
        version = re.sub(r"^\d+:", "", version)
        return re.sub(r"(\+dfsg|\+~|-[^-]*$).*", "", version)

    def prepare(self):
        """Done once, before its first cell."""

    def path(self, name):
        """Where a server that speaks http has a file of www."""
        return "/" + name

    def names(self, groups):
        return [self.groups[g] for g in groups]

    # A peer that can does more: its server asks for certificates of `clients` (`later`: after the
    # handshake) and sends the `staple`; its client shows `own` (`later`: when asked after the
    # handshake) and wants the `status`.

    def server(self, identity, groups=None, alpn=None, compression=None, update=False):
        """Starts a server; gives a Process with a port."""
        raise NotImplementedError

    def client(self, port, identity, path, groups=None, alpn=None, compression=None):
        """GETs a path of our server, verifying it; gives the Result, whose output ends with the body."""
        raise NotImplementedError

    def client_updates(self, identity):
        """A conversation in which its client changes its keys; gives the JSON of our server."""
        raise NotImplementedError

    def server_updates(self, identity, ours):
        """The same with its server; gives the trace of our client."""
        raise NotImplementedError
