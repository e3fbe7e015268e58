#!/usr/bin/env python3
# ctest-timeout: 120
"""Certificates and private keys between qtls pki and OpenSSL 3.5 of Debian 13:
each verifies, shows and reads what the other made, and both refuse the same
hierarchies."""

import base64
import json
import re

from _identities import OPENSSL_KEYS, by_openssl, by_qtls, make
from _interop import NAME, Failed, Serve, connect, main, needs, openssl, qtls, require, run, same

OUR_KINDS = ["p256", "p384", "p521", "rsa2048", "ed25519", "mldsa44", "mldsa65", "mldsa87", "hybrid-p384-mldsa65",
             "hybrid-p384-mldsa87", "hybrid-rsa3072-mldsa65"]
BLOCK = re.compile(r"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----\n", re.DOTALL)


def they_verify(identity, *options):
    there = identity.work.there
    return run(openssl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", NAME,
                       "-CAfile", there(identity.root), "-untrusted", there(identity.intermediate), *options,
                       there(identity.leaf)))


def we_verify(identity, *options):
    here = identity.work.here
    result = run(qtls("pki", "verify", here(identity.chain), "--trust", here(identity.root), "--name", NAME, "--json",
                      *options))
    try:
        return json.loads(result.out), result
    except ValueError:
        raise Failed(f"no JSON: exit code {result.code}\n{result.text}") from None


def ours_there(identity):
    """OpenSSL verifies, shows and takes apart our certificates."""
    there = identity.work.there
    they_verify(identity).ok()
    for name in (identity.leaf, identity.intermediate, identity.root):
        run(openssl("x509", "-in", there(name), "-noout", "-text", "-nameopt", "utf8")).ok()
        run(openssl("asn1parse", "-in", there(name))).ok()
    text = run(openssl("x509", "-in", there(identity.leaf), "-noout", "-text"))
    for pattern in (f"DNS:{NAME}", "IP Address:127.0.0.1", "Digital Signature", "TLS Web Server Authentication",
                    "CA:FALSE", "Version: 3"):
        text.says(pattern)
    for check in (("-checkhost", NAME), ("-checkhost", "a.wild.test"), ("-checkip", "127.0.0.1")):
        run(openssl("x509", "-in", there(identity.leaf), "-noout", *check)).says("does match certificate")
    if identity.kind.startswith("hybrid"):
        for extension in ("Subject Alternative Public Key Info", "Alternative Signature Algorithm",
                          "Alternative Signature Value"):
            text.says("X509v3 " + extension)


def our_keys_there(identity):
    """OpenSSL reads each of our private keys, and a signature by it verifies under the certificate's key."""
    work, there, prefix = identity.work, identity.work.there, identity.key
    blocks = BLOCK.findall(work.read(identity.key).decode())
    same("private keys", len(blocks), 2 if identity.kind.startswith("hybrid") else 1)
    for i, block in enumerate(blocks):
        work.write(f"{prefix}.{i}", block)
        text = run(openssl("pkey", "-in", there(f"{prefix}.{i}"), "-noout", "-text")).ok()
        if "ML-DSA" in text.text:
            text.says("seed:")
    public = run(openssl("x509", "-in", there(identity.leaf), "-noout", "-pubkey")).ok().out
    same("public key", run(openssl("pkey", "-in", there(f"{prefix}.0"), "-pubout")).ok().out, public)
    work.write(f"{prefix}.message", b"what is signed")
    files = ["-in", there(f"{prefix}.message"), "-inkey", there(f"{prefix}.0"), "-rawin"]
    run(openssl("pkeyutl", "-sign", *files, "-out", there(f"{prefix}.signature"))).ok()
    run(openssl("pkeyutl", "-verify", *files[:2], "-rawin", "-certin", "-inkey", there(identity.leaf), "-sigfile",
                there(f"{prefix}.signature"))).ok()


def theirs_here(identity):
    """We verify and show OpenSSL's certificates and keys."""
    j, result = we_verify(identity)
    result.ok()
    same("verdict, quantum_safe", (j["verdict"], j["quantum_safe"]), ("OK", identity.kind.startswith("mldsa")))
    here = identity.work.here
    for name in (identity.chain, identity.root, identity.key):
        result = run(qtls("inspect", here(name))).ok()
        require("error" not in result.text, result.text)


def key_form(identity, form, taken):
    """A handshake with an ML-DSA key that OpenSSL wrote in this form."""
    work, name = identity.work, f"{identity.key}.{form}"
    run(openssl("pkey", "-in", work.there(identity.key), "-provparam", f"ml-dsa.output_formats={form}", "-out",
                work.there(name))).ok()
    files = ["--cert", work.here(identity.chain), "--key", work.here(name)]
    if not taken:
        run(qtls("serve", "--echo", "--listen", "127.0.0.1:0", *files)).refused("private key")
        return
    with Serve("--echo", *files) as server:
        j, result = connect(server.port, *identity.trust(), "--floor", "pq-auth", stdin=b"hello\n")
        result.ok()
        same("bytes_received", j["bytes_received"], 6)


def mixed_up(identity):
    """The seed of one key and the expanded form of another (RFC 9881 8.2)."""
    work = identity.work
    both = []
    for i in range(2):
        run(openssl("genpkey", "-algorithm", "ML-DSA-65", "-provparam", "ml-dsa.output_formats=seed-priv",
                    "-out", work.there(f"mixed.{i}"))).ok()
        both.append(base64.b64decode("".join(work.read(f"mixed.{i}").decode().split("-----")[2].split())))
    # A head of fixed size, the seed with tag and length, the expanded key with its own.
    at = both[0].index(bytes.fromhex("0420")) + 34
    der = base64.encodebytes(both[0][:at] + both[1][at:]).decode()
    work.write("mixed.pem", f"-----BEGIN PRIVATE KEY-----\n{der}-----END PRIVATE KEY-----\n")
    run(qtls("inspect", work.here("mixed.pem"))).says("do not belong together|KEY_SEED_MISMATCH")


def agree(work, title, good, changes, validity):
    """Both verify, or both refuse, a hierarchy with these changes."""
    identity = by_openssl(work, "p256", re.sub(r"\W+", "-", title), validity or ("-days", "30"), changes)
    theirs = they_verify(identity)
    same(f"OpenSSL's verdict ({theirs.text.strip()})", theirs.code == 0, good)
    j, result = we_verify(identity)
    same(f"our verdict ({j['verdict']})", result.code == 0, good)


# (title, are they good, changes of extensions, validity of the leaf)
HIERARCHIES = [
    ("as usual", True, {}, None),
    ("expired leaf", False, {}, ("-not_before", "20240101000000Z", "-not_after", "20240201000000Z")),
    ("leaf of the future", False, {}, ("-not_before", "20450101000000Z", "-not_after", "20460101000000Z")),
    ("leaf valid beyond 2050", True, {}, ("-not_before", "20240101000000Z", "-not_after", "20600101000000Z")),
    ("leaf for clients", False, {"leaf": {"extendedKeyUsage": "clientAuth"}}, None),
    ("leaf for both", True, {"leaf": {"extendedKeyUsage": "clientAuth, serverAuth"}}, None),
    ("leaf without extended key usage", True, {"leaf": {"extendedKeyUsage": None}}, None),
    ("leaf that may not sign", False, {"leaf": {"keyUsage": "critical, cRLSign"}}, None),
    ("leaf with another name", False, {"leaf": {"subjectAltName": "DNS:other.test"}}, None),
    ("leaf with a wildcard inside", False, {"leaf": {"subjectAltName": "DNS:server.*"}}, None),
    ("leaf with the name in capitals", True, {"leaf": {"subjectAltName": "DNS:SERVER.test"}}, None),
    ("leaf with an unknown extension", True, {"leaf": {"1.2.3.4.5": "ASN1:NULL"}}, None),
    ("leaf with an unknown critical extension", False, {"leaf": {"1.2.3.4.5": "critical, ASN1:NULL"}}, None),
    ("intermediate that is no authority", False, {"intermediate": {"basicConstraints": "critical, CA:FALSE",
                                                                   "keyUsage": "critical, digitalSignature"}}, None),
    ("intermediate without basic constraints", False, {"intermediate": {"basicConstraints": None}}, None),
    ("intermediate that may not sign certificates", False, {"intermediate": {"keyUsage": "critical, cRLSign"}}, None),
    ("intermediate for clients only", False, {"intermediate": {"extendedKeyUsage": "clientAuth"}}, None),
    ("root with path length 0", False, {"root": {"basicConstraints": "critical, CA:TRUE, pathlen:0"}}, None),
    ("root with path length 5", True, {"root": {"basicConstraints": "critical, CA:TRUE, pathlen:5"}}, None),
    ("root without path length", True, {"root": {"basicConstraints": "critical, CA:TRUE"}}, None),
]


def build(work, cases):
    needs("/usr/bin/openssl")
    ours, theirs = make(work, by_qtls, OUR_KINDS), make(work, by_openssl, list(OPENSSL_KEYS))
    for kind, identity in ours.items():
        cases.add(f"OpenSSL reads our certificates, {kind}", ours_there, identity)
        cases.add(f"OpenSSL reads our private key, {kind}", our_keys_there, identity)
    for kind, identity in theirs.items():
        cases.add(f"we read OpenSSL's certificates and key, {kind}", theirs_here, identity)
    for kind in ("mldsa44", "mldsa65", "mldsa87"):
        for form in ("seed-only", "priv-only", "seed-priv"):
            cases.add(f"private key {kind} as {form}", key_form, theirs[kind], form, True)
        # Forms of drafts, which RFC 9881 does not have.
        for form in ("bare-seed", "bare-priv", "oqskeypair"):
            cases.add(f"private key {kind} as {form} is refused", key_form, theirs[kind], form, False)
    cases.add("a seed and another's expanded key", mixed_up, theirs["mldsa65"])
    for title, good, changes, validity in HIERARCHIES:
        cases.add(f"hierarchy, {title}", agree, work, title, good, changes, validity)


if __name__ == "__main__":
    main(build)
