#!/usr/bin/env python3
# ctest-timeout: 180
# ctest-plain-only
"""Hybrid certificates between qtls pki and Bouncy Castle (Debian 13's), both
ways: who issues, who verifies, who refuses a forgery; and handshakes with
identities that Bouncy Castle issued. OpenSSL looks on: to it these are plain
classical certificates, and it must find them good.

Java starts twice only: once to issue, once to verify all there is.
"""

import base64
import json
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor

from _identities import Identity, by_qtls
from _interop import NAME, Failed, Serve, connect, java, main, needs, openssl, qtls, require, run, same

OURS = ["hybrid-p384-mldsa65", "hybrid-p384-mldsa87", "hybrid-rsa4096-mldsa65"]
# Prefix, classical key, ML-DSA key, and how the private one is written (RFC 9881 6).
THEIRS = [("bc-p384-mldsa65", "P-384", "ML-DSA-65", "both"),
          ("bc-p384-mldsa65-seed", "P-384", "ML-DSA-65", "seed"),
          ("bc-p384-mldsa65-expanded", "P-384", "ML-DSA-65", "expanded"),
          ("bc-p384-mldsa87", "P-384", "ML-DSA-87", "both"),
          ("bc-rsa3072-mldsa65", "RSA-3072", "ML-DSA-65", "both")]
# Its leaf's alternative signature is wrong, and its own one, which covers that, right.
FORGED = ("bc-forged", "P-384", "ML-DSA-65", "forged")
ALT_SIGNATURE = bytes.fromhex("0603551d4a")  # 2.5.29.74
JARS = ":".join(f"/usr/share/java/{name}.jar" for name in ("bcprov", "bcpkix", "bcutil"))


def bouncy_castle(work, program, *arguments):
    return run(java(work, "bouncycastle/" + program, *arguments, classpath=JARS), patience=120).ok()


def change(work, identity, title, find, offset):
    """An identity like this one whose leaf has one bit changed, `offset` bytes after `find`."""
    other = Identity(work, identity.leaf.split(".")[0] + "-" + title, identity.kind)
    lines = work.read(identity.leaf).decode().split("-----")
    der = bytearray(base64.b64decode(lines[2]))
    at = der.rindex(find) + offset if find else len(der) - 1
    der[at] ^= 1
    lines[2] = "\n" + base64.encodebytes(bytes(der)).decode()
    work.write(other.leaf, "-----".join(lines))
    other.intermediate, other.root, other.key = identity.intermediate, identity.root, identity.key
    work.join(other.chain, other.leaf, other.intermediate)
    return other


def forgeries(work, identity):
    """What is changed, and what then must be found of (own, alternative). The
    own signature covers all; the alternative one all but the own and itself."""
    return [(change(work, identity, "own", b"", 0), "bad", "good"),
            (change(work, identity, "alternative", ALT_SIGNATURE, 300), "bad", "bad"),
            (change(work, identity, "name", NAME.encode(), 0), "bad", "bad")]


def check_line(found, name, own, alternative):
    require(name in found, f"Bouncy Castle says nothing of {name}")
    for what, got, wanted in zip(("own", "alternative"), found[name], (own, alternative)):
        # A forged signature may be no signature at all: then it is an error.
        good = got == "good" if wanted == "good" else got.startswith(("bad", "error"))
        require(good, f"{what} signature is {got} and not {wanted}")


def ours_verified_there(work, cases, identities):
    """Bouncy Castle verifies what qtls pki issued."""
    pairs, expected = [], []
    for identity in identities:
        kind = identity.kind
        chain = [(identity.leaf, identity.intermediate), (identity.intermediate, identity.root),
                 (identity.root, identity.root)]
        for (certificate, issuer), place in zip(chain, ("leaf", "intermediate", "root")):
            pairs.append((certificate, issuer))
            expected.append((f"Bouncy Castle verifies our {kind} {place}", certificate, "good", "good"))
        for forged, own, alternative in forgeries(work, identity):
            pairs.append((forged.leaf, forged.intermediate))
            title = forged.leaf.split(".")[0]
            expected.append((f"Bouncy Castle refuses a changed {title}", forged.leaf, own, alternative))
        stranger = f"stranger-{kind}.pem"
        work.join(stranger, identity.leaf)
        pairs.append((stranger, identity.root))
        expected.append((f"Bouncy Castle refuses our {kind} leaf under another issuer", stranger, "bad", "bad"))
    return pairs, expected


def pki_verify(work, identity, *options):
    result = run(qtls("pki", "verify", work.here(identity.chain), "--trust", work.here(identity.root),
                      "--name", NAME, "--json", *options))
    try:
        return json.loads(result.out), result
    except ValueError:
        raise Failed(f"no JSON: {result.text}") from None


def we_verify(work, identity):
    j, result = pki_verify(work, identity)
    result.ok()
    same("own and alternative signatures", (j["own_signatures"], j["alternative_signatures"]), ("OK", "OK"))


def we_refuse(work, forged, own_is_good, alternative_is_good):
    for need, good in (("both", False), ("alternative", alternative_is_good), ("primary", own_is_good)):
        _, result = pki_verify(work, forged, "--need", need)
        same(f"verdict with --need {need}", result.code == 0, good)


def we_read(work, identity):
    """The constraints and addresses that Issue.java wrote."""
    leaf, middle = (json.loads(run(qtls("inspect", "--json", work.here(name))).ok().out)[0]
                    for name in (identity.leaf, identity.intermediate))
    for told in (leaf, middle):
        same("crl_urls", told["crl_urls"], ["http://127.0.0.1:9/ca.crl"])
        same("issuer_urls", told["issuer_urls"], ["http://127.0.0.1:9/ca.cer"])
    same("name_constraints", middle["name_constraints"],
         f"permitted DNS:{NAME}, permitted IP:127.0.0.0/8, excluded DNS:secret.{NAME}")


def handshake(work, identity, scheme):
    """Q-TLS with an identity that Bouncy Castle issued: both signatures count."""
    with Serve("--echo", *identity.serve()) as server:
        j, result = connect(server.port, *identity.trust(), "--floor", "q-tls", stdin=b"hello\n")
        result.ok()
        for key, wanted in (("scheme", scheme), ("authentication", "hybrid"), ("pqc_signature", "verified"),
                            ("classical_signature", "verified"), ("bytes_received", 6)):
            same(key, j[key], wanted)


def handshake_refused(work, forged):
    with Serve("--echo", *forged.serve()) as server:
        j, result = connect(server.port, *forged.trust(), "--floor", "q-tls", stdin=b"hello\n")
        result.refused()
        require(re.match("CERT_", j["error"]), j["error"])
        require("bad_certificate" in server.connection()["problem"], "the server was not told bad_certificate")


def openssl_verifies(work, identity):
    there = work.there
    run(openssl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", NAME,
                "-CAfile", there(identity.root), "-untrusted", there(identity.intermediate), there(identity.leaf))).ok()


def received(work, prefix):
    """An identity that Issue.java wrote."""
    identity = Identity(work, prefix, prefix)
    work.join(identity.chain, identity.leaf, identity.intermediate)
    os.chmod(work.here(identity.key), 0o600)
    return identity


def require_any_takes(work, forged):
    """The same forgery passes where one good path is enough, and shows as refused."""
    with Serve("--echo", *forged.serve(), "--policy", "require-any") as server:
        j, result = connect(server.port, *forged.trust(), "--versions", "q-tls1.0", "--policy", "require-any",
                            "--suites", "TLS_ECDHE_KYBER1024_ECDSA_DILITHIUM3_AES256_GCM_SHA384", stdin=b"hello\n")
        result.ok()
        same("signatures", (j["classical_signature"], j["pqc_signature"]), ("verified", "refused"))


def build(work, cases):
    needs("/usr/share/java/bcprov.jar", "/usr/share/java/bcpkix.jar", "/usr/share/java/bcutil.jar")
    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        issuing = pool.submit(bouncy_castle, work, "Issue.java",
                              *(":".join((work.there(t[0]), *t[1:])) for t in [*THEIRS, FORGED]))
        ours = list(pool.map(lambda kind: by_qtls(work, kind), OURS))
        issuing.result()
    pairs, expected = ours_verified_there(work, cases, ours)
    forged = received(work, FORGED[0])
    pairs.append((forged.leaf, forged.intermediate))
    expected.append(("Bouncy Castle refuses its own forgery", forged.leaf, "good", "bad"))
    answer = bouncy_castle(work, "Verify.java", *(f"{work.there(a)}:{work.there(b)}" for a, b in pairs)).out.decode()
    found = {os.path.basename(line[0]): line[1:] for line in
             re.findall(r"^(\S+) own=(.*) alternative=(.*)$", answer, re.MULTILINE)}
    print(f"issued and verified by Bouncy Castle in {time.monotonic() - began:.1f} s")
    for title, name, own, alternative in expected:
        cases.add(title, check_line, found, name, own, alternative)
    for identity in ours:
        cases.add(f"OpenSSL verifies our {identity.kind}", openssl_verifies, work, identity)
    cases.add("OpenSSL sees no forgery", openssl_verifies, work, forged)
    cases.add("we refuse the forgery", we_refuse, work, forged, True, False)
    cases.add("no handshake with the forgery", handshake_refused, work, forged)
    cases.add("policy require-any takes the forgery, and tells", require_any_takes, work, forged)
    for prefix, classical, pqc, form in THEIRS:
        identity = received(work, prefix)
        scheme = {"P-384ML-DSA-65": "dilithium3_ecdsa_hybrid", "P-384ML-DSA-87": "dilithium5_ecdsa_hybrid"}.get(
            classical + pqc, "dilithium3_rsa_hybrid")
        cases.add(f"we verify {prefix}", we_verify, work, identity)
        cases.add(f"we read the extensions of {prefix}", we_read, work, identity)
        cases.add(f"OpenSSL verifies {prefix}", openssl_verifies, work, identity)
        cases.add(f"handshake with {prefix}, key as {form}", handshake, work, identity, scheme)
        for forged, own, alternative in forgeries(work, identity):
            title = forged.leaf.split(".")[0]
            cases.add(f"we refuse a changed {title}", we_refuse, work, forged, own == "good", alternative == "good")
            cases.add(f"no handshake with a changed {title}", handshake_refused, work, forged)


if __name__ == "__main__":
    main(build)
