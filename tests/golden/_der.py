"""A minimal reader and writer of DER: what the checker of golden transcripts
needs and no more. Lengths up to 2^32, tags of one byte."""


class Element:
    """One element: its tag, its content, and all its bytes."""

    def __init__(self, data, at=0):
        self.tag = data[at]
        n, head = data[at + 1], 2
        if n & 0x80:
            count = n & 0x7F
            n = int.from_bytes(data[at + 2:at + 2 + count], "big")
            head += count
        self.content = data[at + head:at + head + n]
        self.whole = data[at:at + head + n]
        if len(self.content) != n:
            raise ValueError("DER: an element longer than its surroundings")

    def children(self):
        found, at = [], 0
        while at < len(self.content):
            found.append(Element(self.content, at))
            at += len(found[-1].whole)
        return found


def encode(tag, *contents):
    content = b"".join(contents)
    n = len(content)
    if n < 0x80:
        return bytes([tag, n]) + content
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


SEQUENCE, INTEGER, BIT_STRING, OCTET_STRING, OID = 0x30, 0x02, 0x03, 0x04, 0x06


def spki(algorithm, key):
    return encode(SEQUENCE, algorithm, encode(BIT_STRING, b"\0", key))


def pkcs8(algorithm, key):
    return encode(SEQUENCE, encode(INTEGER, b"\0"), algorithm, encode(OCTET_STRING, key))


def algorithm(*oids):
    return encode(SEQUENCE, *[encode(OID, bytes.fromhex(oid)) for oid in oids])


P384 = algorithm("2a8648ce3d0201", "2b81040022")
X25519 = algorithm("2b656e")
MLKEM768, MLKEM1024 = algorithm("608648016503040402"), algorithm("608648016503040403")
ALGORITHMS = {"secp384r1": P384, "x25519": X25519, "ML-KEM-768": MLKEM768, "ML-KEM-1024": MLKEM1024}


def public_key(name, key):
    return spki(ALGORITHMS[name], key)


def private_key(name, key):
    if name == "secp384r1":  # RFC 5915
        return pkcs8(P384, encode(SEQUENCE, encode(INTEGER, b"\x01"), encode(OCTET_STRING, key)))
    if name == "x25519":  # RFC 8410
        return pkcs8(X25519, encode(OCTET_STRING, key))
    return pkcs8(ALGORITHMS[name], encode(0x80, key))  # the seed alone


def ecdsa(raw):
    """r | s as ECDSA-Sig-Value."""
    half = len(raw) // 2

    def integer(part):
        part = part.lstrip(b"\0") or b"\0"
        return encode(INTEGER, b"\0" + part if part[0] & 0x80 else part)

    return encode(SEQUENCE, integer(raw[:half]), integer(raw[half:]))


# ---- certificates ----

ALT_KEY, ALT_ALGORITHM, ALT_SIGNATURE = (bytes.fromhex("551d" + x) for x in ("48", "49", "4a"))
EXTENSIONS = 0xA3


class Certificate:
    """The parts that the two signatures are about (X.509 10/2019, 9.8)."""

    def __init__(self, der):
        self.tbs, _, signature = Element(der).children()
        fields = self.tbs.children()
        self.signature = signature.content[1:]
        self.spki = fields[6].whole
        self.extensions = [e for f in fields if f.tag == EXTENSIONS for e in f.children()[0].children()]
        values = {e.children()[0].content: e.children()[-1].content for e in self.extensions}
        self.alt_spki = values[ALT_KEY]
        self.alt_signature = Element(values[ALT_SIGNATURE]).content[1:]
        # Without the field `signature` and without extension 74, lengths anew,
        # every other byte as it is.
        kept = [e.whole for e in self.extensions if e.children()[0].content != ALT_SIGNATURE]
        parts = [f.whole for i, f in enumerate(fields) if i != 2 and f.tag != EXTENSIONS]
        parts.append(encode(EXTENSIONS, encode(SEQUENCE, *kept)))
        self.alt_tbs = encode(SEQUENCE, *parts)
