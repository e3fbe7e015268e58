"""Certificates for the interop tests: a root, an intermediate and a leaf for
server.test of each kind, made by OpenSSL or by qtls pki."""

import os
from concurrent.futures import ThreadPoolExecutor

from _interop import NAME, openssl, qtls, run

# Extensions by place, as openssl.cnf has them.
EXTENSIONS = {
    "root": {
        "basicConstraints": "critical, CA:TRUE, pathlen:1",
        "keyUsage": "critical, keyCertSign, cRLSign",
        "subjectKeyIdentifier": "hash",
    },
    "intermediate": {
        "basicConstraints": "critical, CA:TRUE, pathlen:0",
        "keyUsage": "critical, keyCertSign, cRLSign",
        "subjectKeyIdentifier": "hash",
        "authorityKeyIdentifier": "keyid",
    },
    "leaf": {
        "basicConstraints": "critical, CA:FALSE",
        "keyUsage": "critical, digitalSignature",
        "extendedKeyUsage": "serverAuth",
        "subjectAltName": f"DNS:{NAME}, DNS:*.wild.test, IP:127.0.0.1",
        "subjectKeyIdentifier": "hash",
        "authorityKeyIdentifier": "keyid",
    },
}


def config(changes):
    """An openssl.cnf with these extensions and changes to them by place; None takes one away."""
    lines = ["[req]", "distinguished_name = nothing", "prompt = no", "[nothing]"]
    for place, usual in EXTENSIONS.items():
        lines.append(f"[{place}]")
        for key, value in {**usual, **changes.get(place, {})}.items():
            if value is not None:
                lines.append(f"{key} = {value}")
    return "\n".join(lines) + "\n"


# How OpenSSL is told to make a key of each kind.
OPENSSL_KEYS = {
    "p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "p521": ["ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "rsa2048": ["rsa", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa-pss": ["rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"],
    "ed25519": ["ed25519"],
    "mldsa44": ["ML-DSA-44"],
    "mldsa65": ["ML-DSA-65"],
    "mldsa87": ["ML-DSA-87"],
}

# The scheme with which a leaf of each kind signs a handshake of TLS 1.3, as
# both sides name it. (Of RSA's three each side may take its favourite.)
SCHEMES = {
    "p256": "ecdsa_secp256r1_sha256",
    "p384": "ecdsa_secp384r1_sha384",
    "p521": "ecdsa_secp521r1_sha512",
    "rsa2048": "rsa_pss_rsae_sha(256|384|512)",
    "rsa-pss": "rsa_pss_pss_sha(256|384|512)",
    "ed25519": "ed25519",
    "mldsa44": "mldsa44",
    "mldsa65": "mldsa65",
    "mldsa87": "mldsa87",
    "hybrid-p384-mldsa65": "ecdsa_secp384r1_sha384",
}


class Identity:
    """Names of files in the Work: of the root, intermediate, leaf, the chain
    (leaf and intermediate) and the leaf's key."""

    def __init__(self, work, prefix, kind):
        self.work, self.kind = work, kind
        self.root, self.intermediate = prefix + ".root.pem", prefix + ".intermediate.pem"
        self.leaf, self.chain, self.key = prefix + ".leaf.pem", prefix + ".chain.pem", prefix + ".key"
        self.scheme = SCHEMES.get(kind)

    def serve(self):
        """Options of qtls serve."""
        return ["--cert", self.work.here(self.chain), "--key", self.work.here(self.key)]

    def s_server(self):
        """Options of openssl s_server."""
        there = self.work.there
        return ["-cert", there(self.leaf), "-key", there(self.key), "-cert_chain", there(self.intermediate)]

    def trust(self):
        """Option of qtls connect."""
        return ["--trust", self.work.here(self.root)]

    def ca_file(self):
        """Option of openssl and its like."""
        return ["-CAfile", self.work.there(self.root)]


def by_openssl(work, kind, prefix=None, validity=("-days", "30"), changes=None):
    """An identity that OpenSSL makes; `validity` is the leaf's."""
    prefix = prefix or "openssl-" + kind
    one = Identity(work, prefix, kind)
    work.write(prefix + ".cnf", config(changes or {}))
    there = work.there
    issuer = None
    for level, cert in (("root", one.root), ("intermediate", one.intermediate), ("leaf", one.leaf)):
        key = one.key if level == "leaf" else f"{prefix}.{level}.key"
        command = openssl("req", "-x509", "-config", there(prefix + ".cnf"), "-extensions", level, "-nodes",
                          "-newkey", *OPENSSL_KEYS[kind], "-subj", f"/O=Interop/CN={kind} {level}",
                          "-keyout", there(key), "-out", there(cert),
                          *(validity if level == "leaf" else ("-days", "30")))
        if issuer:
            command += ["-CA", there(issuer[0]), "-CAkey", there(issuer[1])]
        run(command).ok()
        issuer = (cert, key)
    work.join(one.chain, one.leaf, one.intermediate)
    return one


def by_qtls(work, kind, prefix=None):
    """An identity that qtls pki makes."""
    prefix = prefix or "qtls-" + kind
    one = Identity(work, prefix, kind)
    folder = work.here(prefix + ".ca")
    run(qtls("pki", "init", "--dir", folder, "--kind", kind, "--name", prefix, "--quiet")).ok()
    run(qtls("pki", "issue", "--dir", folder, "--dns", NAME, "--dns", "*.wild.test",
             "--ip", "127.0.0.1", "--out", work.here(prefix), "--quiet")).ok()
    os.rename(work.here(prefix + ".pem"), work.here(one.chain))
    for name, file in ((one.root, "root.pem"), (one.intermediate, "intermediate.pem")):
        os.link(os.path.join(folder, file), work.here(name))
    end = b"-----END CERTIFICATE-----\n"
    work.write(one.leaf, work.read(one.chain).split(end)[0] + end)
    return one


def make(work, maker, kinds):
    """Identities of all kinds, as a dictionary."""
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(kinds, pool.map(lambda kind: maker(work, kind), kinds)))
