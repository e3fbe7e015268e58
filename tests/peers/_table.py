"""Writes docs/interop.md: the same cells give the same bytes."""

from _all import ROWS

HEAD = """# What it talks to

Written by `make interop`, which makes the roots where they are missing. Each cell is one connection or more between `qtls` and a TLS stack that nobody here wrote,
taken from Debian's archive (13, testing, unstable) and run in a root of its own under `build/roots/`, over the loopback.
In each the chain and the name are verified, data goes both ways, and what `qtls` tells of the connection is compared.

| | |
|---|---|
| ✔ | passes |
| – *n* | the peer cannot; the number is that of the reason below |
| ✘ | fails, and should not: the run ended with an error |
| | there is nothing to try |

In *order of groups*, *server* and *client* say whose order of preference decided.
The files in [tests/peers/](../tests/peers) say how each peer is run, what it cannot do, and why.
All rows of one peer: `tests/peers/_matrix.py PEER`; a cell that a peer is said to be unable to fill, once more:
`tests/peers/_matrix.py --again PEER`. Outcomes for programs are in `build/interop/results.json`.

"""

PARTS = [
    ("to", "Our client, their server", """
Unless a row says otherwise our client sends its default ClientHello, which offers Q-TLS and has the kyber groups last;
the peer, which has not heard of either, completes TLS 1.3. Identities are of OpenSSL's making, the hybrid one is ours:
its chain carries two keys and two signatures on each certificate, and the peer serves it with the classical key.
*client ...*: the peer asks for a certificate, verifies the one of OpenSSL's making that we show, and refuses who has
none; *after the handshake* it does so once data has come. *staple ...*: the peer sends an OCSP response, and we want
one (`--revocation hard-fail`); one that says revoked ends the handshake.
"""),
    ("from", "Their client, our server", """
Identities are of our own making. The hybrid chain is one of two keys and two signatures on each certificate, which the
peer takes for a classical one. *client ...*: we ask (`--client-auth required`) and say whom we have seen; *after the
handshake* we do so when the client comes to a path that is protected. *staple ...*: we fetch the response from `qtls
ocspd` and send it; the peer's client says that it is good or refuses to go on without it, or else hands it to its
program, and OpenSSL verifies it then.
"""),
]


def mark(cell, notes):
    if cell is None:
        return ""
    if cell.state == "cannot":
        return f"– {notes.setdefault(cell.reason, len(notes) + 1)}"
    if cell.state == "FAIL":
        return "✘"
    if cell.row == "order of groups":
        return cell.peer.chooses if cell.direction == "to" else "server"
    return "✔"


def table(cells, direction, notes):
    mine = [c for c in cells if c.direction == direction]
    peers = list(dict.fromkeys(c.peer.name for c in mine))
    found = {(c.row, c.peer.name): c for c in mine}
    lines = ["| | " + " | ".join(peers) + " |", "|---|" + "---|" * len(peers)]
    for row, *_ in ROWS:
        if any((row, peer) in found for peer in peers):
            lines.append(f"| {row} | " + " | ".join(mark(found.get((row, p)), notes) for p in peers) + " |")
    return "\n".join(lines) + "\n"


def write_page(path, peers, versions, cells):
    notes = {}
    text = HEAD
    text += "## Peers\n\n| peer | version | of |\n|---|---|---|\n"
    for peer in peers:
        origin = f"Debian {peer.suite}" if peer.suite else "Debian bookworm"
        text += f"| {peer.name} | {versions[peer.name]} | {origin} |\n"
    for direction, title, words in PARTS:
        text += f"\n## {title}\n{words}\n{table(cells, direction, notes)}"
    text += "\n## Why not\n\n" + "".join(f"{n}. {reason}\n" for reason, n in notes.items())
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
