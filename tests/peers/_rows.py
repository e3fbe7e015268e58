"""The rows of the matrix: what is tried with each peer, in each direction, and
what must come of it. A row is a title, with which a peer may say that it
cannot, and a function that raises Failed."""

import glob
import json
import os
import re
import time

from _interop import NAME, PATIENCE, Process, Result, Serve, connect, qtls, require, run, same
from _peers import COMPRESSIONS, GROUPS, SUITES

LINE = b"quantum safe, all the way\n"
PAGE = b"a page of the matrix\n"
BULK = b"".join(b"%7d the quick brown fox jumps over the lazy dog\n" % i for i in range(20000))
CLASSICAL = ("--floor", "classical")
KINDS = {"ECDSA P-256": "p256", "RSA 2048": "rsa2048", "ML-DSA-65": "mldsa65", "hybrid P-384 + ML-DSA-65": "hybrid"}


class Context:
    """The identities, by name of kind: those of OpenSSL for peers' servers, ours for our own; clients'
    certificates, staples for their servers, and our responders (_authority.py)."""

    def __init__(self, shared, theirs, ours):
        self.shared, self.theirs, self.ours = shared, theirs, ours
        self.clients, self.stranger, self.staples, self.responders = {}, None, {}, {}


def floor_of(peer, group):
    return (*peer.floor, *(CLASSICAL if GROUPS[group] and not peer.floor else ()))


def reversed_lines(data):
    return b"".join(line[::-1] + b"\n" for line in data.split(b"\n")[:-1])


def check(j, identity, told):
    """Compares what our JSON says."""
    wanted = {"connected": True, "protocol": "TLS 1.3", "error": None, "hello_retry": False, **told}
    for key, value in wanted.items():
        if value is not any:
            same(key, j[key], value)
    pqc = identity.kind.startswith("mldsa")
    same("authentication", j["authentication"], "pqc" if pqc else "classical")
    require(re.fullmatch(identity.scheme, j["scheme"]), f"scheme {j['scheme']}")


# Our client and their server.

def linger(port, output, size, *options, stdin):
    """Our client, which ends its side only when all is back: for servers that know no half-closed connection."""
    with Process(qtls("connect", f"127.0.0.1:{port}", "--name", NAME, "--json", *options)) as client:
        client.send(stdin)
        until = time.monotonic() + PATIENCE
        while not any(os.path.getsize(f) >= size for f in glob.glob(output + "*")):
            require(time.monotonic() < until and not client.ended, f"the echo does not come\n{client.text[-2000:]}")
            time.sleep(0.02)
        client.end_input()
        result = Result(client.command, client.wait(), client.data, b"")
        return json.loads(client.data.split(b"\n")[0]), result


def to_peer(context, peer, *ours, kind="p256", setting=None, data=LINE, waits=False, **told):
    """Our client talks to a server of the peer and gets back what that server does; with `waits`
    it keeps its side open until then."""
    identity = context.theirs[kind]
    with peer.server(identity, **(setting or {})) as server:
        output = context.shared.here(f"received.{peer.name}.{server.port}".replace(" ", "-"))
        options = [*peer.floor, *identity.trust(), "--output", output, *ours]
        if peer.speaks == "http":
            file, data = ("page.txt", PAGE) if data is LINE else ("bulk.txt", BULK)
            j, result = connect(server.port, *options, "--request", peer.path(file))
        elif peer.half_close and not waits:
            j, result = connect(server.port, *options, stdin=data)
        else:
            j, result = linger(server.port, output, len(data), *options, stdin=data)
        result.ok()
        check(j, identity, told)
        with open(output, "rb") as f:
            got = f.read()
        os.unlink(output)
        wanted = reversed_lines(data) if peer.speaks == "reversed" else data
        require(wanted in got, f"{len(got)} bytes that are not what was to come: {got[:200]!r}")
        return j


def to_hello(context, peer):
    to_peer(context, peer, group=any if peer.floor else peer.group)


def to_group(context, peer, group):
    to_peer(context, peer, *floor_of(peer, group), "--groups", group, setting={"groups": [group]}, group=group)


def to_suite(context, peer, suite):
    # Without suites of Q-TLS our hello has no classical share.
    to_peer(context, peer, "--suites", suite, suite=suite, hello_retry=bool(peer.floor))


def to_retry(context, peer):
    to_peer(context, peer, *floor_of(peer, peer.retry), setting={"groups": [peer.retry]},
            group=peer.retry, hello_retry=True)


def to_kind(context, peer, kind):
    to_peer(context, peer, *(["--floor", "pq-auth"] if kind == "mldsa65" else []), kind=kind)


def to_alpn(context, peer):
    to_peer(context, peer, "--alpn", "other,http/1.1", setting={"alpn": ["http/1.1"]}, alpn="http/1.1")


def to_preference(context, peer):
    first, second = peer.pair
    setting = {"groups": [second, first]} if peer.orders else {}
    for ours in ((first, second), (second, first)):
        wanted = second if peer.chooses == "server" else ours[0]
        to_peer(context, peer, "--groups", ":".join(ours), *floor_of(peer, second), setting=setting,
                group=wanted, hello_retry=any)


def to_our_update(context, peer):
    j = to_peer(context, peer, "--key-update")
    require(j["key_updates_received"] >= 1, "no KeyUpdate came in answer to ours")


def to_their_update(context, peer):
    trace = peer.server_updates(context.theirs["p256"], [*peer.floor])
    require("<- message KeyUpdate" in trace, f"no KeyUpdate came\n{trace}")


def to_compression(context, peer, algorithm):
    to_peer(context, peer, "--cert-compression", algorithm, setting={"compression": algorithm},
            cert_compression=algorithm)


def to_bulk(context, peer):
    to_peer(context, peer, data=BULK)


# Their client and our server.

def from_peer(context, peer, *ours, kind="p256", setting=None, path="/page.txt", body=PAGE, **told):
    """A client of the peer gets a page from our server, and verifies it."""
    identity = context.ours[kind]
    with Serve("--root", context.shared.here("www"), *peer.floor, *identity.serve(), *ours) as server:
        result = peer.client(server.port, identity, path, **(setting or {}))
        result.ok()
        require(body in result.out, f"the page did not come\n{result.text[-3000:]}")
        j = server.connection(getattr(result, "attempts", 1) - 1)
        usual = {"requests": 1, "server_name": NAME, "hello_retry": peer.retries and not (setting or {}).get("groups")}
        check(j, identity, {**usual, **told})
        return j, result


def from_hello(context, peer):
    from_peer(context, peer, group=any if peer.floor else peer.group)


def from_group(context, peer, group):
    from_peer(context, peer, *floor_of(peer, group), "--groups", group, setting={"groups": [group]}, group=group)


def from_suite(context, peer, suite):
    from_peer(context, peer, "--suites", suite, suite=suite)


def from_retry(context, peer):
    """Its first hello has a share of its favourite only (or of its first few), ours wants the last of its list."""
    setting = {"groups": [*peer.retry_from, peer.retry]} if peer.retry_from else {}
    from_peer(context, peer, *floor_of(peer, peer.retry), "--groups", peer.retry, setting=setting,
              group=peer.retry, hello_retry=True)


def from_cookie(context, peer):
    setting = {"groups": [*peer.retry_from, peer.retry]} if peer.cookie_with_group else {}
    ours = [*floor_of(peer, peer.retry), "--groups", peer.retry] if peer.cookie_with_group else []
    from_peer(context, peer, "--cookie", "always", *ours, setting=setting, hello_retry=True, cookie=True)


def from_kind(context, peer, kind):
    if kind == "rsa2048" and not peer.signing_rsa:
        kind = "rsa2048-enciphering"
    from_peer(context, peer, *(["--floor", "pq-auth"] if kind == "mldsa65" else []), kind=kind)


def from_alpn(context, peer):
    from_peer(context, peer, "--alpn", "http/1.1", setting={"alpn": ["h2", "http/1.1"]}, alpn="http/1.1")


def from_preference(context, peer):
    """Our server's order counts, whichever the client's is; but no retry is spent between classical groups."""
    first, second = peer.pair
    setting = {"groups": [first, second]} if peer.orders else {}
    for ours in ((first, second), (second, first)):
        from_peer(context, peer, "--groups", ":".join(ours), *floor_of(peer, second), setting=setting,
                  group=first if peer.share_wins else ours[0], hello_retry=any)


def from_their_update(context, peer):
    j = peer.client_updates(context.ours["p256"])
    require(j["key_updates_received"] >= 1, "no KeyUpdate came")
    same("error", j["error"], None)


def from_compression(context, peer, algorithm):
    from_peer(context, peer, "--cert-compression", algorithm, setting={"compression": algorithm},
              cert_compression=algorithm)


def from_bulk(context, peer):
    from_peer(context, peer, path="/bulk.txt", body=BULK)


def both(title, to, back, *arguments):
    """The row in either direction."""
    return (title, to, back, arguments)


HANDSHAKE_ROWS = [
    both("default ClientHello", to_hello, from_hello),
    *(both(f"group {g}", to_group, from_group, g) for g in GROUPS),
    *(both(s, to_suite, from_suite, s) for s in SUITES),
    both("HelloRetryRequest", to_retry, from_retry),
    both("cookie", None, from_cookie),
    both("order of groups", to_preference, from_preference),
    *(both(f"identity {name}", to_kind, from_kind, kind) for name, kind in KINDS.items()),
    both("ALPN", to_alpn, from_alpn),
]

LATER_ROWS = [
    *(both(name, to_compression, from_compression, name.split()[1]) for name in COMPRESSIONS),
    both("our KeyUpdate, and its answer", to_our_update, None),
    both("their KeyUpdate", to_their_update, from_their_update),
    both("1 MB", to_bulk, from_bulk),
]


def trace_of(port, identity, *options, stdin=LINE):
    """Our client with --trace, for what JSON does not count."""
    result = run(qtls("connect", f"127.0.0.1:{port}", "--name", NAME, "--trace", *identity.trust(), *options), stdin).ok()
    return result.text
