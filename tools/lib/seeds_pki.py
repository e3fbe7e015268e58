"""Certificates, chains and keys of many kinds, of OpenSSL's making, as inputs of
the fuzz targets of src/pki and src/crypto."""

import base64
import re

from _identities import OPENSSL_KEYS, by_openssl
from _interop import openssl, run

# What differs from the usual certificates (tests/interop/_identities.py), by place.
CHANGES = {
    "no-extensions": {"leaf": dict.fromkeys(("basicConstraints", "keyUsage", "extendedKeyUsage", "subjectAltName",
                                             "subjectKeyIdentifier", "authorityKeyIdentifier"))},
    "names": {"leaf": {"subjectAltName": "DNS:server.test, DNS:*.b.test, email:a@b.test, URI:https://b.test/x?y, "
                                         "IP:192.0.2.1, IP:2001:db8::1, RID:1.2.3.4, otherName:1.2.3.4;UTF8:other, "
                                         "dirName:directory",
                       "nsComment": "a seed\n[directory]\nC=DE\nO=Directory\nCN=inner"}},
    "names-critical": {"leaf": {"subjectAltName": "critical, DNS:server.test"}},
    "usages": {"leaf": {"keyUsage": "critical, digitalSignature, nonRepudiation, keyEncipherment, dataEncipherment, "
                                    "keyAgreement, encipherOnly, decipherOnly",
                        "extendedKeyUsage": "critical, serverAuth, clientAuth, codeSigning, emailProtection, "
                                            "timeStamping, OCSPSigning, anyExtendedKeyUsage, 1.2.3.4"}},
    "permitted": {"intermediate": {"nameConstraints": "critical, permitted;DNS:server.test, permitted;DNS:.wild.test, "
                                                      "permitted;IP:127.0.0.0/255.0.0.0, permitted;email:b.test, "
                                                      "permitted;URI:.b.test"}},
    "excluded": {"intermediate": {"nameConstraints": "critical, excluded;DNS:other.test, excluded;IP:2001:db8::/"
                                                     "ffff:ffff::, excluded;email:a@b.test"}},
    "directories": {"intermediate": {"nameConstraints": "critical, permitted;dirName:directory\n[directory]\nO=Interop"}},
    "policies": {"leaf": {"certificatePolicies": "1.2.3.4, 2.23.140.1.2.1, @policy\n[policy]\npolicyIdentifier=1.2.5\n"
                                                 "CPS.1=https://b.test/cps\nuserNotice.1=@notice\n[notice]\n"
                                                 "explicitText=UTF8:read this\n"},
                 "intermediate": {"policyConstraints": "critical, requireExplicitPolicy:3, inhibitPolicyMapping:1",
                                  "inhibitAnyPolicy": "2", "certificatePolicies": "2.5.29.32.0"}},
    "status": {"leaf": {"authorityInfoAccess": "OCSP;URI:http://b.test/ocsp, caIssuers;URI:http://b.test/ca.der",
                        "crlDistributionPoints": "URI:http://b.test/a.crl, URI:http://b.test/b.crl",
                        "tlsfeature": "status_request"}},
    "issuer-named": {"leaf": {"authorityKeyIdentifier": "keyid:always, issuer:always"}},
    "unknown": {"leaf": {"1.2.3.4": "ASN1:UTF8String:unknown", "1.2.3.5": "DER:0500"}},
    "unknown-critical": {"leaf": {"1.2.3.4": "critical, ASN1:UTF8String:unknown"}},
    "long-path": {"intermediate": {"basicConstraints": "critical, CA:TRUE, pathlen:200"}},
    "no-path": {"root": {"basicConstraints": "CA:TRUE"}, "intermediate": {"basicConstraints": "CA:TRUE"}},
    "leaf-is-ca": {"leaf": {"basicConstraints": "CA:TRUE"}},
}
SUBJECTS = {
    "subject-long": "/C=DE/ST=Land/L=Ort/street=Weg 1/O=Interop, Inc./OU=A+OU=B/serialNumber=7/emailAddress=a@b.test"
                    "/DC=test/DC=b/UID=u/title=T/GN=G/SN=S/CN=a \"quoted\" <name>; with # and \\\\",
    "subject-utf8": "/O=Größe/CN=тест",
    "subject-empty": "/",
}
# Keys that are too weak, of no use here, or written in another way.
ODD_KEYS = {
    "rsa1024": ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    "rsa-e3": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_pubexp:3"],
    "rsa-pss-limited": ["RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_pss_keygen_md:sha384",
                        "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha384", "-pkeyopt", "rsa_pss_keygen_saltlen:48"],
    "secp256k1": ["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    "p256-explicit": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"],
    "ed448": ["ED448"],
    "slh-dsa": ["SLH-DSA-SHA2-128f"],
}
VALIDITIES = {"far": ("-not_before", "19500101000000Z", "-not_after", "99991231235959Z"),
              "past": ("-not_before", "19700101000000Z", "-not_after", "20491231235959Z")}
FORMATS = ("seed-only", "priv-only", "seed-priv", "oqskeypair", "bare-seed", "bare-priv")


def ders(pem):
    """The contents of the PEM blocks."""
    return [base64.b64decode(b"".join(body.split()))
            for body in re.findall(rb"-----BEGIN [^-]+-----\n([^-:]+)-----END", pem)]


def stage_chain(staged, shared, name, one):
    chain = ders(shared.read(one.root)) + ders(shared.read(one.leaf)) + ders(shared.read(one.intermediate))
    body = b"".join(len(der).to_bytes(2, "big") + der for der in chain)
    for options in (0, 4, 8):  # a server, a client; the classical path, the alternative one
        staged.add("pki_chain", f"openssl-{name}-{options}", bytes([options]) + body)
    for level, der in zip(("root", "leaf", "intermediate"), chain):
        staged.add("pki_certificate", f"openssl-{name}-{level}", der)
        staged.add("pki_differential", f"openssl-{name}-{level}", der)
    staged.add("pki_text", f"openssl-{name}-chain", shared.read(one.chain))
    staged.add("pki_text", f"openssl-{name}-identity", shared.read(one.chain) + shared.read(one.key))


def stage_key(staged, shared, name, key):
    """A key in all the forms that OpenSSL has for it."""
    there = shared.there(key)
    for form, command in {"pkcs8": ["pkey", "-outform", "DER"], "spki": ["pkey", "-pubout", "-outform", "DER"]}.items():
        staged.add("pki_key", f"openssl-{name}-{form}", run(openssl(*command, "-in", there)).ok().out)
    for form, command in {"traditional": ["pkey", "-traditional"], "public": ["pkey", "-pubout"],
                          "encrypted": ["pkey", "-aes256", "-passout", "pass:seed"], "text": ["pkey", "-text"]}.items():
        result = run(openssl(*command, "-in", there))
        if result.code == 0:
            staged.add("pki_text", f"openssl-{name}-{form}", result.out)
            if form == "traditional":
                staged.add("pki_key", f"openssl-{name}-{form}", ders(result.out)[0])
    if name.startswith("mldsa"):
        for form in FORMATS:
            command = ["pkey", "-provparam", "ml-dsa.output_formats=" + form, "-in", there]
            staged.add("pki_key", f"openssl-{name}-{form}", run(openssl(*command, "-outform", "DER")).ok().out)
            staged.add("pki_text", f"openssl-{name}-{form}", run(openssl(*command)).ok().out)


def of_one(staged, shared, name, *options, key=("-newkey", *OPENSSL_KEYS["p256"])):
    """A self-signed certificate."""
    keep = ["-keyout", shared.there("seed.key")] if key[0] == "-newkey" else []
    result = run(openssl("req", "-x509", "-nodes", *key, "-utf8", *keep, "-outform", "DER", *options)).ok()
    staged.add("pki_certificate", "openssl-" + name, result.out)
    staged.add("pki_differential", "openssl-" + name, result.out)


def stage(staged, shared):
    for kind in OPENSSL_KEYS:
        one = by_openssl(shared, kind, "seed-" + kind)
        stage_chain(staged, shared, kind, one)
        stage_key(staged, shared, kind, one.key)
    for name, changes in CHANGES.items():
        stage_chain(staged, shared, name, by_openssl(shared, "p256", "seed-" + name, changes=changes))
    for kind in ("p256", "rsa2048", "rsa-pss"):
        for digest in ("-sha384", "-sha512"):
            name = kind + digest
            stage_chain(staged, shared, name, by_openssl(shared, kind, "seed-" + name, ("-days", "30", digest)))
    for name, command in ODD_KEYS.items():
        there = shared.there(f"odd-{name}.key")
        run(openssl("genpkey", "-algorithm", *command, "-out", there)).ok()
        stage_key(staged, shared, name, f"odd-{name}.key")
        of_one(staged, shared, name, "-subj", "/CN=" + name, key=("-key", there))
    for name, subject in SUBJECTS.items():
        of_one(staged, shared, name, "-subj", subject)
    for name, validity in VALIDITIES.items():
        of_one(staged, shared, name, "-subj", "/CN=" + name, *validity)
    for digest in ("sha1", "sha512", "sha3-256"):
        of_one(staged, shared, digest, "-subj", "/CN=" + digest, "-" + digest)
