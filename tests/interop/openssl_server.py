#!/usr/bin/env python3
# ctest-timeout: 180
"""Our client against `openssl s_server` of Debian 13 (OpenSSL 3.5).

In most cases s_server echoes each line reversed (-rev). Our client sends a
line and closes its side at once, so each of them shows data both ways and a
half close too.
"""

import base64
import re

from _identities import OPENSSL_KEYS, by_openssl, make
from _interop import NAME, Process, connect, main, needs, openssl, qtls, require, run, same

# Groups as OpenSSL calls them, and whether a floor of classical is needed.
GROUPS = [("X25519MLKEM768", False), ("SecP384r1MLKEM1024", False), ("SecP256r1MLKEM768", False),
          ("MLKEM512", False), ("MLKEM768", False), ("MLKEM1024", False),
          ("x25519", True), ("secp256r1", True), ("secp384r1", True), ("secp521r1", True)]
SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
LINE, REVERSED = b"quantum safe\n", b"efas mutnauq\n"
ACCEPT = r"ACCEPT [0-9.]*:(\d+)"


class SServer(Process):
    def __init__(self, identity, *options, folder=None):
        super().__init__(openssl("s_server", "-accept", "127.0.0.1:0", *identity.s_server(), *options), folder)
        self.port = int(self.expect(ACCEPT).group(1))


def talk(work, identity, ours=(), theirs=(), said=(), **told):
    """One conversation; `told` is what our JSON must say, `said` what s_server must."""
    with SServer(identity, "-rev", *theirs) as server:
        output = work.here(f"received.{server.port}")
        j, result = connect(server.port, *identity.trust(), "--output", output, *ours, stdin=LINE)
        result.ok()
        told = {"connected": True, "protocol": "TLS 1.3", "error": None, "hello_retry": False, **told}
        for key, wanted in told.items():
            same(key, j[key], wanted)
        with open(output, "rb") as f:
            same("the echo", f.read(), REVERSED)
        server.expect("CONNECTION CLOSED")
        for pattern in said:
            server.expect(pattern)
        return j


def matrix(work, cases, identities):
    p256 = identities["p256"]
    for group, classical in GROUPS:
        floor = ["--floor", "classical"] if classical else []
        for suite in SUITES:
            cases.add(f"{group}, {suite}", talk, work, p256,
                      [*floor, "--groups", group, "--suites", suite], ["-groups", group],
                      [f"Ciphersuite: {suite}"], group=group, suite=suite, scheme="ecdsa_secp256r1_sha256")
    for group, classical in GROUPS:
        # The shares of the default hello are X25519MLKEM768, secp384r1 and kyber1024.
        floor = ["--floor", "classical"] if classical else []
        if group == "MLKEM512":  # not in the default list
            floor = ["--groups", "X25519MLKEM768:MLKEM512"]
        cases.add(f"default hello, their only group is {group}", talk, work, p256, floor, ["-groups", group],
                  group=group, hello_retry=group not in ("X25519MLKEM768", "secp384r1"))
    for suite in SUITES:
        cases.add(f"HelloRetryRequest, {suite}", talk, work, p256, ["--suites", suite],
                  ["-groups", "SecP256r1MLKEM768"], hello_retry=True, suite=suite, group="SecP256r1MLKEM768")
    for kind, identity in identities.items():
        pqc = kind.startswith("mldsa")
        cases.add(f"identity {kind}", check_identity, work, identity, pqc)


def check_identity(work, identity, pqc):
    j = talk(work, identity, ["--floor", "pq-auth"] if pqc else [],
             authentication="pqc" if pqc else "classical",
             pqc_signature="verified" if pqc else "absent",
             classical_signature="absent" if pqc else "verified")
    require(re.fullmatch(identity.scheme, j["scheme"]), f"scheme {j['scheme']}")


def hellos(work, cases, identities):
    """Our default ClientHello, and its variants, against one that knows nothing of Q-TLS."""
    p256 = identities["p256"]
    cases.add("default hello", talk, work, p256, group="X25519MLKEM768",
              said=[r"Client cipher list: (0x.A.A:)?0x13F2:TLS_AES_256_GCM_SHA384"])
    for strategy, group, retry in (("pq", "X25519MLKEM768", False), ("both", "X25519MLKEM768", False),
                                   ("classical-first", "X25519MLKEM768", True)):
        cases.add(f"key shares {strategy}", talk, work, p256, ["--key-shares", strategy],
                  ["-groups", "X25519MLKEM768:SecP384r1MLKEM1024"], group=group, hello_retry=retry)
    cases.add("key shares classical-first, floor classical", talk, work, p256,
              ["--key-shares", "classical-first", "--floor", "classical"], ["-groups", "X25519"], group="x25519")
    cases.add("policy require-any (0x13F1 offered too)", talk, work, p256, ["--policy", "require-any"],
              said=[r"0x13F2:0x13F1"], group="X25519MLKEM768")
    cases.add("policy require-pqc", talk, work, identities["mldsa65"], ["--policy", "require-pqc"])
    cases.add("TLS 1.3 alone", talk, work, p256, ["--versions", "tls1.3"])
    cases.add("no middlebox compatibility there", talk, work, p256, (), ["-no_middlebox"])
    cases.add("no tickets", talk, work, p256, (), ["-num_tickets", "0"])
    cases.add("eight tickets", talk, work, p256, (), ["-num_tickets", "8"])
    cases.add("a certificate is asked for and none given", talk, work, p256, (), ["-verify", "2"])


def extensions(work, cases, identities):
    p256, p384 = identities["p256"], identities["p384"]
    cases.add("ALPN, one in common", talk, work, p256, ["--alpn", "h2,http/1.1"], ["-alpn", "http/1.1"],
              alpn="http/1.1")
    cases.add("ALPN, the server prefers", talk, work, p256, ["--alpn", "h2,http/1.1"], ["-alpn", "http/1.1,h2"],
              alpn="http/1.1")
    cases.add("ALPN, the server has none", talk, work, p256, ["--alpn", "h2"], (), alpn=None)
    there = work.there
    # s_server sends no intermediate with its second certificate, so that is our anchor.
    second = ["-servername", NAME, "-cert2", there(p384.leaf), "-key2", there(p384.key)]
    cases.add("SNI chooses the identity", talk, work, p256, ["--trust", work.here(p384.intermediate)], second,
              scheme="ecdsa_secp384r1_sha384")
    cases.add("wildcard name", talk, work, p256, ["--name", "a.wild.test"])
    # An address is verified and never sent as a host name (RFC 6066 3): sent, it would choose the second.
    second = ["-servername", "127.0.0.1", *second[2:]]
    cases.add("IP address, no SNI", talk, work, p256, ["--name", "127.0.0.1"], second, scheme=p256.scheme)
    for algorithm in ("zlib", "zstd"):
        cases.add(f"compressed certificate, {algorithm}", talk, work, p256, ["--cert-compression", algorithm],
                  ["-cert_comp"], cert_compression=algorithm)
    cases.add("compressed certificate, brotli is not theirs", talk, work, p256, ["--cert-compression", "brotli"],
              ["-cert_comp"], cert_compression=None)
    cases.add("record size limit, which they do not know", talk, work, p256, ["--record-size-limit", "512"])
    cases.add("their records padded to 512", talk, work, p256, (), ["-record_padding", "512"])
    cases.add("our records padded", talk, work, p256, ["--padding", "block:256"])
    cases.add("our records padded at random", talk, work, p256, ["--padding", "random"])


def download(work, identity, ours=(), theirs=()):
    """A file over s_server -WWW, which takes those of the folder it runs in."""
    command = openssl("s_server", "-accept", "127.0.0.1:0", *identity.s_server(), "-WWW", "-http_server_binmode",
                      *theirs)
    at = command.index("openssl")
    command[at:at] = ["env", "-C", work.there(".")]  # chroot leaves a program in /
    with Process(command) as server:
        port = int(server.expect(ACCEPT).group(1))
        _, result = connect(port, *identity.trust(), "--request", "/big", "--output", work.here(f"big.{port}"), *ours)
        result.ok()
        require(work.read(f"big.{port}") == work.read("big"), "the file did not come as it is")


def upload(work, identity, ours=()):
    """Data to s_server, which prints it. Its own input stays open: we end."""
    with SServer(identity, "-naccept", "1") as server:
        data = work.read("big")
        run(qtls("connect", f"127.0.0.1:{server.port}", "--name", NAME, "--quiet", *identity.trust(), *ours), data).ok()
        same("exit code of s_server", server.wait(), 0)
        require(data in server.data, "s_server did not get the data whole")


def bulk(work, cases, identities):
    work.write("big", "".join(f"{i:7d} the quick brown fox jumps over the lazy dog\n" for i in range(24000)))
    one = identities["p256"]
    for suite in SUITES:
        cases.add(f"1.2 MB down, {suite}", download, work, one, ["--suites", suite])
        cases.add(f"1.2 MB up, {suite}", upload, work, one, ["--suites", suite])
    cases.add("1.2 MB down in their records of 512", download, work, one, (), ["-max_send_frag", "512"])
    cases.add("1.2 MB down in padded records", download, work, one, (), ["-record_padding", "4096"])
    cases.add("1.2 MB up after our key update", upload, work, one, ["--key-update"])
    for mode in ("interactive", "dynamic"):
        cases.add(f"1.2 MB up, records {mode}", upload, work, one, ["--record-mode", mode])


def conversation(identity, *ours):
    """A started s_server and a started client of ours that talk line by line."""
    server = SServer(identity, "-naccept", "1")
    client = Process(qtls("connect", f"127.0.0.1:{server.port}", "--name", NAME, *identity.trust(), *ours))
    client.expect("flight 3")
    return server, client


def key_updates(identity):
    """Ours with a request to follow, then theirs: k changes its keys, K also asks for ours to."""
    server, client = conversation(identity, "--key-update", "--trace")
    with server, client:
        client.send("first\n")
        server.expect("first\n")
        for turn, letter in enumerate("kKkK"):
            # s_server may keep back what it says of this, so our trace tells when it has come.
            server.send(letter + "\n")
            client.expect("(?s)" + "<- message KeyUpdate.*" * (turn + 1))
            server.send(f"there {turn}\n")
            client.expect(f"there {turn}\n")
            client.send(f"here {turn}\n")
            server.expect(f"here {turn}\n")
        client.end_input()
        same("our exit code", client.wait(), 0)
        same("exit code of s_server", server.wait(), 0)
        # Its own four; the answer to our request is due before its first data and so is one of these or a fifth.
        require(client.text.count("<- message KeyUpdate") in (4, 5), client.text)
        same("KeyUpdates sent", client.text.count("-> message KeyUpdate"), 3)


def they_vanish(identity):
    """s_server's command Q closes the socket and sends no close_notify."""
    server, client = conversation(identity)
    with server, client:
        client.send("first\n")
        server.expect("first\n")
        server.send("Q\n")
        same("our exit code", client.wait(), 1)
        client.expect("without close_notify")


def refused(identity, ours, theirs, error, said, patterns=()):
    """A conversation that must fail: `error` in our JSON, `said` by s_server."""
    with SServer(identity, *theirs) as server:
        j, result = connect(server.port, *ours)
        result.refused()
        same("error", j["error"], error)
        same("connected", j["connected"], False)
        if said:
            server.expect(said)
        for pattern in patterns:
            result.says(pattern)


def refusals(work, cases, identities, expired):
    p256, trust = identities["p256"], identities["p256"].trust()
    add = cases.add
    add("unknown authority", refused, p256, identities["p384"].trust(), (), "CERT_UNKNOWN_CA", "alert unknown ca")
    add("wrong name", refused, p256, [*trust, "--name", "other.test"], (), "CERT_NAME", "alert bad certificate")
    add("expired certificate", refused, expired, expired.trust(), (), "CERT_EXPIRED", "alert certificate expired")
    add("tampered signature", refused, tampered(work, p256), trust, (), "CERT_SIGNATURE",
        "alert bad certificate")
    add("their group is below our floor", refused, p256, trust, ["-groups", "secp384r1"], "FLOOR",
        "alert insufficient security")
    add("their signature is below our floor", refused, p256, [*trust, "--floor", "pq-auth"], (), "ALERT_RECEIVED", "")
    add("our floor is q-tls", refused, p256, [*trust, "--floor", "q-tls"], (), "ALERT_RECEIVED", "")
    add("no group in common", refused, p256, trust, ["-groups", "x448"], "ALERT_RECEIVED", "",
        ["handshake_failure"])
    add("no ALPN in common", refused, p256, [*trust, "--alpn", "h2"], ["-alpn", "http/1.1"], "ALERT_RECEIVED", "",
        ["no_application_protocol"])
    add("TLS 1.2 only", refused, p256, [*trust, "--floor", "classical"], ["-tls1_2"], "ALERT_RECEIVED", "",
        ["protocol_version"])


def tampered(work, identity):
    """The same identity, with the last byte of the leaf's signature changed."""
    lines = work.read(identity.leaf).decode().split("-----")
    der = bytearray(base64.b64decode(lines[2]))
    der[-1] ^= 1
    lines[2] = "\n" + base64.encodebytes(der).decode()
    bad = type(identity)(work, "tampered", identity.kind)
    work.write(bad.leaf, "-----".join(lines))
    bad.key, bad.intermediate = identity.key, identity.intermediate
    return bad


def build(work, cases):
    needs("/usr/bin/openssl")
    identities = make(work, by_openssl, list(OPENSSL_KEYS))
    expired = by_openssl(work, "p256", "expired",
                         ("-not_before", "20240101000000Z", "-not_after", "20240201000000Z"))
    one = identities["p256"]
    hellos(work, cases, identities)
    matrix(work, cases, identities)
    extensions(work, cases, identities)
    bulk(work, cases, identities)
    cases.add("key updates both ways", key_updates, one)
    cases.add("truncation told from a close", they_vanish, one)
    refusals(work, cases, identities, expired)


if __name__ == "__main__":
    main(build)
