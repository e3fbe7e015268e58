"""What was recorded of one connection, cut into inputs of the fuzz targets."""

import os

CLIENT_HELLO, SERVER_HELLO, TICKET, ENCRYPTED_EXTENSIONS, CERTIFICATE, REQUEST, VERIFY, UPDATE, COMPRESSED = (
    1, 2, 4, 8, 11, 13, 15, 24, 25)
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")

# The first byte of fuzz/extensions_fuzz.c's inputs, by the extension's type: in
# ClientHello and wherever else nothing is said, ServerHello, HelloRetryRequest.
CODECS = {0: 3, 5: 11, 10: 0, 13: 0, 16: 4, 27: 12, 28: 11, 41: 9, 43: 1, 44: 8, 45: 9, 47: 10, 50: 0, 51: 5}
CODECS_SERVER = {43: 2, 51: 6}
CODECS_RETRY = {43: 2, 51: 7}

# The first byte of fuzz/fuzz_open.h's inputs.
GO_ON, REPLACE, NEUTRAL = 1 << 5, 1 << 6, 1 << 7
OPEN_TLS13 = 1  # the variant with nothing but TLS 1.3
# How many genuine messages of the server come before each, in that variant.
PLACES = {ENCRYPTED_EXTENSIONS: 1, CERTIFICATE: 2, COMPRESSED: 2, VERIFY: 3}


class Staged:
    """Inputs as (target, name, data), before it is known which are worth keeping."""

    def __init__(self, corpus):
        self.inputs = []
        # Its random bytes, and so its session id, are the same in every run.
        with open(os.path.join(corpus, "client_open", f"message-{OPEN_TLS13}-0"), "rb") as f:
            hello = f.read()[2:]
        self.session_id = hello[39:39 + hello[38]]

    def add(self, target, name, data):
        self.inputs.append((target, name, data))


def vector(data, at, size):
    """A vector whose length has `size` bytes; gives it, and where it ends."""
    n = int.from_bytes(data[at:at + size], "big")
    end = at + size + n
    if end > len(data):
        raise ValueError("a vector goes beyond its message")
    return data[at + size:end], end


def extensions(block):
    at = 0
    while at < len(block):
        body, end = vector(block, at + 2, 2)
        yield int.from_bytes(block[at:at + 2], "big"), body
        at = end


def stage_extensions(staged, name, block, codecs):
    for kind, body in extensions(block):
        codec = codecs.get(kind, CODECS.get(kind))
        if codec is not None:
            staged.add("extensions", f"{name}-{kind}", bytes([codec]) + body)


def client_hello(staged, name, body):
    staged.add("client_hello", name, body)
    _, at = vector(body, 34, 1)
    _, at = vector(body, at, 2)
    _, at = vector(body, at, 1)
    if at < len(body):
        stage_extensions(staged, name, vector(body, at, 2)[0], {})


def with_session_id(body, session_id):
    """A ServerHello that echoes this one."""
    _, at = vector(body, 34, 1)
    return body[:34] + bytes([len(session_id)]) + session_id + body[at:]


def framed(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def server_hello(staged, name, body):
    retry = body[2:34] == RETRY
    staged.add("server_hello", name, body)
    _, at = vector(body, 34, 1)
    stage_extensions(staged, name, vector(body, at + 3, 2)[0], CODECS_RETRY if retry else CODECS_SERVER)
    hello = framed(SERVER_HELLO, with_session_id(body, staged.session_id))
    staged.add("client_open", name, bytes([OPEN_TLS13 | NEUTRAL, 0]) + hello)


def certificates(staged, name, body):
    _, at = vector(body, 0, 1)
    chain, _ = vector(body, at, 3)
    at = number = 0
    while at < len(chain):
        der, at = vector(chain, at, 3)
        _, at = vector(chain, at, 2)
        staged.add("pki_certificate", f"{name}-{number}", der)
        staged.add("pki_differential", f"{name}-{number}", der)
        number += 1


def of_server(staged, name, kind, body):
    """A message that our client was sent, in the place of the genuine one."""
    if kind == ENCRYPTED_EXTENSIONS:
        stage_extensions(staged, name, vector(body, 0, 2)[0], {})
    elif kind == CERTIFICATE:
        staged.add("certificate", name, b"\0" + body)
        certificates(staged, name, body)
    elif kind == COMPRESSED:
        staged.add("certificate", name, b"\1" + body)
        staged.add("cert_expand", name, body[1:2] + body[2:5] + body[8:])
    elif kind == REQUEST:
        staged.add("certificate", name, b"\2" + body)
    elif kind == VERIFY:
        staged.add("certificate_verify", name, b"\3" + body)
    if kind in PLACES:
        how = bytes([OPEN_TLS13 | NEUTRAL | REPLACE | GO_ON, PLACES[kind]])
        staged.add("client_open", name, how + framed(kind, body))
    elif kind == REQUEST:
        staged.add("client_open", name, bytes([OPEN_TLS13 | NEUTRAL | GO_ON, 2]) + framed(kind, body))
    elif kind in (TICKET, UPDATE):
        staged.add("client_open", name, bytes([OPEN_TLS13 | NEUTRAL, 5]) + framed(kind, body))


def plain_records(wire, messages, is_server):
    """The bytes of the transport for fuzz/receive_fuzz.c, whose client sends no session id and takes no other."""
    if not is_server:
        kind, body = messages[0]
        hello = framed(kind, with_session_id(body, b""))
        end = 5 + int.from_bytes(wire[3:5], "big")
        wire = wire[:3] + len(hello).to_bytes(2, "big") + hello + wire[end:]
    return bytes([0 if is_server else 1, 0]) + wire[:4096]


def stage_connection(staged, name, lines):
    wire = b"".join(bytes.fromhex(digits) for word, digits in lines if word == "wire")
    messages = []
    for word, digits in lines:
        data = bytes.fromhex(digits)
        if word == "message":
            messages.append((data[0], data[4:]))
    if not messages or messages[0][0] not in (CLIENT_HELLO, SERVER_HELLO):
        return
    is_server = messages[0][0] == CLIENT_HELLO
    staged.add("receive", name, plain_records(wire, messages, is_server))
    for number, (kind, body) in enumerate(messages):
        one = f"{name}-m{number}"
        if kind == CLIENT_HELLO:
            client_hello(staged, one, body)
        elif kind == SERVER_HELLO:
            server_hello(staged, one, body)
        else:
            of_server(staged, one, kind, body)
        if kind == UPDATE:
            staged.add("post_handshake", one, b"\0" + body)
        elif kind == TICKET:
            staged.add("post_handshake", one, b"\1" + body)
    if is_server:
        said = b"".join(framed(kind, body) for kind, body in messages)
        for variant in range(6):
            staged.add("server_open", f"{name}-v{variant}", bytes([variant | NEUTRAL, 0]) + said)
