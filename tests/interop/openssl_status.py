#!/usr/bin/env python3
# ctest-timeout: 120
# ctest-plain-only
"""Revocation lists and OCSP between libqtls and OpenSSL 3.5 of Debian 13, and a
look by GnuTLS: each reads, verifies and judges what the other made, and asks and
answers the other."""

import datetime

from _interop import in_root, main, needs, openssl, require, run, same
from _status import (BOTH, GOOD, KEY_COMPROMISE, NOW, PRIMARY, REVOKED, UNKNOWN, Asked, Hierarchy, ask,
                     describe, judge_crl, judge_ocsp, make_crl)

KINDS = ["p256", "p384", "rsa2048", "ed25519", "mldsa44", "mldsa65", "mldsa87", "hybrid-p384-mldsa65",
         "hybrid-p384-mldsa87", "hybrid-rsa3072-mldsa65"]
NONCE = bytes(range(32))


class Files:
    """A hierarchy of ours as files that OpenSSL sees."""

    def __init__(self, work, kind):
        self.work, self.h = work, Hierarchy(kind)
        self.at = {}
        for name, data in (("root", self.h.root.pem), ("intermediate", self.h.intermediate.pem),
                           ("leaf", self.h.leaf.pem), ("responder", self.h.responder.pem),
                           ("chain", self.h.intermediate.pem + self.h.root.pem),
                           ("intermediate.key", classical(self.h.intermediate_key.pem())),
                           ("responder.key", classical(self.h.responder_key.pem()))):
            self.add(name, data)

    def add(self, name, data):
        file = f"{self.h.kind}.{name}"
        self.work.write(file, data)
        self.at[name] = self.work.there(file)
        return self.at[name]

    def read(self, name):
        return self.work.read(f"{self.h.kind}.{name}")


def classical(pem):
    """The first of two keys: OpenSSL knows nothing of the second."""
    end = b"-----END PRIVATE KEY-----\n"
    return pem.split(end)[0] + end


def serial_of(files, name="leaf"):
    text = run(openssl("x509", "-in", files.at[name], "-noout", "-serial")).ok().out.decode()
    return text.strip().split("=")[1]


def our_lists_there(files):
    """OpenSSL verifies our lists, and finds a leaf revoked when it stands in one."""
    h, at = files.h, files.at
    serial = bytes.fromhex(serial_of(files))
    clean = files.add("clean.crl", make_crl(h.intermediate, h.intermediate_key))
    revoked = files.add("revoked.crl", make_crl(h.intermediate, h.intermediate_key, [b"\x05", serial],
                                                KEY_COMPROMISE, 258))
    for crl in (clean, revoked):
        run(openssl("crl", "-in", crl, "-inform", "DER", "-CAfile", at["chain"], "-noout", "-verify")).ok().says("OK")
        pem = crl.replace(".crl", ".pem")
        run(openssl("crl", "-in", crl, "-inform", "DER", "-out", pem)).ok()
        check = ["verify", "-crl_check", "-CAfile", at["root"], "-untrusted", at["intermediate"], "-CRLfile", pem,
                 at["leaf"]]
        if crl == clean:
            run(openssl(*check)).ok()
        else:
            run(openssl(*check)).refused("certificate revoked")
    text = run(openssl("crl", "-in", revoked, "-inform", "DER", "-noout", "-text"))
    for pattern in ("Version 2", "CRL Number: *\n *258", "Key Compromise", serial_of(files), "Authority Key Identifier"):
        text.ok().says(pattern)
    # Another's list proves nothing.
    run(openssl("crl", "-in", clean, "-inform", "DER", "-CAfile", at["root"], "-noout", "-verify")).says(
        "verify failure|Error getting CRL issuer")


def gnutls_looks(files):
    crl = files.add("gnutls.crl", make_crl(files.h.intermediate, files.h.intermediate_key,
                                           [bytes.fromhex(serial_of(files))]))
    text = run(in_root("certtool", "--crl-info", "--inder", "--infile", crl)).ok()
    text.says("Version: 2")
    text.says("(?i)Revoked certificates \\(1\\)")
    text.says("(?i)" + serial_of(files))


def our_answers_there(files):
    """OpenSSL verifies our answers, by the issuer and by a responder, named in a request of its own."""
    h, at = files.h, files.at
    request = files.at["chain"].replace("chain", "request")
    run(openssl("ocsp", "-issuer", at["intermediate"], "-cert", at["leaf"], "-reqout", request)).ok()
    asked = Asked(files.read("request"))
    require(asked.is_of(h.intermediate) and not asked.is_of(h.root), "its request is not about our issuer")
    same("serial", asked.serials()[0].hex().upper(), serial_of(files))
    for signer, key, how in ((h.intermediate, h.intermediate_key, ["-VAfile", at["intermediate"]]),
                             (h.responder, h.responder_key, ["-CAfile", at["chain"]])):
        for state, word in ((GOOD, "good"), (REVOKED, "revoked"), (UNKNOWN, "unknown")):
            answer = files.add("answer", asked.respond(signer, key, state))
            text = run(openssl("ocsp", "-issuer", at["intermediate"], "-no_nonce", "-reqin", request, "-cert",
                               at["leaf"], "-respin", answer, *how)).ok()  # the request has a nonce already
            text.says("Response verify OK")
            text.says(f"leaf: {word}")
            require("WARNING" not in text.text, text.text)  # nor of one that did not come back
            if state == REVOKED:
                text.says("Reason: superseded")
    # Changed by a bit it is refused.
    bad = bytearray(asked.respond(h.intermediate, h.intermediate_key))
    at_digest = bad.index(b"\x04\x14") + 10
    bad[at_digest] ^= 1
    run(openssl("ocsp", "-issuer", at["intermediate"], "-cert", at["leaf"], "-respin", files.add("bad", bytes(bad)),
                "-VAfile", at["intermediate"])).says("Response Verify Failure|error|No Status")


def index_of(files, revoked, name):
    """OpenSSL's data base of one certificate. Cases run side by side: each has its own."""
    later = datetime.datetime.fromtimestamp(NOW + 86400, datetime.timezone.utc).strftime("%y%m%d%H%M%SZ")
    past = datetime.datetime.fromtimestamp(NOW - 86400, datetime.timezone.utc).strftime("%y%m%d%H%M%SZ")
    head = f"R\t{later}\t{past},keyCompromise" if revoked else f"V\t{later}\t"
    return files.add(name, f"{head}\t{serial_of(files)}\tunknown\t/O=Interop/CN=leaf\n".encode())


def their_lists_here(files):
    """We judge the lists that OpenSSL makes with our keys: without ML-DSA of a hybrid issuer."""
    h, at = files.h, files.at
    hybrid, pqc = h.kind.startswith("hybrid"), h.kind.startswith("mldsa")
    for revoked in (False, True):
        index = index_of(files, revoked, "index-lists")
        files.add("index-lists.attr", b"")
        files.add("number", b"0102\n")
        config = files.add("cnf", (f"[ca]\ndefault_ca = x\n[x]\ndatabase = {index}\ncrlnumber = {at['number']}\n"
                                   "default_md = default\ndefault_crl_days = 2\ncrl_extensions = e\n"
                                   "[e]\nauthorityKeyIdentifier = keyid\n").encode())
        crl = at["chain"].replace("chain", "theirs.crl")
        run(openssl("ca", "-config", config, "-gencrl", "-cert", at["intermediate"], "-keyfile",
                    at["intermediate.key"], "-out", crl)).ok()
        data = files.read("theirs.crl")
        wanted = ("CERT_REVOKED", KEY_COMPROMISE) if revoked else ("OK", 0)
        same("verdict", judge_crl(data, h.leaf, h.intermediate, PRIMARY), (*wanted, pqc))
        verdict = judge_crl(data, h.leaf, h.intermediate)[0]
        same("verdict on what is needed", verdict, "STATUS_ALT" if hybrid and not revoked else wanted[0])
        same("verdict on both", judge_crl(data, h.leaf, h.intermediate, BOTH)[0], wanted[0] if pqc or revoked else "STATUS_ALT")
        same("verdict of another issuer", judge_crl(data, h.leaf, h.root)[0], "CRL_ISSUER")
        require("keyCompromise" in describe(data) or not revoked, describe(data))


def their_answers_here(files):
    """OpenSSL answers our requests, by issuer and responder, named by name and by key."""
    h, at = files.h, files.at
    pqc, hybrid = h.kind.startswith("mldsa"), h.kind.startswith("hybrid")
    request = files.add("ours.request", ask(h.leaf, h.intermediate, NONCE))
    text = run(openssl("ocsp", "-reqin", request, "-req_text")).ok()
    text.says("(?i)Serial Number: *" + serial_of(files))
    text.says("(?i)sha1")
    answer = at["chain"].replace("chain", "theirs.answer")
    for revoked in (False, True):
        index = index_of(files, revoked, "index-answers")
        for signer in ("intermediate", "responder"):
            for named in ([], ["-resp_key_id"]):
                run(openssl("ocsp", "-index", index, "-rsigner", at[signer], "-rkey", at[signer + ".key"], "-CA",
                            at["intermediate"], "-reqin", request, "-respout", answer, "-ndays", "1", *named)).ok()
                data = files.read("theirs.answer")
                wanted = ("CERT_REVOKED", KEY_COMPROMISE) if revoked else ("OK", 0)
                same("verdict", judge_ocsp(data, h.leaf, h.intermediate, PRIMARY, NONCE), (*wanted, pqc))
                # A revocation is final, whoever asked for it.
                same("other nonce", judge_ocsp(data, h.leaf, h.intermediate, PRIMARY, b"x")[0],
                     "CERT_REVOKED" if revoked else "OCSP_NONCE")
                same("what is needed", judge_ocsp(data, h.leaf, h.intermediate)[0],
                     "STATUS_ALT" if hybrid and not revoked else wanted[0])
    # A leaf is no responder, and a certificate it does not know is no good one.
    run(openssl("ocsp", "-index", files.add("index-empty", b""), "-rsigner", at["intermediate"], "-rkey", at["intermediate.key"], "-CA",
                at["intermediate"], "-reqin", request, "-respout", answer, "-ndays", "1")).ok()
    same("unknown", judge_ocsp(files.read("theirs.answer"), h.leaf, h.intermediate, PRIMARY)[0], "OCSP_UNKNOWN")
    leaf_key = files.add("leaf.key", classical(h.leaf_key.pem()))
    run(openssl("ocsp", "-index", index_of(files, False, "index-answers"), "-rsigner", at["leaf"], "-rkey", leaf_key, "-CA",
                at["intermediate"], "-reqin", request, "-respout", answer, "-ndays", "1")).ok()
    same("by the leaf", judge_ocsp(files.read("theirs.answer"), h.leaf, h.intermediate, PRIMARY)[0], "OCSP_RESPONDER")


def build(work, cases):
    needs("/usr/bin/openssl", "/usr/bin/certtool")
    for kind in KINDS:
        files = Files(work, kind)
        cases.add(f"OpenSSL verifies our lists, {kind}", our_lists_there, files)
        cases.add(f"we judge OpenSSL's lists, {kind}", their_lists_here, files)
        cases.add(f"OpenSSL verifies our answers, {kind}", our_answers_there, files)
        cases.add(f"we judge OpenSSL's answers, {kind}", their_answers_here, files)
        cases.add(f"GnuTLS reads our lists, {kind}", gnutls_looks, files)


if __name__ == "__main__":
    main(build)
