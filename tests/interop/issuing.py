#!/usr/bin/env python3
# ctest-timeout: 300
# ctest-plain-only
"""What is issued, and asked for, between us and the stacks of Debian 13: every
extension read by OpenSSL and GnuTLS; requests of theirs signed by us and ours
verified by them, hybrid ones by Bouncy Castle, both ways; encrypted keys both
ways; a certificate's log timestamps as OpenSSL sees them.

Ours are made by a program of the tests, tests/pki_tool of the build folder.
"""

import base64
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor

from _identities import OPENSSL_KEYS
from _interop import BUILD, NAME, Process, in_root, java, main, needs, openssl, require, run, same

TOOL = os.path.join(BUILD, "tests", "pki_tool")
JARS = ":".join(f"/usr/share/java/{name}.jar" for name in ("bcprov", "bcpkix", "bcutil"))
KINDS = ["p256", "p384", "p521", "rsa2048", "ed25519", "mldsa44", "mldsa65", "mldsa87", "hybrid-p384-mldsa65",
         "hybrid-rsa3072-mldsa65", "hybrid-p384-mldsa87"]
HYBRID = [kind for kind in KINDS if kind.startswith("hybrid")]
PHRASE = "correct horse"
# How OpenSSL encrypts a key.
WAYS = [(f"{cipher} {prf}", ["-v2", cipher, "-v2prf", prf, "-iter", "2048"])
        for cipher in ("aes-128-cbc", "aes-256-cbc")
        for prf in ("hmacWithSHA1", "hmacWithSHA256", "hmacWithSHA384", "hmacWithSHA512")]
WAYS += [("scrypt", ["-v2", "aes-256-cbc", "-scrypt"]), ("default", [])]
BLOCK = re.compile(r"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----\n", re.DOTALL)


def tool(*arguments):
    return run([TOOL, *arguments])


def certtool(*arguments):
    return in_root("certtool", *arguments)


def show(path):
    return json.loads(tool("show", path).ok().out)


class Root:
    """An authority of ours of one kind."""

    def __init__(self, work, kind):
        self.work, self.kind = work, kind
        self.cert, self.key = f"root-{kind}.pem", f"root-{kind}.key"
        tool("root", kind, work.here(self.cert), work.here(self.key)).ok()

    def issue(self, kind, role, prefix):
        here = self.work.here
        tool("issue", kind, role, here(self.cert), here(self.key), here(prefix + ".pem"), here(prefix + ".key")).ok()
        return prefix + ".pem"


# ---- extensions ----

def openssl_shows(root):
    """OpenSSL names each extension, and verifies the chain with its name constraints."""
    work, kind = root.work, root.kind
    middle = root.issue(kind, "authority", f"middle-{kind}")
    below = Root.__new__(Root)
    below.work, below.kind, below.cert, below.key = work, kind, middle, f"middle-{kind}.key"
    leaf = below.issue(kind, "server", f"leaf-{kind}")
    text = run(openssl("x509", "-in", work.there(leaf), "-noout", "-text")).ok()
    for pattern in ("OCSP - URI:http://ocsp.server.test/", "CA Issuers - URI:http://pki.server.test/ca.cer",
                    "X509v3 CRL Distribution Points:\\s+Full Name:\\s+URI:http://pki.server.test/ca.crl",
                    "TLS Feature:\\s+status_request", "email:ops@server.test", "URI:spiffe://server.test/web",
                    f"DNS:{NAME}", "IP Address:127.0.0.1"):
        text.says(pattern)
    run(openssl("x509", "-in", work.there(middle), "-noout", "-text")).ok().says(
        "X509v3 Name Constraints: critical\\s+Permitted:\\s+DNS:server.test\\s+DNS:wild.test\\s+"
        "IP:127.0.0.0/255.0.0.0\\s+email:server.test\\s+URI:server.test\\s+Excluded:\\s+DNS:secret.server.test")
    run(openssl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", NAME, "-CAfile",
                work.there(root.cert), "-untrusted", work.there(middle), work.there(leaf))).ok()
    ocsp = root.issue(kind, "ocsp", f"ocsp-{kind}")
    text = run(openssl("x509", "-in", work.there(ocsp), "-noout", "-text", "-purpose")).ok()
    text.says("OCSP No Check").says("OCSP Signing").says("OCSP helper : Yes")


def gnutls_shows(root):
    work = root.work
    leaf = root.issue(root.kind, "server", f"gnutls-{root.kind}")
    text = run(certtool("--certificate-info", "--infile", work.there(leaf))).ok()
    for pattern in ("Access Location URI: http://ocsp.server.test/", "URI: http://pki.server.test/ca.crl",
                    "TLS Features|TLS Feature", f"DNSname: {re.escape(NAME)}", "RFC822Name: ops@server.test",
                    "URI: spiffe://server.test/web"):
        text.says(pattern)
    run(certtool("--verify", "--load-ca-certificate", work.there(root.cert), "--infile", work.there(leaf),
                 "--verify-hostname", NAME)).ok().says("Verified. The certificate is trusted")


# ---- requests ----

def our_request_there(work, kind):
    """OpenSSL and, where it knows the key, GnuTLS verify our request."""
    name = f"ours-{kind}.csr"
    tool("csr", kind, "server", work.here(name), work.here(name + ".key")).ok()
    text = run(openssl("req", "-in", work.there(name), "-verify", "-noout", "-text")).ok()
    text.says("self-signature verify OK").says(f"DNS:{NAME}").says("TLS Feature:\\s+status_request")
    text.says("CN ?= ?Interop").says("URI:spiffe://server.test/web")
    if not kind.startswith("mldsa"):  # Debian's GnuTLS knows no ML-DSA
        run(certtool("--crq-info", "--infile", work.there(name))).ok().says("Self signature: verified")


def their_request_here(work, root, kind):
    """OpenSSL's request, signed by us, makes a certificate that OpenSSL verifies; changed it is refused."""
    there, here, prefix = work.there, work.here, f"theirs-{kind}"
    run(openssl("genpkey", "-algorithm", *OPENSSL_KEYS[kind], "-out", there(prefix + ".key"))).ok()
    run(openssl("req", "-new", "-key", there(prefix + ".key"), "-subj", "/C=DE/O=Interop/CN=Theirs", "-addext",
                f"subjectAltName=DNS:{NAME},IP:127.0.0.1", "-addext", "keyUsage=critical,keyCertSign",
                "-out", there(prefix + ".csr"))).ok()
    told = show(here(prefix + ".csr"))[0]
    same("subject", told["subject"], "CN=Theirs,O=Interop,C=DE")
    same("names", told["names"], [f"DNS:{NAME}", "IP:127.0.0.1"])
    tool("sign", here(prefix + ".csr"), here(root.cert), here(root.key), here(prefix + ".pem")).ok()
    run(openssl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", NAME, "-CAfile",
                there(root.cert), there(prefix + ".pem"))).ok()
    public = run(openssl("pkey", "-in", there(prefix + ".key"), "-pubout")).ok().out
    same("public key", run(openssl("x509", "-in", there(prefix + ".pem"), "-noout", "-pubkey")).ok().out, public)
    der = bytearray(base64.b64decode(work.read(prefix + ".csr").decode().split("-----")[2]))
    der[der.rindex(b"Theirs")] ^= 1
    work.write(prefix + "-changed.csr", "-----BEGIN CERTIFICATE REQUEST-----\n" +
               base64.encodebytes(bytes(der)).decode() + "-----END CERTIFICATE REQUEST-----\n")
    tool("sign", here(prefix + "-changed.csr"), here(root.cert), here(root.key), here("none.pem")).refused(
        "CSR_SIGNATURE")


def gnutls_request_here(work, root):
    there, here = work.there, work.here
    run(certtool("--generate-privkey", "--key-type", "ecdsa", "--curve", "secp256r1", "--outfile",
                 there("gnutls.key"))).ok()
    work.write("template", f"cn = GnuTLS\ndns_name = {NAME}\nip_address = 127.0.0.1\n")
    run(certtool("--generate-request", "--load-privkey", there("gnutls.key"), "--template", there("template"),
                 "--outfile", there("gnutls.csr"))).ok()
    tool("sign", here("gnutls.csr"), here(root.cert), here(root.key), here("gnutls.pem")).ok()
    run(certtool("--verify", "--load-ca-certificate", there(root.cert), "--infile", there("gnutls.pem"),
                 "--verify-hostname", NAME)).ok().says("Verified. The certificate is trusted")


# ---- encrypted keys ----

def their_key_here(work, title, how, key):
    there, here, name = work.there, work.here, re.sub(r"\W+", "-", f"sealed-{title}-{key}")
    run(openssl("pkcs8", "-topk8", "-in", there(key), *how, "-passout", "pass:" + PHRASE, "-out", there(name))).ok()
    tool("open", here(name), PHRASE, here(name + ".open")).ok()
    publics = [run(openssl("pkey", "-in", there(one), "-pubout")).ok().out for one in (key, name + ".open")]
    same("public key", publics[1], publics[0])
    tool("open", here(name), PHRASE + "!", here("none.key")).refused("KEY_PASSPHRASE")


def our_key_there(work, kind):
    """Each block of ours is opened by OpenSSL, and by GnuTLS where it knows the key."""
    there, here, name = work.there, work.here, f"our-sealed-{kind}"
    root = Root(work, kind)
    tool("seal", here(root.key), PHRASE, here(name)).ok()
    sealed, clear = BLOCK.findall(work.read(name).decode()), BLOCK.findall(work.read(root.key).decode())
    same("blocks", len(sealed), len(clear))
    for i, (one, other) in enumerate(zip(sealed, clear)):
        work.write(f"{name}.{i}", one)
        work.write(f"{name}.{i}.clear", other)
        opened = run(openssl("pkey", "-in", there(f"{name}.{i}"), "-passin", "pass:" + PHRASE, "-pubout")).ok().out
        same("public key", opened, run(openssl("pkey", "-in", there(f"{name}.{i}.clear"), "-pubout")).ok().out)
        run(openssl("pkey", "-in", there(f"{name}.{i}"), "-passin", "pass:wrong", "-noout")).refused()
        if i == 0 and kind in ("p256", "hybrid-p384-mldsa65"):
            run(certtool("--key-info", "--password", PHRASE, "--infile", there(f"{name}.{i}"))).ok().says(
                "Public Key Info|Key Security Level")
    same("opened by us", tool("open", here(name), PHRASE, here(name + ".open")).ok().code, 0)
    same("the same keys", work.read(name + ".open"), work.read(root.key))


# ---- Bouncy Castle ----

def bouncy_castle(work, program, *arguments):
    result = run(java(work, "bouncycastle/" + program, *arguments, classpath=JARS), patience=120).ok()
    return {os.path.basename(line[0]): line[1:] for line in
            re.findall(r"^(\S+) own=(.*) alternative=(.*)$", result.out.decode(), re.MULTILINE)}


def found_good(found, name):
    same(f"own and alternative signature of {name}", found.get(name), ("good", "good"))


def their_hybrid_request(work, root, name, forged):
    here = work.here
    result = tool("sign", here(name + ".csr"), here(root.cert), here(root.key), here(name + ".pem"))
    if forged:
        result.refused("CSR_ALT_SIGNATURE")
        return
    result.ok()
    told = show(here(name + ".pem"))[0]
    require("alternative_key" in told and "alternative_signature" in told, "the certificate is not hybrid")
    same("names", told["names"], [f"DNS:{NAME}"])


# ---- certificate transparency ----

def timestamps_there(work):
    """OpenSSL's client asks for timestamps, and finds ours good."""
    here, there = work.here, work.there
    tool("logged", here("logged.der"), here("logged.key"), here("logged-root.der"), here("logs.cnf")).ok()
    for name, kind in (("logged.der", "x509"), ("logged-root.der", "x509"), ("logged.key", "pkey")):
        run(openssl(kind, "-in", there(name), "-inform", "DER", "-out", there(name + ".pem"))).ok()
    server = openssl("s_server", "-accept", "127.0.0.1:0", "-cert", there("logged.der.pem"), "-key",
                     there("logged.key.pem"), "-www")
    with Process(server) as process:
        port = process.expect(r"ACCEPT 127\.0\.0\.1:(\d+)").group(1).decode()
        client = openssl("s_client", "-connect", f"127.0.0.1:{port}", "-servername", NAME, "-CAfile",
                         there("logged-root.der.pem"), "-ct", "-ctlogfile", there("logs.cnf"), "-verify_return_error")
        text = run(client, stdin=b"Q\n")
        text.says("Validation status: valid|SCT validation status: valid").says("Verify return code: 0")
        work.write("other.cnf", "enabled_logs =\n")
        client[client.index(there("logs.cnf"))] = there("other.cnf")
        run(client, stdin=b"Q\n").says("no valid SCTs|unknown log|Validation status: unknown")


def build(work, cases):
    needs("/usr/bin/openssl", "/usr/bin/certtool", "/usr/share/java/bcprov.jar", "/usr/share/java/bcpkix.jar")
    require(os.access(TOOL, os.X_OK), f"there is no {TOOL}")
    theirs = [("bc-p384", "P-384", "ml-dsa-65", "make"), ("bc-rsa", "RSA-3072", "ml-dsa-87", "make"),
              ("bc-forged", "P-384", "ml-dsa-65", "forge")]
    with ThreadPoolExecutor(2) as pool:
        roots = dict(zip(KINDS, pool.map(lambda kind: Root(work, kind), KINDS)))
    hybrid = roots["hybrid-p384-mldsa65"]
    requests, pairs = [], []
    for kind in HYBRID:
        tool("csr", kind, "server", work.here(f"bc-ours-{kind}.csr"), work.here(f"bc-ours-{kind}.key")).ok()
        requests.append(f"bc-ours-{kind}.csr")
        for subject in (kind, "mldsa65", "p256"):
            for role in ("server", "authority", "ocsp"):
                pairs.append((roots[kind].issue(subject, role, f"bc-{kind}-{subject}-{role}"), roots[kind].cert))
    asked = bouncy_castle(work, "Requests.java", *(f"verify:{work.there(name)}" for name in requests),
                          *(f"{do}:{work.there(name)}:{own}:{pqc}" for name, own, pqc, do in theirs))
    issued = bouncy_castle(work, "Verify.java", *(f"{work.there(a)}:{work.there(b)}" for a, b in pairs))
    for name in requests:
        cases.add(f"Bouncy Castle verifies {name}", found_good, asked, name)
    for name, _ in pairs:
        cases.add(f"Bouncy Castle verifies {name}", found_good, issued, name)
    for name, _, _, do in theirs:
        cases.add(f"we {'refuse' if do == 'forge' else 'sign'} {name}.csr", their_hybrid_request, work, hybrid, name,
                  do == "forge")
    for kind in KINDS:
        cases.add(f"OpenSSL reads every extension, {kind}", openssl_shows, roots[kind])
        cases.add(f"our request, {kind}", our_request_there, work, kind)
    for kind in ("p256", "rsa2048", "hybrid-p384-mldsa65"):
        cases.add(f"GnuTLS reads every extension, {kind}", gnutls_shows, roots[kind])
    for kind in OPENSSL_KEYS:
        cases.add(f"OpenSSL's request, {kind}", their_request_here, work, hybrid, kind)
    cases.add("GnuTLS's request", gnutls_request_here, work, roots["p256"])
    keys = {kind: roots[kind].key for kind in ("p256", "mldsa65", "ed25519", "rsa2048")}
    for title, how in WAYS:
        cases.add(f"OpenSSL's key under {title}", their_key_here, work, title, how, keys["p256"])
    for kind in ("mldsa65", "ed25519", "rsa2048"):
        cases.add(f"OpenSSL's key, {kind}, under scrypt", their_key_here, work, "scrypt", WAYS[8][1], keys[kind])
    for kind in ("p256", "mldsa44", "ed25519", "hybrid-p384-mldsa65"):
        cases.add(f"our key under a pass phrase, {kind}", our_key_there, work, kind)
    cases.add("OpenSSL finds our log's timestamp good", timestamps_there, work)


if __name__ == "__main__":
    main(build)
