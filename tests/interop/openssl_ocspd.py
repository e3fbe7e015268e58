#!/usr/bin/env python3
# ctest-timeout: 240
"""An authority of qtls pki beside OpenSSL 3.5 of Debian 13: `openssl ocsp` and curl
ask qtls ocspd, with responders of every kind of key; OpenSSL verifies by our
revocation lists; requests and encrypted keys go both ways."""

import base64
import json
import urllib.parse

from _interop import Failed, Process, in_root, main, needs, openssl, qtls, require, run, same

# kind of the authority, kinds of its responders
AUTHORITIES = {
    "p256": ["p256", "p384", "ed25519"],
    "rsa2048": ["rsa2048", "p256"],
    "mldsa65": ["mldsa65", "mldsa44"],
    "mldsa87": ["mldsa87"],
    "hybrid-p384-mldsa65": ["hybrid-p384-mldsa65", "p256", "mldsa65"],
    "hybrid-p384-mldsa87": ["hybrid-p384-mldsa87"],
}


class Responder(Process):
    """qtls ocspd on a free port of the loopback."""

    def __init__(self, folder, *signers):
        options = [part for name in signers for part in ("--cert", name + ".pem", "--key", name + ".key")]
        super().__init__(qtls("ocspd", folder, "--listen", "127.0.0.1:0", "--json", *options))
        self.port = int(self.expect(r'"event":"listening".*"port":(\d+)').group(1))
        self.url = f"http://127.0.0.1:{self.port}/"

    def __exit__(self, kind, *rest):
        super().__exit__(kind, *rest)
        if kind is None:
            require(self.child.returncode == 0, f"exit code {self.child.returncode} of qtls ocspd\n{self.text[-3000:]}")


class Authority:
    def __init__(self, work, kind):
        self.work, self.kind, self.name = work, kind, "ca-" + kind
        self.dir = work.here(self.name)
        run(qtls("pki", "init", self.dir, "--kind", kind, "--name", kind, "--quiet")).ok()
        self.root, self.intermediate = f"{self.name}/root.pem", f"{self.name}/intermediate.pem"

    def issue(self, prefix, *options):
        prefix = f"{self.name}-{prefix}"
        run(qtls("pki", "issue", self.dir, "--out", self.work.here(prefix), "--quiet", *options)).ok()
        self.work.write(prefix + ".leaf.pem", first(self.work.read(prefix + ".pem")))
        return prefix

    def ask(self, url, *options):
        there = self.work.there
        return run(openssl("ocsp", "-url", url, "-CAfile", there(self.root), "-verify_other", there(self.intermediate),
                           "-issuer", there(self.intermediate), *options))


def first(pem):
    end = b"-----END CERTIFICATE-----\n"
    return pem[:pem.index(end) + len(end)]


def by_openssl(authority, kind):
    """Good, unknown and revoked, with and without a nonce, verified by OpenSSL."""
    work = authority.work
    signer = authority.issue("ocsp-" + kind, "--ocsp", "--kind", kind, "--name", "OCSP " + kind)
    leaf = authority.issue("leaf-" + kind, "--dns", kind + ".test")
    cert = ["-cert", work.there(leaf + ".leaf.pem")]
    with Responder(authority.dir, work.here(signer)) as responder:
        for options in ([], ["-no_nonce"], ["-sha256"], ["-no_nonce", "-sha384"]):
            hash_known = "-sha384" not in options
            result = authority.ask(responder.url, *options, *cert)
            if hash_known:
                result.ok().says("Response verify OK").says(r"leaf\.pem: good")
                require("WARNING" not in result.text, result.text)
            else:
                result.says("unauthorized")
        authority.ask(responder.url, *cert, "-serial", "0x7001").ok().says("Response verify OK").says("0x7001: unknown")
        run(qtls("pki", "revoke", work.here(leaf + ".pem"), "--dir", authority.dir, "--reason", "keyCompromise")).ok()
        for options in ([], ["-no_nonce"]):
            authority.ask(responder.url, *options, *cert).ok().says("Response verify OK") \
                .says(r"leaf\.pem: revoked").says("Reason: keyCompromise")


def by_curl(authority):
    """A GET as RFC 6960 appendix A has it; the answer is read and verified from its file."""
    work = authority.work
    signer = authority.issue("ocsp-get", "--ocsp", "--name", "OCSP by GET")
    leaf = authority.issue("leaf-get", "--dns", "get.test")
    request, response = authority.name + ".ocsp-request", authority.name + ".ocsp-response"
    run(openssl("ocsp", "-issuer", work.there(authority.intermediate), "-cert", work.there(leaf + ".leaf.pem"),
                "-no_nonce", "-reqout", work.there(request))).ok()
    text = urllib.parse.quote(base64.b64encode(work.read(request)).decode(), safe="")
    with Responder(authority.dir, work.here(signer)) as responder:
        said = run(in_root("curl", "-sS", "-i", "-o", work.there(response + ".head"), "-D", "-",
                           responder.url + text)).ok()
        said.says("HTTP/1.1 200 OK").says("Content-Type: application/ocsp-response").says("Cache-Control: max-age=")
        run(in_root("curl", "-sS", "-f", "-o", work.there(response), responder.url + text)).ok()
        posted = response + ".posted"
        run(in_root("curl", "-sS", "-f", "-o", work.there(posted), "-H", "Content-Type: application/ocsp-request",
                    "--data-binary", "@" + work.there(request), responder.url)).ok()
    same("the answer to POST", work.read(posted), work.read(response))
    run(openssl("ocsp", "-respin", work.there(response), "-CAfile", work.there(authority.root), "-verify_other",
                work.there(authority.intermediate), "-issuer", work.there(authority.intermediate), "-cert",
                work.there(leaf + ".leaf.pem"))).ok().says("Response verify OK").says(r"leaf\.pem: good")
    run(qtls("pki", "verify", work.here(leaf + ".pem"), "--trust", work.here(authority.root), "--ocsp",
             work.here(response))).ok()


def by_list(authority):
    """openssl verify -crl_check_all by our lists: one revoked, one not."""
    work = authority.work
    good = authority.issue("crl-good", "--dns", "good.test")
    bad = authority.issue("crl-bad", "--dns", "bad.test")
    run(qtls("pki", "revoke", work.here(bad + ".pem"), "--dir", authority.dir, "--reason", "superseded")).ok()
    lists = []
    for name in ("root", "intermediate"):
        run(qtls("pki", "crl", authority.dir, "--authority", name, "--quiet")).ok()
        lists.append(f"{authority.name}/{name}.crl")
        anchor = authority.root if name == "root" else authority.intermediate
        run(openssl("crl", "-in", work.there(lists[-1]), "-noout", "-text", "-CAfile", work.there(anchor))).ok() \
            .says("verify OK").says("X509v3 CRL Number")
    both = work.join(authority.name + ".crls", *lists)
    for name, wanted in ((good, True), (bad, False)):
        result = run(openssl("verify", "-x509_strict", "-crl_check_all", "-CRLfile", work.there(both), "-CAfile",
                             work.there(authority.root), "-untrusted", work.there(authority.intermediate),
                             work.there(name + ".leaf.pem")))
        result.ok() if wanted else result.refused("certificate revoked")


def their_request(authority, algorithm, *options):
    """OpenSSL's request, signed by us, verified by OpenSSL; and a forged one."""
    work, name = authority.work, f"{authority.name}-req-{algorithm[0]}"
    run(openssl("req", "-new", "-newkey", algorithm[0], *algorithm[1:], "-nodes", "-keyout", work.there(name + ".key"),
                "-subj", "/O=Theirs/CN=theirs.test", "-addext", "subjectAltName=DNS:theirs.test,IP:192.0.2.3", "-out",
                work.there(name + ".csr"), *options)).ok()
    run(qtls("pki", "show", work.here(name + ".csr"))).ok().says("DNS:theirs.test")
    run(qtls("pki", "sign", work.here(name + ".csr"), "--dir", authority.dir, "--out", work.here(name))).ok() \
        .says("possession of it proved")
    work.write(name + ".leaf.pem", first(work.read(name + ".pem")))
    run(openssl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "theirs.test", "-CAfile",
                work.there(authority.root), "-untrusted", work.there(authority.intermediate),
                work.there(name + ".leaf.pem"))).ok()
    public = run(openssl("pkey", "-in", work.there(name + ".key"), "-pubout")).ok().out
    same("the key", run(openssl("x509", "-in", work.there(name + ".leaf.pem"), "-noout", "-pubkey")).ok().out, public)


def our_request(work, kind):
    """OpenSSL checks the signature of our request and shows its names."""
    name = "request-" + kind
    run(qtls("pki", "csr", "--dns", "ours.test", "--ip", "192.0.2.4", "--kind", kind, "--out", work.here(name))).ok()
    run(openssl("req", "-in", work.there(name + ".csr"), "-verify", "-noout", "-text")).ok() \
        .says("verify OK").says("DNS:ours.test")


def encrypted_keys(work, kind, options):
    """Our encrypted key there, and theirs as the key of an authority here."""
    name = "locked-" + kind
    work.write(name + ".phrase", "a phrase of words\n")
    run(in_root("chmod", "600", work.there(name + ".phrase"))).ok()
    phrase = work.here(name + ".phrase")
    run(qtls("pki", "csr", "--dns", "l.test", "--kind", kind, "--key-pass-file", phrase, "--out", work.here(name))).ok()
    run(openssl("pkey", "-in", work.there(name + ".key"), "-passin", "file:" + work.there(name + ".phrase"), "-noout",
                "-text")).ok()
    run(openssl("pkey", "-in", work.there(name + ".key"), "-passin", "pass:another", "-noout")).refused()
    theirs = name + "-theirs"
    run(openssl("req", "-x509", "-newkey", options[0], *options[1:], "-passout", "file:" + work.there(name + ".phrase"),
                "-keyout", work.there(theirs + ".key"), "-out", work.there(theirs + ".pem"), "-days", "30", "-subj",
                "/CN=Theirs", "-addext", "keyUsage=critical,keyCertSign,cRLSign")).ok()
    run(in_root("chmod", "600", work.there(theirs + ".key"))).ok()
    require(b"ENCRYPTED" in work.read(theirs + ".key"), "OpenSSL's key is not encrypted")
    run(qtls("pki", "init", work.here(theirs), "--cert", work.here(theirs + ".pem"), "--key",
             work.here(theirs + ".key"), "--pass-file", phrase)).ok()
    run(qtls("pki", "issue", work.here(theirs), "--dns", "below.test", "--pass-file", phrase, "--out",
             work.here(theirs + "-leaf"), "--kind", "p256", "--json")).ok()
    run(openssl("verify", "-x509_strict", "-CAfile", work.there(theirs + ".pem"), work.there(theirs + "-leaf.pem"))).ok()


def log_tells(authority):
    """What the responder tells of a request that OpenSSL made."""
    signer = authority.issue("ocsp-log", "--ocsp", "--name", "OCSP and its log")
    leaf = authority.issue("leaf-log", "--dns", "log.test")
    with Responder(authority.dir, authority.work.here(signer)) as responder:
        authority.ask(responder.url, "-cert", authority.work.there(leaf + ".leaf.pem")).ok()
        line = json.loads(responder.expect(r'(\{"event":"request".*\})\n').group(1))
    same("answer", (line["method"], line["http"], line["answer"], line["nonce"]), ("POST", 200, "good", True))


def build(work, cases):
    needs("/usr/bin/openssl", "/usr/bin/curl")
    authorities = {}
    for kind in AUTHORITIES:
        try:
            authorities[kind] = Authority(work, kind)
        except Failed as e:
            raise Failed(f"authority {kind}: {e}") from None
    for kind, responders in AUTHORITIES.items():
        authority = authorities[kind]
        for signer in responders:
            cases.add(f"openssl ocsp asks an authority {kind} with a responder {signer}", by_openssl, authority, signer)
        cases.add(f"curl asks by GET, {kind}", by_curl, authority)
        cases.add(f"openssl verifies by lists, {kind}", by_list, authority)
    for algorithm in (["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], ["rsa:2048"], ["ed25519"], ["ml-dsa-65"]):
        cases.add(f"OpenSSL's request, {algorithm[0]}", their_request, authorities["p256"], algorithm)
    cases.add("OpenSSL's request, signed by a hybrid authority", their_request, authorities["hybrid-p384-mldsa65"],
              ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"])
    for kind in ("p256", "rsa2048", "ed25519", "mldsa65", "hybrid-p384-mldsa65"):
        cases.add(f"our request, {kind}", our_request, work, kind)
    cases.add("encrypted keys, ECDSA", encrypted_keys, work, "p256", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
    cases.add("encrypted keys, RSA", encrypted_keys, work, "rsa2048", ["rsa:2048"])
    cases.add("encrypted keys, ML-DSA", encrypted_keys, work, "mldsa65", ["ml-dsa-65"])
    cases.add("the responder's log", log_tells, authorities["p256"])


if __name__ == "__main__":
    main(build)
