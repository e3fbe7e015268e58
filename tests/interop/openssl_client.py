#!/usr/bin/env python3
# ctest-timeout: 180
"""`openssl s_client` and curl of Debian 13 (OpenSSL 3.5) against our server.

In most cases s_client asks for a file over HTTP; it verifies the chain and the
name, and what both sides tell of the session is compared with the table.
"""

import os
import re

from _identities import by_openssl, by_qtls, make
from _interop import NAME, Process, Serve, in_root, main, needs, openssl, require, run, same

GROUPS = [("X25519MLKEM768", False), ("SecP384r1MLKEM1024", False), ("SecP256r1MLKEM768", False),
          ("MLKEM512", False), ("MLKEM768", False), ("MLKEM1024", False),
          ("x25519", True), ("secp256r1", True), ("secp384r1", True), ("secp521r1", True)]
SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
OUR_KINDS = ["hybrid-p384-mldsa65", "p256", "p384", "p521", "rsa2048", "ed25519", "mldsa44", "mldsa65", "mldsa87"]
BODY = b"quantum safe, all the way\n"
GET = b"GET /hello.txt HTTP/1.0\r\n\r\n"


def s_client(port, *options, name=NAME):
    command = ["s_client", "-connect", f"127.0.0.1:{port}", "-verify_return_error"]
    if name:
        command += ["-servername", name, "-verify_hostname", name]
    return openssl(*command, *options)


def ask(work, identity, ours=(), theirs=(), said=(), name=NAME, **told):
    """One request; `told` is what our JSON must say, `said` what s_client must."""
    with Serve("--root", work.here("www"), *identity.serve(), *ours) as server:
        result = run(s_client(server.port, *identity.ca_file(), "-ign_eof", *theirs, name=name), GET).ok()
        require(result.out.endswith(b"\r\n\r\n" + BODY + b"closed\n"), f"the answer is not whole\n{result.text}")
        result.says("Verification: OK")
        for pattern in said:
            result.says(pattern)
        j = server.connection()
        told = {"connected": True, "protocol": "TLS 1.3", "error": None, "requests": 1, "hello_retry": False,
                "server_name": name, **told}
        for key, wanted in told.items():
            same(key, j[key], wanted)
        return j, result


def matrix(work, cases, identities):
    p256 = identities["p256"]
    for group, classical in GROUPS:
        floor = ["--floor", "classical"] if classical else []
        if group == "MLKEM512":  # not in the default list
            floor = ["--groups", "X25519MLKEM768:MLKEM512"]
        for suite in SUITES:
            cases.add(f"{group}, {suite}", ask, work, p256, floor, ["-groups", group, "-ciphersuites", suite],
                      [f"Cipher is {suite}"], group=group, suite=suite, scheme=p256.scheme)
    for kind, identity in identities.items():
        cases.add(f"identity {identity.chain.split('.')[0]}", check_identity, work, identity)


def check_identity(work, identity):
    pqc = identity.kind.startswith("mldsa")
    j, result = ask(work, identity, ["--floor", "pq-auth"] if pqc else [], authentication="pqc" if pqc else "classical")
    require(re.fullmatch(identity.scheme, j["scheme"]), f"scheme {j['scheme']}")
    result.says(f"Peer signature type: {j['scheme']}")


def retries(work, cases, identities):
    """s_client sends a share for its first group, and for those with a star."""
    p256 = identities["p256"]
    for suite in SUITES:
        cases.add(f"HelloRetryRequest to reach a quantum-safe group, {suite}", ask, work, p256,
                  ["--floor", "classical"], ["-groups", "*x25519:SecP384r1MLKEM1024", "-ciphersuites", suite],
                  group="SecP384r1MLKEM1024", hello_retry=True, suite=suite)
    for group, classical in GROUPS[1:]:
        cases.add(f"HelloRetryRequest to {group}", ask, work, p256,
                  ["--groups", group, *(["--floor", "classical"] if classical else [])],
                  ["-groups", f"*X25519MLKEM768:{group}"], group=group, hello_retry=True)
    cases.add("the server's preference among shares", ask, work, p256, ["--groups", "SecP256r1MLKEM768:X25519MLKEM768"],
              ["-groups", "*X25519MLKEM768:*SecP256r1MLKEM768"], group="SecP256r1MLKEM768")
    cases.add("our preference among quantum-safe groups, without their share", ask, work, p256, (),
              ["-groups", "*MLKEM768:X25519MLKEM768"], group="X25519MLKEM768", hello_retry=True)
    cases.add("the default hello of OpenSSL", ask, work, p256, group="X25519MLKEM768")
    for kind in ("p256", "hybrid-p384-mldsa65"):
        # The codes of ffdhe are those of the kyber groups of Q-TLS.
        cases.add(f"ffdhe groups in the hello, identity {kind}", ask, work, identities[kind], (),
                  ["-groups", "*ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192:X25519MLKEM768"],
                  group="X25519MLKEM768", hello_retry=True)
    cookie = ["--cookie", "always"]
    cases.add("stateless cookie", ask, work, p256, cookie, hello_retry=True, cookie=True)
    cases.add("stateless cookie and another group", ask, work, p256, [*cookie, "--groups", "MLKEM1024"],
              ["-groups", "*X25519:MLKEM1024"], hello_retry=True, cookie=True, group="MLKEM1024")
    for suite in SUITES:
        cases.add(f"stateless cookie, {suite}", ask, work, p256, cookie, ["-ciphersuites", suite],
                  hello_retry=True, cookie=True, suite=suite)


def extensions(work, cases, identities):
    p256, mldsa65, hybrid = identities["p256"], identities["mldsa65"], identities["hybrid-p384-mldsa65"]
    cases.add("ALPN, one in common", ask, work, p256, ["--alpn", "http/1.1"], ["-alpn", "h2,http/1.1"],
              ["ALPN protocol: http/1.1"], alpn="http/1.1")
    cases.add("ALPN, our preference", ask, work, p256, ["--alpn", "http/1.1,http/1.0"],
              ["-alpn", "http/1.0,http/1.1"], ["ALPN protocol: http/1.1"], alpn="http/1.1")
    cases.add("ALPN, they have none", ask, work, p256, ["--alpn", "http/1.1"], (), ["No ALPN"], alpn=None)
    cases.add("no SNI", ask, work, p256, (), ["-noservername"], name=None)
    cases.add("wildcard name", ask, work, p256, name="a.wild.test")
    cases.add("no middlebox compatibility there", ask, work, p256, (), ["-no_middlebox"])
    cases.add("no middlebox compatibility there, HelloRetryRequest", ask, work, p256, (),
              ["-no_middlebox", "-groups", "*x25519:MLKEM768"], hello_retry=True)
    for algorithm in ("zlib", "zstd"):
        cases.add(f"compressed certificate, {algorithm}", ask, work, p256, ["--cert-compression", algorithm],
                  cert_compression=algorithm)
    cases.add("compressed certificate, our preference", ask, work, p256, ["--cert-compression", "brotli:zstd:zlib"],
              cert_compression="zstd")
    cases.add("compressed certificate, not theirs", ask, work, p256, ["--cert-compression", "brotli"],
              cert_compression=None)
    cases.add("compressed certificate, refused there", ask, work, p256, ["--cert-compression", "zlib:zstd"],
              ["-no_rx_cert_comp"], cert_compression=None)
    cases.add("their records of 512, padded", ask, work, p256, (), ["-max_send_frag", "512", "-record_padding", "100"])
    cases.add("record size limit, which they do not know", ask, work, p256, ["--record-size-limit", "512"])
    cases.add("maximum fragment length, which is not ours", ask, work, p256, (), ["-maxfraglen", "512"])
    cases.add("our records padded", ask, work, p256, ["--padding", "block:512"])
    cases.add("our records padded at random", ask, work, p256, ["--padding", "random"])
    both = [*mldsa65.serve(), *p256.serve()]
    cases.add("two identities, ML-DSA for one that knows it", two_identities, work, mldsa65, both, (), "mldsa65")
    cases.add("two identities, ECDSA for one that does not", two_identities, work, p256, both,
              ["-sigalgs", "ecdsa_secp256r1_sha256"], "ecdsa_secp256r1_sha256")
    both = [*hybrid.serve(), *p256.serve()]
    cases.add("a hybrid identity for one that has not heard of it", two_identities, work, hybrid, both, (),
              "ecdsa_secp384r1_sha384")


def offers(work, cases, identities):
    """What s_client can offer and our server has no part in."""
    p256 = identities["p256"]
    cases.add("status request", ask, work, p256, (), ["-status"])
    cases.add("post-handshake authentication", ask, work, p256, (), ["-enable_pha"])
    cases.add("external PSK", ask, work, p256, (), ["-psk", "00112233445566778899aabbccddeeff"])
    cases.add("TLS 1.2 offered too, as a fallback", ask, work, p256, (), ["-min_protocol", "TLSv1.2"])
    for title, ours, theirs, wanted in (
            ("", [], [], {}),
            (", with a cookie", ["--cookie", "always"], [], {"cookie": True, "hello_retry": True}),
            (", another group", ["--groups", "MLKEM1024"], ["-groups", "*x25519:MLKEM1024"],
             {"hello_retry": True, "group": "MLKEM1024"})):
        cases.add(f"session of another server{title}", foreign_session, work, p256, False, ours, theirs, wanted)
        cases.add(f"session of another server and early data{title}", foreign_session, work, p256, True, ours, theirs,
                  wanted)


def foreign_session(work, identity, early, ours, theirs, wanted):
    """s_client offers us a session that s_server began, and perhaps early data under it.
    We know neither: the handshake is a full one, and the early data is passed over."""
    there = work.there
    name = f"session-{early}-{len(ours)}-{'retry' if wanted else 'none'}"
    with Process(openssl("s_server", "-accept", "127.0.0.1:0", *identity.s_server(), "-early_data", "-naccept", "1",
                         "-www")) as server:
        port = int(server.expect(r"ACCEPT [0-9.]*:(\d+)").group(1))
        run(s_client(port, *identity.ca_file(), "-ign_eof", "-sess_out", there(name)), b"GET / HTTP/1.0\r\n\r\n").ok()
    options = ["-sess_in", there(name)]
    if early:
        options += ["-early_data", there(work.write(name + ".early", b"early and unheard\n" * 100))]
    _, result = ask(work, identity, ours, [*options, *theirs], **wanted)
    result.says("New, TLSv1.3")
    if early:
        result.says("Early data was rejected")


def two_identities(work, seen, both, theirs, scheme):
    with Serve("--root", work.here("www"), *both) as server:
        run(s_client(server.port, *seen.ca_file(), "-ign_eof", *theirs), GET).ok().says("Verification: OK")
        same("scheme", server.connection()["scheme"], scheme)


def curl(work, identity, *options, path="/hello.txt", wanted=BODY, server_options=()):
    with Serve("--root", work.here("www"), *identity.serve(), *server_options) as server:
        result = run(in_root("curl", "--silent", "--show-error", "--fail", "--cacert", work.there(identity.root),
                             "--resolve", f"{NAME}:{server.port}:127.0.0.1", *options,
                             *(f"https://{NAME}:{server.port}{path}" for _ in range(2)))).ok()
        require(result.out == wanted * 2, "curl did not get the file twice")
        j = server.connection()
        # Both requests go over one connection, kept open by HTTP/1.1.
        same("requests, alpn, error", (j["requests"], j["alpn"], j["error"]), (2, "http/1.1", None))


def upload(identity, data, ours=(), theirs=()):
    """Data to our echo server and back. s_client ends only when told to, so it is when all has come."""
    with Serve("--echo", *identity.serve(), *ours) as server, \
            Process(s_client(server.port, *identity.ca_file(), "-quiet", *theirs)) as client:
        client.send(data)
        client.expect(data[-60:].decode())
        require(data in client.data, "the echo is not whole")
        client.stop()


def bulk(work, cases, identities):
    text = "".join(f"{i:7d} the quick brown fox jumps over the lazy dog\n" for i in range(24000)).encode()
    work.write("www/big.txt", text)
    one = identities["p256"]
    for suite in SUITES:
        cases.add(f"curl, 2 x 1.2 MB, {suite}", curl, work, one, "--tls13-ciphers", suite, path="/big.txt", wanted=text)
        cases.add(f"1.2 MB there and back, {suite}", upload, one, text, (), ["-ciphersuites", suite])
    cases.add("1.2 MB there and back in their records of 600", upload, one, text, (), ["-max_send_frag", "600"])
    cases.add("1.2 MB there and back in our small records", upload, one, text, ["--record-mode", "dynamic"])
    cases.add("1.2 MB there and back, our keys changed every 100 KB", key_updates_by_themselves, one, text)
    for kind in ("hybrid-p384-mldsa65", "mldsa65", "rsa2048"):
        cases.add(f"curl, identity {kind}", curl, work, identities[kind])
    cases.add("curl, cookie", curl, work, one, server_options=["--cookie", "always"])


def key_updates(identity):
    """s_client's K changes its keys and asks for ours to change, k changes its own alone."""
    with Serve("--echo", *identity.serve()) as server, \
            Process(s_client(server.port, *identity.ca_file())) as client:
        client.expect("read R BLOCK|Verify return code")
        client.send("first\n")
        client.expect("first\n")
        for turn, letter in enumerate("kKkKK"):
            client.send(letter + "\n")
            client.expect("(?s)" + "KEYUPDATE.*" * (turn + 1))
            client.send(f"line {turn}\n")
            client.expect(f"line {turn}\n")
        client.send("Q\n")
        same("exit code of s_client", client.wait(), 0)
        j = server.connection()
        same("KeyUpdates received, sent, error",
             (j["key_updates_received"], j["key_updates_sent"], j["error"]), (5, 3, None))


def key_updates_by_themselves(identity, data):
    """Our limits change our keys under way, and s_client's with them."""
    with Serve("--echo", "--key-update-bytes", "100000", *identity.serve()) as server, \
            Process(s_client(server.port, *identity.ca_file(), "-quiet")) as client:
        client.send(data)
        client.expect(data[-60:].decode())
        require(data in client.data, "the echo is not whole")
        client.stop()
        j = server.connection()
        sent, received = j["key_updates_sent"], j["key_updates_received"]
        require(sent >= len(data) // 120000, f"only {sent} KeyUpdates sent for {len(data)} bytes")
        # It answers when it writes, and is not asked again before.
        require(1 <= received <= sent, f"{received} KeyUpdates received, {sent} sent")


def half_close(identity):
    """At the end of its input s_client sends close_notify; our echo then ends too, without an error."""
    with Serve("--echo", *identity.serve()) as server:
        run(s_client(server.port, *identity.ca_file()), b"last words\n").ok()
        j = server.connection()
        same("bytes_received, bytes_sent, error", (j["bytes_received"], j["bytes_sent"], j["error"]), (11, 11, None))


def vanish(identity):
    """A killed s_client leaves without close_notify."""
    with Serve("--echo", *identity.serve()) as server:
        with Process(s_client(server.port, *identity.ca_file())) as client:
            client.send("first\n")
            client.expect("\nfirst\n")
            client.stop()
        same("error", server.connection()["error"], "TRUNCATED")


def refused(identity, ours, theirs, error, said, problem="", name=NAME):
    """A conversation that must fail: `error` and `problem` in our JSON, `said` by s_client."""
    with Serve("--echo", *identity.serve(), *ours) as server:
        run(s_client(server.port, *theirs, name=name), b"Q\n").refused(said)
        j = server.connection()
        same("error", j["error"], error)
        require(re.search(problem, j["problem"]), j["problem"])


def refusals(cases, identities, expired):
    p256 = identities["p256"]
    ca, add = p256.ca_file(), cases.add
    add("unknown authority", refused, p256, (), identities["p384"].ca_file(), "ALERT_RECEIVED",
        "unable to get (local )?issuer certificate|self-signed certificate in certificate chain", "unknown_ca")
    add("wrong name", refused, p256, (), ca, "ALERT_RECEIVED", "hostname mismatch", "bad_certificate",
        name="other.test")
    add("expired certificate", refused, expired, (), expired.ca_file(), "ALERT_RECEIVED",
        "certificate has expired", "certificate_expired")
    add("their group is below our floor", refused, p256, (), [*ca, "-groups", "x25519:secp256r1"], "FLOOR",
        "alert insufficient security")
    add("our signature is below our floor", refused, p256, ["--floor", "pq-auth"], ca, "FLOOR",
        "alert insufficient security")
    add("our floor is q-tls", refused, identities["hybrid-p384-mldsa65"], ["--floor", "q-tls"], ca, "FLOOR",
        "alert insufficient security")
    add("no group in common", refused, p256, ["--floor", "classical"], [*ca, "-groups", "x448:ffdhe2048"],
        "GROUP_NONE", "alert handshake failure")
    add("no suite in common", refused, p256, ["--suites", "TLS_AES_256_GCM_SHA384"],
        [*ca, "-ciphersuites", "TLS_AES_128_GCM_SHA256"], "SUITE_NONE", "alert handshake failure")
    add("no signature in common", refused, p256, (), [*ca, "-sigalgs", "ed25519"], "SCHEME_NONE",
        "alert handshake failure")
    add("no ALPN in common", refused, p256, ["--alpn", "h3"], [*ca, "-alpn", "h2"], "ALPN_NONE",
        "alert no application protocol")
    add("TLS 1.2", refused, p256, ["--floor", "classical"], [*ca, "-tls1_2"], "VERSION_NONE",
        "alert protocol version")


def build(work, cases):
    needs("/usr/bin/openssl", "/usr/bin/curl")
    os.mkdir(work.here("www"))
    work.write("www/hello.txt", BODY)
    ours = make(work, by_qtls, OUR_KINDS)
    # OpenSSL's own certificates and keys serve here too.
    theirs = make(work, by_openssl, ["p256", "rsa2048", "rsa-pss", "ed25519", "mldsa65"])
    expired = by_openssl(work, "p256", "expired",
                         ("-not_before", "20240101000000Z", "-not_after", "20240201000000Z"))
    one = ours["p256"]
    matrix(work, cases, ours)
    for kind, identity in theirs.items():
        cases.add(f"identity openssl-{kind}", check_identity, work, identity)
    retries(work, cases, ours)
    extensions(work, cases, ours)
    offers(work, cases, ours)
    bulk(work, cases, ours)
    cases.add("key updates both ways", key_updates, one)
    cases.add("half close", half_close, one)
    cases.add("truncation told from a close", vanish, one)
    refusals(cases, ours, expired)


if __name__ == "__main__":
    main(build)
