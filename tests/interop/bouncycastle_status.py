#!/usr/bin/env python3
# ctest-timeout: 180
# ctest-plain-only
"""Hybrid revocation lists and OCSP responses between libqtls and Bouncy Castle
(Debian 13's): it verifies both signatures of ours, and we judge the lists that it
signs twice. Java starts once."""

from _interop import java, main, openssl, require, run, same
from _status import BOTH, KEY_COMPROMISE, PRIMARY, REVOKED, Asked, Hierarchy, ask, judge_crl, make_crl

KINDS = ["hybrid-p384-mldsa65", "hybrid-p384-mldsa87", "hybrid-rsa3072-mldsa65"]
JARS = ":".join(f"/usr/share/java/{name}.jar" for name in ("bcprov", "bcpkix", "bcutil"))


def prepare(work, kind):
    """Files of a hierarchy whose intermediate Bouncy Castle gets with both keys."""
    h = Hierarchy(kind)
    work.write(f"{kind}.leaf.pem", h.leaf.pem)
    text = run(openssl("x509", "-in", work.there(f"{kind}.leaf.pem"), "-noout", "-serial")).ok().out.decode()
    serial = text.strip().split("=")[1]
    work.write(f"{kind}.serial", serial)
    work.write(f"{kind}.intermediate.pem", h.intermediate.pem)
    work.write(f"{kind}.intermediate.key", h.intermediate_key.pem())
    work.write(f"{kind}.ours.crl", make_crl(h.intermediate, h.intermediate_key, [bytes.fromhex(serial)]))
    asked = Asked(ask(h.leaf, h.intermediate, b"nonce"))
    work.write(f"{kind}.ours.ocsp", asked.respond(h.intermediate, h.intermediate_key, REVOKED))
    return h


def ours_there(said, kind, file, more):
    wanted = f"{kind}.ours.{file} own=good alternative=good{more}"
    require(any(line.endswith(wanted) for line in said), f"Bouncy Castle does not say {wanted}:\n" + "\n".join(said))


def theirs_here(work, h):
    data = work.read(f"{h.kind}.bc.crl")
    for need in (PRIMARY, BOTH):
        same("verdict", judge_crl(data, h.leaf, h.intermediate, need), ("CERT_REVOKED", KEY_COMPROMISE, True))
    # A list that Bouncy Castle signed and spoilt counts nowhere.
    for need in (PRIMARY, BOTH):
        forged = work.read(f"{h.kind}.forged.crl")
        same("verdict on the forgery", judge_crl(forged, h.leaf, h.intermediate, need)[0], "STATUS_ALT")
    other = Hierarchy(h.kind)
    same("one that is not listed", judge_crl(data, other.leaf, h.intermediate), ("OK", 0, True))
    same("another issuer of the same name", judge_crl(data, h.leaf, other.intermediate)[0], "CRL_ISSUER")


def build(work, cases):
    hierarchies = [prepare(work, kind) for kind in KINDS]
    said = run(java(work, "bouncycastle/Status.java", *(work.there(kind) for kind in KINDS), classpath=JARS),
               patience=150).ok().out.decode().splitlines()
    for h in hierarchies:
        cases.add(f"Bouncy Castle verifies both signatures of our list, {h.kind}", ours_there, said, h.kind, "crl",
                  " revoked=true")
        cases.add(f"Bouncy Castle verifies both signatures of our answer, {h.kind}", ours_there, said, h.kind, "ocsp",
                  "")
        cases.add(f"we judge Bouncy Castle's lists, {h.kind}", theirs_here, work, h)


if __name__ == "__main__":
    main(build)
