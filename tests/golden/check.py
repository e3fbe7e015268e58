#!/usr/bin/env python3
"""Checks the golden transcripts without qtls: Python's standard library and the
command of OpenSSL 3.5 (ctest-timeout: 300, ctest-plain-only).

    tests/golden/check.py [FILE]...

From the private keys and the messages of each file it works out the shared
secrets, the transcript hashes, every secret and key of the schedule, Finished,
and compares; opens every protected record and finds the messages in it; verifies
both signatures of CertificateVerify, and both signatures of every certificate.
What it needs to know stands in docs/protocol.md and RFC 8446 alone.
"""

import glob
import hashlib
import hmac
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import _der as der  # noqa: E402
from _openssl import SOURCE, OpenSSL  # noqa: E402

VECTORS = os.path.join(SOURCE, "tests", "vectors", "golden")
RETRY = hashlib.sha256(b"HelloRetryRequest").digest()
GROUPS = {0x11EC: "X25519MLKEM768", 0x001D: "x25519", 0x0018: "secp384r1", 0x0017: "secp256r1",
          0x0100: "kyber1024", 0x0101: "kyber768"}
POLICIES = {1: "require_both", 2: "require_pqc", 3: "require_any"}
ORDER = ["require_both", "require_pqc", "require_any"]


class Failed(Exception):
    pass


def same(what, found, expected):
    if found != expected:
        raise Failed(f"{what}: {found.hex() if isinstance(found, bytes) else found} "
                     f"is not {expected.hex() if isinstance(expected, bytes) else expected}")


# ---- bytes ----

class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        self.at += n
        if self.at > len(self.data):
            raise Failed("a message ends early")
        return self.data[self.at - n:self.at]

    def number(self, n):
        return int.from_bytes(self.take(n), "big")

    def vector(self, n):
        return self.take(self.number(n))

    def more(self):
        return self.at < len(self.data)


def extensions(reader):
    found, inner = {}, Reader(reader.vector(2))
    while inner.more():
        kind = inner.number(2)
        found[kind] = inner.vector(2)
    return found


class Hello:
    """ClientHello, ServerHello or HelloRetryRequest."""

    def __init__(self, message, client):
        r = Reader(message[4:])
        r.take(2)
        self.random, self.session_id = r.take(32), r.vector(1)
        self.suites = r.vector(2) if client else r.take(2)
        if client:
            r.vector(1)
        else:
            r.take(1)
        self.extensions = extensions(r)
        self.retry = not client and self.random == RETRY

    def shares(self, client):
        body = Reader(self.extensions[51])
        inner, found = Reader(body.vector(2)) if client else body, []
        while inner.more():
            group, share = inner.number(2), inner.vector(2)
            if group & 0x0F0F != 0x0A0A:  # RFC 8701
                found.append((group, share))
        return found


# ---- RFC 5869, RFC 8446 §7.1 ----

def sha384(data):
    return hashlib.sha384(data).digest()


def mac(key, data):
    return hmac.new(key, data, hashlib.sha384).digest()


def expand_label(secret, label, context, n):
    label = b"tls13 " + label.encode()
    info = n.to_bytes(2, "big") + bytes([len(label)]) + label + bytes([len(context)]) + context
    out, block, counter = b"", b"", 1
    while len(out) < n:
        block = mac(secret, block + info + bytes([counter]))
        out, counter = out + block, counter + 1
    return out[:n]


def derive(secret, label, transcript_hash):
    return expand_label(secret, label, transcript_hash, 48)


# ---- AES-256-GCM (SP 800-38D), AES by OpenSSL ----

def ghash(h, data):
    h, y = int.from_bytes(h, "big"), 0
    for at in range(0, len(data), 16):
        x = y ^ int.from_bytes(data[at:at + 16].ljust(16, b"\0"), "big")
        y, v = 0, h
        for bit in range(127, -1, -1):
            if x >> bit & 1:
                y ^= v
            v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
    return y.to_bytes(16, "big")


def gcm_open(openssl, key, nonce, header, sealed):
    text, tag = sealed[:-16], sealed[-16:]
    h = openssl.aes_ctr(key, bytes(16), bytes(16))  # the counter block of zeros, encrypted
    stream = openssl.aes_ctr(key, nonce + b"\0\0\0\1", bytes(16) + text)
    sizes = (8 * len(header)).to_bytes(8, "big") + (8 * len(text)).to_bytes(8, "big")
    padded = header.ljust(-len(header) // 16 * -16, b"\0") + text.ljust(-len(text) // 16 * -16, b"\0") + sizes
    computed = bytes(a ^ b for a, b in zip(ghash(h, padded), stream[:16]))
    same("tag of a record", computed, tag)
    return stream[16:]


# ---- one vector ----

class Vector:
    def __init__(self, openssl, identity, data):
        self.openssl, self.identity, self.data = openssl, identity, data
        self.messages = [(m["name"], m["from"], bytes.fromhex(m["bytes"])) for m in data["messages"]]

    def message(self, name, side="server"):
        return [m for n, s, m in self.messages if n == name and s == side][-1]

    def value(self, group, name):
        return bytes.fromhex(self.data[group][name])

    def secret(self, name, found):
        same(name, found, self.value("secrets", name))
        return found

    def check(self):
        self.hashes()
        self.hellos()
        self.shared()
        self.schedule()
        self.records()
        self.authentication()

    def hashes(self):
        """RFC 8446 §4.4.1, with message_hash after HelloRetryRequest."""
        running, self.hash = b"", {}
        for (name, side, message), row in zip(self.messages, self.data["messages"]):
            same("length of " + name, int.from_bytes(message[1:4], "big"), len(message) - 4)
            if name == "HelloRetryRequest":
                running = b"\xfe\0\0\x30" + sha384(running)
            running += message
            self.hash[name, side] = sha384(running)
            same("transcript hash after " + name, self.hash[name, side], bytes.fromhex(row["transcript_hash"]))

    def hellos(self):
        """What was offered, asked for and chosen, and that the shares are those
        of the private keys."""
        hellos = [Hello(m, True) for n, s, m in self.messages if n == "ClientHello"]
        server = Hello(self.message("ServerHello"), False)
        self.server_shares = server.shares(False)
        same("suite", int.from_bytes(server.suites, "big"), self.data["suite"])
        same("version", server.extensions[43], b"\x03\x05")
        names = [GROUPS[g] for g, _ in self.server_shares]
        same("groups", names, [x for x in (self.data["group"], self.data["classical_group"]) if x])
        retries = [Hello(m, False) for n, s, m in self.messages if n == "HelloRetryRequest"]
        same("retry", bool(retries), self.data["hello_retry_request"] == "yes")
        if retries:
            same("retry", retries[0].retry, True)
            same("suite of the retry", retries[0].suites, server.suites)
            same("cookie", 44 in retries[0].extensions, self.data["cookie"] == "yes")
            if 51 in retries[0].extensions:
                asked = Reader(retries[0].extensions[51])
                same("groups of the retry", [GROUPS[asked.number(2)] for _ in names], names)
                same("what follows them", asked.more(), False)
                offered = [GROUPS[g] for g, _ in hellos[1].shares(True)]
                same("groups of the second hello", sorted(offered), sorted(names))
            if self.data["cookie"] == "yes":
                same("cookie", hellos[1].extensions[44], retries[0].extensions[44])
        offered = [Reader(h.extensions[0xFF02]).number(1) for h in hellos]
        encrypted = extensions(Reader(self.message("EncryptedExtensions")[4:]))
        answered = Reader(encrypted[0xFF02]).number(1)
        same("client's policy", POLICIES[offered[-1]], self.data["client_policy"])
        same("server's policy", POLICIES[answered], self.data["server_policy"])
        stricter = min(self.data["client_policy"], self.data["server_policy"], key=ORDER.index)
        same("policy", self.data["policy"], stricter)
        self.client_shares = hellos[-1].shares(True)
        for number, hello in enumerate(hellos, 1):
            self.offered(number, hello)

    def offered(self, number, hello):
        """The shares of a hello are the public keys of its private ones, in the
        order of their making; X25519MLKEM768 is ML-KEM, then x25519."""
        rows = [k for k in self.data["key_exchange"] if k.get("client_hello") == number]
        joined = b"".join(share for _, share in hello.shares(True))
        same("shares", joined.hex(), "".join(k["public_key"] for k in rows))
        for row in rows:
            name, key = row["algorithm"], row.get("private_key") or row["seed"]
            public = der.public_key(name, bytes.fromhex(row["public_key"]))
            private = der.private_key(name, bytes.fromhex(key))
            same("public key of " + name, self.openssl.public_of(private), public)

    def keys_of(self, side, name):
        rows = [k for k in self.data["key_exchange"] if k["from"] == side and k["algorithm"] == name]
        return rows[-1]

    def classical(self, name):
        client, server = self.keys_of("client", name), self.keys_of("server", name)
        secrets = []
        shares = dict((GROUPS.get(g), share) for g, share in self.client_shares)
        same("client's share of " + name, shares[name].hex(), client["public_key"])
        same("server's share of " + name, self.server_shares[1][1].hex(), server["public_key"])
        for own, peer in ((client, server), (server, client)):
            private = der.private_key(name, bytes.fromhex(own["private_key"]))
            public = der.public_key(name, bytes.fromhex(own["public_key"]))
            same("public key of " + name, self.openssl.public_of(private), public)
            peer_key = der.public_key(name, bytes.fromhex(peer["public_key"]))
            secrets.append(self.openssl.derive(private, peer_key))
        same("the two sides of " + name, secrets[0], secrets[1])
        return secrets[0]

    def shared(self):
        """Q-TLS §3: classical | ML-KEM."""
        client, server = self.keys_of("client", "ML-KEM-1024"), self.keys_of("server", "ML-KEM-1024")
        private = der.private_key("ML-KEM-1024", bytes.fromhex(client["seed"]))
        same("ML-KEM ciphertext", self.server_shares[0][1].hex(), server["ciphertext"])
        mlkem = self.openssl.decapsulate(private, self.server_shares[0][1])
        # FIPS 203 §6.2: (K, r) = G(m | H(ek))
        kept = bytes.fromhex(server["encapsulation_randomness"])
        expected = hashlib.sha3_512(kept + hashlib.sha3_256(bytes.fromhex(client["public_key"])).digest())
        same("encapsulation", mlkem, expected.digest()[:32])
        combined = self.secret("mlkem_shared", mlkem)
        if self.data["classical_group"]:
            combined = self.secret("classical_shared", self.classical(self.data["classical_group"])) + combined
        self.combined = self.secret("combined", combined)

    def schedule(self):
        zeros, empty = bytes(48), sha384(b"")
        hello, finished = self.hash["ServerHello", "server"], self.hash["Finished", "server"]
        early = self.secret("early_secret", mac(zeros, zeros))
        salt = self.secret("early_derived", derive(early, "derived", empty))
        handshake = self.secret("handshake_secret", mac(salt, self.combined))
        traffic = {}
        for side in ("client", "server"):
            traffic[side, "handshake"] = self.secret(
                f"{side}_handshake_traffic_secret", derive(handshake, side[0] + " hs traffic", hello))
        salt = self.secret("handshake_derived", derive(handshake, "derived", empty))
        master = self.secret("master_secret", mac(salt, zeros))
        for side in ("client", "server"):
            traffic[side, "application"] = self.secret(
                f"{side}_application_traffic_secret_0", derive(master, side[0] + " ap traffic", finished))
        self.secret("exporter_master_secret", derive(master, "exp master", finished))
        self.secret("resumption_master_secret", derive(master, "res master", self.hash["Finished", "client"]))
        self.keys = {}
        covered = {"server": self.hash["CertificateVerify", "server"],
                   "client": self.hash.get(("CertificateVerify", "client"), finished)}
        for (side, phase), secret in traffic.items():
            row = {k: bytes.fromhex(v) for k, v in self.data["keys"][f"{side}_{phase}"].items()}
            key, iv = expand_label(secret, "key", b"", 32), expand_label(secret, "iv", b"", 12)
            same("key", key, row["key"])
            same("iv", iv, row["iv"])
            self.keys[side, phase] = key, iv
            if phase == "handshake":
                finished_key = expand_label(secret, "finished", b"", 48)
                same("Finished key", finished_key, row["finished_key"])
                verify = mac(finished_key, covered[side])
                same("verify_data", verify, row["verify_data"])
                same("Finished", self.message("Finished", side)[4:], verify)

    def records(self):
        """Every record of each side, in order: in the clear, then under the
        handshake keys until Finished, then under the application keys."""
        for side in ("client", "server"):
            stream, data, phase, sequence = b"", b"", "handshake", 0
            finished = self.message("Finished", side)
            for record in (bytes.fromhex(r["bytes"]) for r in self.data["records"] if r["from"] == side):
                kind, body = record[0], record[5:]
                if kind == 23:
                    key, iv = self.keys[side, phase]
                    nonce = (int.from_bytes(iv, "big") ^ sequence).to_bytes(12, "big")
                    inner = gcm_open(self.openssl, key, nonce, record[:5], body).rstrip(b"\0")
                    kind, body, sequence = inner[-1], inner[:-1], sequence + 1
                if kind == 22:
                    stream += body
                elif kind == 23:
                    data += body
                else:
                    same("ChangeCipherSpec", record, b"\x14\3\3\0\1\1")
                if phase == "handshake" and stream.endswith(finished):
                    phase, sequence = "application", 0
            same(f"the {side}'s messages", stream, b"".join(m for n, s, m in self.messages if s == side))
            same(f"the {side}'s data", data.hex(), self.data["application_data"][side])

    def authentication(self):
        """The server's always, the client's behind a request and only there."""
        asked = any(n == "CertificateRequest" for n, s, m in self.messages)
        shown = [n for n, s, m in self.messages if s == "client" and n.startswith("Certificate")]
        same("what the client shows", shown, ["Certificate", "CertificateVerify"] if asked else [])
        self.signature("server", self.data["certificate_verify_content"])
        if asked:
            self.request()
            self.signature("client", self.data["client_certificate_verify_content"])

    def request(self):
        """Q-TLS §4: schemes of the suite alone, and the root's name."""
        r = Reader(self.message("CertificateRequest")[4:])
        same("context of the request", r.vector(1), b"")
        found = extensions(r)
        same("what follows the request", r.more(), False)
        schemes = Reader(Reader(found[13]).vector(2))
        codes = []
        while schemes.more():
            codes.append(schemes.number(2))
        same("schemes", sorted(codes), [0x13F0, 0x13F4, 0x13F5] if self.data["suite"] == 0x13F2
             else [0x0900, 0x0901, 0x0902])
        names = Reader(Reader(found[47]).vector(2))
        root = der.Certificate(bytes.fromhex(self.identity["certificates"]["root"]))
        same("is the authority in the root", names.vector(2) in root.tbs.whole, True)
        same("authorities", names.more(), False)

    def signature(self, side, told):
        """CertificateVerify under the leaf's keys; the chain is the identity's."""
        chain, r = [], Reader(self.message("Certificate", side)[4:])
        same("request context", r.vector(1), b"")
        r = Reader(r.vector(3))
        while r.more():
            chain.append(r.vector(3))
            r.vector(2)
        same("chain", [c.hex() for c in chain], [self.identity["certificates"][x] for x in ("leaf", "intermediate")])
        leaf = der.Certificate(chain[0])
        content = b"\x20" * 64 + f"TLS 1.3, {side} CertificateVerify\0".encode() + self.hash["Certificate", side]
        same("what is signed", content.hex(), told)
        r = Reader(self.message("CertificateVerify", side)[4:])
        scheme, signature = r.number(2), Reader(r.vector(2))
        if scheme == 0x13F0:
            same("first id", signature.number(2), 0x0900)
            mldsa = signature.vector(2)
            same("second id", signature.number(2), 0x0503)
            classical = signature.vector(2)
            same("what follows", signature.more(), False)
            same("ECDSA", self.openssl.verify_ecdsa(leaf.spki, content, der.ecdsa(classical)), True)
        else:
            same("scheme", scheme, 0x0900)
            mldsa = signature.data
        same("ML-DSA", self.openssl.verify_mldsa(leaf.alt_spki, content, mldsa), True)
        spoilt = content[:-1] + bytes([content[-1] ^ 1])
        same("ML-DSA over other bytes", self.openssl.verify_mldsa(leaf.alt_spki, spoilt, mldsa), False)


def check_identity(openssl, identity):
    names = ["root", "intermediate", "leaf"]
    certificates = [der.Certificate(bytes.fromhex(identity["certificates"][n])) for n in names]
    for issuer, own, name in zip([certificates[0]] + certificates, certificates, names):
        same(f"signature of {name}", openssl.verify_ecdsa(issuer.spki, own.tbs.whole, own.signature), True)
        same(f"alternative signature of {name}",
             openssl.verify_mldsa(issuer.alt_spki, own.alt_tbs, own.alt_signature), True)
        spoilt = own.alt_tbs[:-1] + bytes([own.alt_tbs[-1] ^ 1])
        same("over other bytes", openssl.verify_mldsa(issuer.alt_spki, spoilt, own.alt_signature), False)
    keys = identity["leaf_private_keys"]
    same("ECDSA key", openssl.public_of(bytes.fromhex(keys["ecdsa_pkcs8"])), certificates[2].spki)
    same("ML-DSA key", openssl.public_of(bytes.fromhex(keys["mldsa_pkcs8"])), certificates[2].alt_spki)


def load(path):
    with open(path, encoding="ascii") as file:
        return json.load(file)


def main():
    files = sys.argv[1:] or sorted(glob.glob(os.path.join(VECTORS, "*.json")))
    identity = load(os.path.join(VECTORS, "identity.json"))
    openssl, bad = OpenSSL(), 0
    try:
        for path in files:
            data = load(path)
            try:
                if data["name"] == "identity":
                    check_identity(openssl, data)
                else:
                    Vector(openssl, identity, data).check()
                print("ok   ", data["name"])
            except (Failed, ValueError, KeyError, IndexError) as problem:
                bad += 1
                print("FAIL ", data["name"], type(problem).__name__, problem)
    finally:
        openssl.close()
    print(f"{len(files) - bad} of {len(files)} vectors check out")
    return 1 if bad or not files else 0


sys.exit(main())
