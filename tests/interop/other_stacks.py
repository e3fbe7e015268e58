#!/usr/bin/env python3
# ctest-timeout: 120
"""Stacks that know no ML-KEM: GnuTLS of Debian 13 and the machine's own
OpenSSL (3.0 on Debian 12), in both directions. To them our ClientHello is one
with unknown suites, versions and signature schemes, and with what they take
for ffdhe groups; with floor `classical` TLS 1.3 must come about, with the
default floor a clear refusal."""

import os
import re
import shutil
import socket

from _identities import SCHEMES, by_openssl, by_qtls, make
from _interop import NAME, Process, Serve, connect, in_root, main, needs, qtls, require, run, same

LINE = b"quantum safe\n"
KINDS = ["p256", "p384", "p521", "rsa2048", "ed25519"]
CLASSICAL = ["--floor", "classical"]
SUITES = {"TLS_AES_128_GCM_SHA256": "AES-128-GCM", "TLS_AES_256_GCM_SHA384": "AES-256-GCM",
          "TLS_CHACHA20_POLY1305_SHA256": "CHACHA20-POLY1305"}
GROUPS = {"x25519": "X25519", "secp256r1": "SECP256R1", "secp384r1": "SECP384R1", "secp521r1": "SECP521R1"}
TLS13 = "NORMAL:-VERS-ALL:+VERS-TLS1.3"
MACHINE = shutil.which("openssl")


class GnutlsServ(Process):
    """gnutls-serv as an echo. It takes no port 0, so a free one is looked for."""

    def __init__(self, identity, *options, priority="NORMAL"):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        there = identity.work.there
        super().__init__(in_root("gnutls-serv", "--echo", "--disable-client-cert", "--port", str(self.port),
                                 "--x509certfile", there(identity.chain), "--x509keyfile", there(identity.key),
                                 "--priority", priority, *options))
        self.expect(r"IPv4 0\.0\.0\.0 port \d+\.\.\.done")


class MachineServer(Process):
    """The machine's own openssl s_server, echoing reversed."""

    def __init__(self, identity, *options):
        here = identity.work.here
        super().__init__([MACHINE, "s_server", "-accept", "127.0.0.1:0", "-rev", "-cert", here(identity.leaf), "-key",
                          here(identity.key), "-cert_chain", here(identity.intermediate), *options])
        self.port = int(self.expect(r"ACCEPT [0-9.]*:(\d+)").group(1))


def talk(server, identity, ours, told):
    """Our client sends a line and ends its side; the server sends something back."""
    j, result = connect(server.port, *identity.trust(), *ours, stdin=LINE)
    result.ok()
    for key, wanted in {"connected": True, "protocol": "TLS 1.3", "error": None, "bytes_received": len(LINE),
                        "authentication": "classical", **told}.items():
        same(key, j[key], wanted)
    require(re.fullmatch(identity.scheme, j["scheme"]), f"scheme {j['scheme']}")


def to_gnutls(identity, ours, theirs=(), priority="NORMAL", **told):
    with GnutlsServ(identity, *theirs, priority=priority) as server:
        talk(server, identity, [*CLASSICAL, *ours], told)


def to_machine(identity, ours, theirs=(), **told):
    with MachineServer(identity, *theirs) as server:
        talk(server, identity, [*CLASSICAL, *ours], told)


def refused(make_server, identity):
    """With the default floor there is no connection, and both sides say why."""
    with make_server(identity) as server:
        j, result = connect(server.port, *identity.trust())
        result.refused()
        require(j["error"] in ("FLOOR", "ALERT_RECEIVED"), f"error {j['error']}")


def small_records(identity):
    """GnuTLS knows record_size_limit (RFC 8449): no record of its is longer than asked for."""
    with GnutlsServ(identity) as server:
        result = run(qtls("connect", f"127.0.0.1:{server.port}", "--name", NAME, *CLASSICAL, *identity.trust(),
                          "--record-size-limit", "600", "--trace"), b"x" * 5000 + b"\n").ok()
        sizes = [int(n) for n in re.findall(r"<- record +protected +(\d+) bytes", result.text)]
        same("bytes back", len(result.out), 5001)
        # Header 5, content 600, type 1, tag 16.
        require(sizes and max(sizes) == 5 + 600 + 1 + 16 and len(sizes) > 8, f"records of {sizes}")


def clients(work, cases, theirs):
    """Our client; identities of OpenSSL's making."""
    one = theirs["p256"]
    cases.add("to GnuTLS: default hello", to_gnutls, one, [], group="secp384r1", hello_retry=False)
    cases.add("to machine's OpenSSL: default hello", to_machine, one, [], group="secp384r1", hello_retry=False)
    for strategy in ("both", "classical-first"):
        cases.add(f"to GnuTLS: key shares {strategy}", to_gnutls, one, ["--key-shares", strategy])
        cases.add(f"to machine's OpenSSL: key shares {strategy}", to_machine, one, ["--key-shares", strategy])
    for group, name in GROUPS.items():
        retry = group != "secp384r1"
        cases.add(f"to GnuTLS: its only group is {group}", to_gnutls, one, [],
                  priority=f"NORMAL:-GROUP-ALL:+GROUP-{name}", group=group, hello_retry=retry)
        cases.add(f"to machine's OpenSSL: its only group is {group}", to_machine, one, [],
                  ["-groups", group.replace("x", "X")], group=group, hello_retry=retry)
    for suite, name in SUITES.items():
        cases.add(f"to GnuTLS: {suite}", to_gnutls, one, [], priority=f"{TLS13}:-CIPHER-ALL:+{name}", suite=suite)
        cases.add(f"to machine's OpenSSL: {suite}", to_machine, one, [], ["-ciphersuites", suite], suite=suite)
    for kind in KINDS:
        cases.add(f"to GnuTLS: identity {kind}", to_gnutls, theirs[kind], [])
        cases.add(f"to machine's OpenSSL: identity {kind}", to_machine, theirs[kind], [])
    cases.add("to GnuTLS: identity rsa-pss", to_gnutls, theirs["rsa-pss"], [])
    cases.add("to GnuTLS: ALPN", to_gnutls, one, ["--alpn", "a,b"], ["--alpn", "b"], alpn="b")
    cases.add("to GnuTLS: records of the size asked for", small_records, one)
    cases.add("to GnuTLS: our key update", to_gnutls, one, ["--key-update"])
    cases.add("to GnuTLS: refused by the default floor", refused, GnutlsServ, one)
    cases.add("to machine's OpenSSL: refused by the default floor", refused, MachineServer, one)


def gnutls_cli(server, identity, *options):
    return in_root("gnutls-cli", "--port", str(server.port), "--x509cafile", identity.work.there(identity.root),
                   "--sni-hostname", NAME, "--verify-hostname", NAME, *options, "127.0.0.1")


def from_gnutls(identity, ours=(), theirs=(), priority="NORMAL", **told):
    """gnutls-cli sends a line, closes its side, and reads what comes until we close ours."""
    with Serve("--echo", *CLASSICAL, *identity.serve(), *ours) as server:
        result = run(gnutls_cli(server, identity, "--priority", priority, *theirs), LINE).ok()
        require(LINE in result.out.split(b"Simple Client Mode")[-1], f"no echo\n{result.text}")
        told = {"connected": True, "protocol": "TLS 1.3", "error": None, "server_name": NAME,
                "bytes_received": len(LINE), **told}
        j = server.connection()
        for key, wanted in told.items():
            same(key, j[key], wanted)


def from_machine(identity, ours=(), theirs=(), **told):
    here = identity.work.here
    with Serve("--root", here("www"), *CLASSICAL, *identity.serve(), *ours) as server:
        result = run([MACHINE, "s_client", "-connect", f"127.0.0.1:{server.port}", "-servername", NAME,
                      "-verify_hostname", NAME, "-verify_return_error", "-CAfile", here(identity.root), "-ign_eof",
                      *theirs], b"GET /hello.txt HTTP/1.0\r\n\r\n").ok()
        result.says("Verif(ication: OK|y return code: 0)")
        require(LINE in result.out, f"no file\n{result.text}")
        told = {"connected": True, "protocol": "TLS 1.3", "error": None, "server_name": NAME, **told}
        j = server.connection()
        for key, wanted in told.items():
            same(key, j[key], wanted)


def refused_there(identity):
    """A client without ML-KEM meets our default floor, and is told insufficient_security."""
    with Serve("--echo", *identity.serve()) as server:
        run(gnutls_cli(server, identity), LINE).refused("[Ii]nsufficient.[Ss]ecurity")
        same("error", server.connection()["error"], "FLOOR")


def rekey(identity):
    """gnutls-cli's ^rekey^ sends a KeyUpdate that asks for one of ours."""
    with Serve("--echo", *CLASSICAL, *identity.serve()) as server, \
            Process(gnutls_cli(server, identity, "--inline-commands")) as client:
        client.expect("Simple Client Mode")
        for turn in range(3):
            client.send(f"line {turn}\n")
            client.expect(f"line {turn}\n")
            client.send("^rekey^\n")
        client.send("last\n")
        client.expect("last\n")
        client.end_input()
        same("exit code", client.wait(), 0)
        j = server.connection()
        same("KeyUpdates received", j["key_updates_received"], 3)
        same("error", j["error"], None)


def servers(cases, ours):
    """Our server; identities of our making."""
    one = ours["p256"]
    cases.add("from GnuTLS: default hello", from_gnutls, one)
    cases.add("from machine's OpenSSL: default hello", from_machine, one)
    for group, name in GROUPS.items():
        cases.add(f"from GnuTLS: {group}", from_gnutls, one, priority=f"NORMAL:-GROUP-ALL:+GROUP-{name}", group=group)
        cases.add(f"from machine's OpenSSL: {group}", from_machine, one, (), ["-groups", group.replace("x", "X")],
                  group=group)
        cases.add(f"from GnuTLS: ffdhe first, {group} by a retry", from_gnutls, one,
                  priority=f"NORMAL:-GROUP-ALL:+GROUP-FFDHE2048:+GROUP-FFDHE8192:+GROUP-{name}:%NO_ETM", group=group)
    for suite, name in SUITES.items():
        cases.add(f"from GnuTLS: {suite}", from_gnutls, one, priority=f"{TLS13}:-CIPHER-ALL:+{name}", suite=suite)
        cases.add(f"from machine's OpenSSL: {suite}", from_machine, one, (), ["-ciphersuites", suite], suite=suite)
    for kind in KINDS:
        cases.add(f"from GnuTLS: identity {kind}", from_gnutls, ours[kind])
        cases.add(f"from machine's OpenSSL: identity {kind}", from_machine, ours[kind])
    kind = "hybrid-p384-mldsa65"
    cases.add(f"from GnuTLS: identity {kind}", from_gnutls, ours[kind], scheme=SCHEMES[kind])
    cases.add(f"from machine's OpenSSL: identity {kind}", from_machine, ours[kind], scheme=SCHEMES[kind])
    # GnuTLS gives up on a HelloRetryRequest that names no group, though RFC 8446 4.1.4 lets it carry a cookie alone.
    cases.add("from GnuTLS: cookie and another group", from_gnutls, one,
              ["--cookie", "always", "--groups", "secp521r1"], cookie=True, hello_retry=True, group="secp521r1")
    cases.add("from machine's OpenSSL: cookie", from_machine, one, ["--cookie", "always"], cookie=True,
              hello_retry=True)
    cases.add("from GnuTLS: ALPN", from_gnutls, one, ["--alpn", "b"], ["--alpn", "a", "--alpn", "b"], alpn="b")
    cases.add("from GnuTLS: its record size limit", from_gnutls, one, (), ["--recordsize", "600"])
    cases.add("from GnuTLS: key updates", rekey, one)
    cases.add("from GnuTLS: refused by the default floor", refused_there, one)


def build(work, cases):
    needs("/usr/bin/gnutls-cli", "/usr/bin/gnutls-serv")
    os.mkdir(work.here("www"))
    work.write("www/hello.txt", LINE)
    clients(work, cases, make(work, by_openssl, [*KINDS, "rsa-pss"]))
    servers(cases, make(work, by_qtls, [*KINDS, "hybrid-p384-mldsa65"]))


if __name__ == "__main__":
    main(build)
