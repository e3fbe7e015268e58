#!/usr/bin/env python3
# ctest-timeout: 120
# ctest-plain-only
"""Stapled OCSP responses between libqtls and OpenSSL 3.5 of Debian 13: s_client
-status sees and verifies what our server staples, our client judges what s_server
-status_file staples."""

import ctypes as c

from _engine import CLIENT, HARD, OFF, SERVER, SOFT, Config, Listener, connect_to
from _interop import Process, main, needs, openssl, require, run, same
from _status import GOOD, KEY_COMPROMISE, NOW, REVOKED, UNKNOWN, Asked, Hierarchy, ask

KINDS = ["p256", "rsa2048", "ed25519", "mldsa65", "hybrid-p384-mldsa65"]
ACCEPT = r"ACCEPT [0-9.]*:(\d+)"


class Site:
    """A hierarchy as files that OpenSSL sees, and responses about its leaf."""

    def __init__(self, work, kind):
        self.work, self.kind, self.h = work, kind, Hierarchy(kind)
        h = self.h
        self.chain = h.leaf.pem + h.intermediate.pem
        self.key = h.leaf_key.pem()
        self.at = {}
        end = b"-----END PRIVATE KEY-----\n"
        for name, data in (("chain", self.chain), ("leaf", h.leaf.pem), ("ca", h.intermediate.pem),
                           ("key", self.key.split(end)[0] + end), ("root", h.root.pem)):
            self.file(name, data)

    def file(self, name, data):
        self.work.write(f"{self.kind}.{name}", data)
        self.at[name] = self.work.there(f"{self.kind}.{name}")
        return self.at[name]

    def response(self, state=GOOD, responder=False, about=None):
        h = self.h
        asked = Asked(ask(about or h.leaf, h.intermediate))
        signer = (h.responder, h.responder_key) if responder else (h.intermediate, h.intermediate_key)
        return asked.respond(*signer, state, KEY_COMPROMISE)


def server_of(site, response=None):
    config = Config(SERVER).identity(site.chain, site.key)
    return config.staple(response) if response else config


def seen_by_s_client(site, responder):
    """What we staple, OpenSSL finds good for the chain that it verifies."""
    with Listener(server_of(site, site.response(responder=responder))) as server:
        done = run(openssl("s_client", "-connect", f"127.0.0.1:{server.port}", "-status", "-CAfile", site.at["root"],
                           "-servername", "server.test", "-verify_return_error", "-tls1_3"))
        told = server.result()
    same("the server", told.err, "OK")
    require(told.info.stapled, "the server stapled nothing")
    done.says(r"OCSP Response Status: successful \(0x0\)").says(r"Cert Status: good").says(r"Verify return code: 0")


def not_asked_by_s_client(site):
    with Listener(server_of(site, site.response())) as server:
        done = run(openssl("s_client", "-connect", f"127.0.0.1:{server.port}", "-CAfile", site.at["root"],
                           "-servername", "server.test", "-tls1_3"))
        told = server.result()
    same("the server", told.err, "OK")
    require(not told.info.stapled, "a staple went out that nobody asked for")
    require(b"OCSP Response" not in done.out, "s_client shows a response")


def demanded_and_none(site):
    """A server that must staple and cannot refuses s_client -status alone."""
    for status, ends in ((["-status"], "STAPLE_NONE"), ([], "OK")):
        with Listener(server_of(site).set("staple_required", c.c_bool(True))) as server:
            done = run(openssl("s_client", "-connect", f"127.0.0.1:{server.port}", *status, "-CAfile",
                               site.at["root"], "-servername", "server.test", "-tls1_3"))
            told = server.result()
        same("the server", told.err, ends)
        if ends != "OK":
            done.refused("internal error")


def client_of(site, mode):
    config = Config(CLIENT).trust(site.h.root.pem).set("revocation", mode, c.c_bool(False))
    return config.set("versions", b"tls1.3")


def judged_by_us(site, response, mode, ends, status=None, options=()):
    """What s_server staples, our client judges."""
    stapling = ["-status_file", site.file(f"response.{ends}.{mode}", response)] if response else []
    command = openssl("s_server", "-accept", "127.0.0.1:0", "-cert", site.at["leaf"], "-cert_chain", site.at["ca"],
                      "-key", site.at["key"], "-tls1_3", *stapling, *options)
    with Process(command) as server:
        port = int(server.expect(ACCEPT).group(1))
        told = connect_to(port, client_of(site, mode))
    same("our client", told.err, ends)
    if status:
        same("the status", told.info.status.decode(), status)
        same("stapled", told.info.stapled, bool(response) and mode != OFF)
    if status == "good":
        require(told.info.status_next_update > NOW, "it does not say until when")


def judgements(cases, site):
    response = site.response
    kind = site.kind
    cases.add(f"{kind}: good", judged_by_us, site, response(), HARD, "OK", "good")
    cases.add(f"{kind}: good, by a responder", judged_by_us, site, response(responder=True), SOFT, "OK", "good")
    cases.add(f"{kind}: revoked", judged_by_us, site, response(REVOKED), SOFT, "CERT_REVOKED")
    cases.add(f"{kind}: not asked", judged_by_us, site, response(REVOKED), OFF, "OK", "not asked")
    cases.add(f"{kind}: unknown", judged_by_us, site, response(UNKNOWN), SOFT, "OCSP_UNKNOWN")
    cases.add(f"{kind}: about another certificate", judged_by_us, site, response(about=site.h.responder), SOFT,
              "OCSP_STATUS")
    cases.add(f"{kind}: none, soft", judged_by_us, site, None, SOFT, "OK", "unknown")
    cases.add(f"{kind}: none, hard", judged_by_us, site, None, HARD, "CERT_STATUS_UNKNOWN")


def build(work, cases):
    needs("/usr/bin/openssl")
    for kind in KINDS:
        site = Site(work, kind)
        cases.add(f"s_client sees our staple, {kind}", seen_by_s_client, site, False)
        cases.add(f"s_client sees our staple by a responder, {kind}", seen_by_s_client, site, True)
        if kind == "p256":
            cases.add("s_client does not ask", not_asked_by_s_client, site)
            cases.add("a staple is demanded and there is none", demanded_and_none, site)
        judgements(cases, site)


main(build)
