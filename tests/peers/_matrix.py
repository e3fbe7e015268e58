#!/usr/bin/env python3
"""The interop matrix: every peer, in both directions, row by row.

    tests/peers/_matrix.py [--list] [--again] [WORD]...

Without words, the whole of it, and docs/interop.md is written anew. With
words, only the cells whose line contains all of them. --again also tries what
a peer is said to be unable to do, and tells where it now can. The outcome is
in build/interop/results.json. Exits with 1 when a cell fails that should pass.
"""

import contextlib
import json
import os
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import _peers  # noqa: E402  (first: it tells where the next is)
import _authority  # noqa: E402
import _interop  # noqa: E402
from _identities import by_openssl, by_qtls, make  # noqa: E402
from _peers import OUTPUT, SOURCE  # noqa: E402
from _rows import BULK, PAGE, Context  # noqa: E402
from _table import write_page  # noqa: E402
from _all import ROWS, peers_of  # noqa: E402

SUITES = ["trixie", "forky", "sid"]
AT_ONCE = 2


class Cell:
    """One row with one peer in one direction."""

    def __init__(self, peer, direction, row, function, arguments):
        self.peer, self.direction, self.row = peer, direction, row
        self.function, self.arguments = function, arguments
        said = peer.cannot_serve if direction == "to" else peer.cannot_connect
        self.reason = said.get(row)
        self.state = "cannot" if self.reason else None
        self.detail = self.reason or ""

    @property
    def title(self):
        return f"{self.direction} {self.peer.name}: {self.row}"

    def run(self, context, again):
        began = time.monotonic()
        if self.reason and not again:
            return f"--   {self.title}: {self.reason}"
        try:
            self.function(context, self.peer, *self.arguments)
        except Exception as e:  # also a fault of the matrix itself
            if self.reason:
                return f"--   {self.title}: {self.reason}"
            text = str(e) if isinstance(e, _interop.Failed) else traceback.format_exc()
            self.state = "FAIL"
            self.detail = text if len(text) < 4000 else text[:1000] + " ... " + text[-3000:]
            return f"FAIL {self.title}: {self.detail}"
        if self.reason:
            return f"NEW  {self.title}: it can, though: {self.reason}"
        self.state = "pass"
        return f"ok   {self.title} ({(time.monotonic() - began) * 1000:.0f} ms)"


def cells_of(peers):
    for peer in peers:
        for row, to, back, arguments in ROWS:
            if peer.serves and to:
                yield Cell(peer, "to", row, to, arguments)
        for row, to, back, arguments in ROWS:
            if peer.connects and back:
                yield Cell(peer, "from", row, back, arguments)


def check_reasons(peers):
    """A reason for a row that does not exist excuses nothing and is a slip."""
    rows = {row for row, *_ in ROWS}
    for peer in peers:
        for row in [*peer.cannot_serve, *peer.cannot_connect]:
            if row not in rows:
                raise SystemExit(f"{peer.name} cannot do {row!r}, which is no row")


def identities(shared):
    """Chains of OpenSSL's making for the peers' servers, and of ours for our own and for hybrid ones."""
    theirs = make(shared, by_openssl, ["p256", "rsa2048", "mldsa65"])
    ours = make(shared, by_qtls, ["p256", "rsa2048", "mldsa65", "hybrid-p384-mldsa65"])
    ours["hybrid"] = ours.pop("hybrid-p384-mldsa65")
    ours["rsa2048-enciphering"] = by_openssl(shared, "rsa2048", "enciphering", changes={
        "leaf": {"keyUsage": "critical, digitalSignature, keyEncipherment"}})
    # A peer gets the first of the two keys only: the classical one.
    one = type(ours["hybrid"])(shared, "qtls-hybrid-p384-mldsa65", "hybrid-p384-mldsa65")
    end = b"-----END PRIVATE KEY-----\n"
    one.key = shared.write("hybrid-classical.key", shared.read(one.key).split(end)[0] + end)
    theirs["hybrid"] = one
    for identity in theirs.values():
        identity.combined = shared.join(identity.chain + "+key", identity.chain, identity.key)
        identity.pkcs12 = _authority.export(shared, identity.chain, identity.key, identity.key + ".p12", "server")
    return Context(shared, theirs, ours)


def authority(context, stack):
    """Clients, staples and responders; the last run until the end of `stack`."""
    shared, theirs = context.shared, context.theirs
    context.clients = _authority.clients(shared, ["p256", "rsa2048", "mldsa65"])
    context.stranger = _authority.clients(shared, ["p256"], "stranger-")["p256"]
    context.staples = {kind: _authority.staple(shared, theirs[kind]) for kind in ("p256", "mldsa65")}
    context.staples["revoked"] = _authority.staple(shared, theirs["p256"], revoked=True)
    for kind in ("p256", "mldsa65"):
        issuer = f"openssl-{kind}.intermediate"  # with its key, for who signs responses himself
        theirs[kind].issuer_pkcs12 = _authority.export(shared, issuer + ".pem", issuer + ".key", issuer + ".p12", "issuer")
        context.responders[kind] = stack.enter_context(_authority.OurResponder(shared, context.ours[kind]))
    theirs["p256"].responder = stack.enter_context(_authority.OpenSSLResponder(shared, theirs["p256"])).url


def prepare(shared):
    os.mkdir(shared.here("www"))
    shared.write("www/page.txt", PAGE)
    shared.write("www/bulk.txt", BULK)
    return identities(shared)


def run_cells(cells, context, again):
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for line in pool.map(lambda cell: cell.run(context, again), cells):
            print(line, flush=True)


def write_results(cells, versions, seconds):
    os.makedirs(OUTPUT, exist_ok=True)
    with open(os.path.join(OUTPUT, "results.json"), "w", encoding="utf-8") as f:
        json.dump({"seconds": round(seconds, 1), "versions": versions,
                   "cells": [{"peer": c.peer.name, "direction": c.direction, "row": c.row, "state": c.state,
                              "detail": c.detail} for c in cells]}, f, indent=1)
        f.write("\n")


def main():
    words = [w for w in sys.argv[1:] if not w.startswith("--")]
    again = "--again" in sys.argv
    for suite in SUITES:
        if not os.path.isdir(os.path.join(_peers.ROOTS, suite)):
            raise SystemExit(f"there is no root of {suite}: `make interop` makes it")
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        shared = _peers.Shared(SUITES)
        stack.callback(shared.remove)
        peers = peers_of(shared)
        check_reasons(peers)
        cells = [c for c in cells_of(peers) if all(w in c.title for w in words)]
        if "--list" in sys.argv:
            print("\n".join(c.title for c in cells))
            return 0
        context = prepare(shared)
        authority(context, stack)
        shared.link()
        wanted = [p for p in peers if any(c.peer is p for c in cells)]
        versions = {}
        for peer in wanted:
            print(f"preparing {peer.name}", flush=True)
            peer.prepare()
            versions[peer.name] = peer.version()
        run_cells(cells, context, again)
    count = {state: sum(c.state == state for c in cells) for state in ("pass", "cannot", "FAIL")}
    write_results(cells, versions, time.monotonic() - began)
    if not words:
        write_page(os.path.join(SOURCE, "docs", "interop.md"), peers, versions, cells)
    for cell in cells:
        if cell.state == "FAIL":
            print(f"failed: {cell.title}")
    print(f"{count['pass']} pass, {count['cannot']} that the peer cannot, {count['FAIL']} failed, in {time.monotonic() - began:.0f} s")
    return 1 if count["FAIL"] or not count["pass"] else 0


if __name__ == "__main__":
    sys.exit(main())
