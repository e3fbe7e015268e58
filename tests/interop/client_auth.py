#!/usr/bin/env python3
# ctest-timeout: 180
"""Client certificates between OpenSSL 3.5, curl and GnuTLS of Debian 13 and us, both
ways: each kind of key, none and a wrong one, and authentication after the handshake.
"""

import os
import re
import socket

from _identities import by_openssl, by_qtls
from _interop import NAME, Process, Serve, connect, in_root, main, needs, openssl, qtls, require, run, same

GET = b"GET /hello.txt HTTP/1.0\r\n\r\n"
BODY = b"known by a certificate\n"
FOR_CLIENTS = {"leaf": {"extendedKeyUsage": "clientAuth"}}
KINDS = ["p256", "p384", "p521", "rsa2048", "rsa-pss", "ed25519", "mldsa44", "mldsa65", "mldsa87"]


class Everybody:
    """A server's identity, and clients': of each kind, one of a stranger, one of a server."""

    def __init__(self, work):
        self.work = work
        self.server = by_openssl(work, "p256", "server")
        self.clients = {kind: by_openssl(work, kind, "client-" + kind, changes=FOR_CLIENTS) for kind in KINDS}
        self.stranger = by_openssl(work, "p256", "stranger", changes=FOR_CLIENTS)
        self.no_client = by_openssl(work, "p256", "no-client")
        self.hybrid = by_qtls(work, "hybrid-p384-mldsa65", "hybrid")
        run(qtls("pki", "issue", "--dir", work.here("hybrid.ca"), "--client", "--name", "device", "--out",
                 work.here("device"), "--quiet")).ok()
        os.replace(work.here("device.pem"), work.here(self.hybrid.chain))
        os.replace(work.here("device.key"), work.here(self.hybrid.key))

    def ours(self, who):
        """Options of qtls connect."""
        return ["--cert", self.work.here(who.chain), "--key", self.work.here(who.key)] if who else []

    def s_client(self, who):
        there = self.work.there
        return ["-cert", there(who.leaf), "-key", there(who.key), "-cert_chain", there(who.intermediate)] if who else []


# ---- their clients, our server ----

def serve(all, who, *options):
    return Serve("--root", all.work.here("www"), *all.server.serve(), "--client-trust",
                 all.work.here((who or all.stranger).root), *options)


def s_client(all, port, *options):
    return openssl("s_client", "-connect", f"127.0.0.1:{port}", "-servername", NAME, "-verify_return_error",
                   *all.server.ca_file(), "-ign_eof", *options)


def theirs_asked(all, who, mode, client, *options):
    with serve(all, who, "--client-auth", mode) as server:
        result = run(s_client(all, server.port, *all.s_client(client), *options), GET).ok()
        require(BODY in result.out, f"no file\n{result.text}")
        j = server.connection()
        same("error", j["error"], None)
        subject = None if client is None else f"CN={client.kind} leaf,O=Interop"
        same("client_dn", j["client_dn"], subject)
        pqc = client is not None and client.kind.startswith("mldsa")
        same("client_authentication", j["client_authentication"],
             "none" if client is None else "pqc" if pqc else "classical")
        return result


def authorities(all, who):
    """What our CertificateRequest says, as s_client shows it."""
    result = theirs_asked(all, who, "required", who)
    result.says(r"Acceptable client certificate CA names\nO ?= ?Interop, CN ?= ?p256 root")
    result.says("Requested Signature Algorithms: id-ml-dsa-65:.*ECDSA.SHA256")


def theirs_refused(all, who, client, error, alert, *options):
    with serve(all, who, "--client-auth", "required", *options) as server:
        result = run(s_client(all, server.port, *all.s_client(client)), GET)
        require(BODY not in result.out, "the file came")
        result.says(f"alert number {alert}|alert {alert}|:tlsv13 alert|:tlsv1 alert|sslv3 alert")
        same("error", server.connection()["error"], error)


def curl(all, who, client, fine=True):
    with serve(all, who, "--client-auth", "required") as server:
        there = all.work.there
        own = ["--cert", there(client.chain), "--key", there(client.key)] if client else []
        result = run(in_root("curl", "--silent", "--show-error", "--fail", "--cacert", there(all.server.root), *own,
                             "--resolve", f"{NAME}:{server.port}:127.0.0.1", f"https://{NAME}:{server.port}/hello.txt"))
        if fine:
            same("the file", result.ok().out, BODY)
            same("client_dn", server.connection()["client_dn"], f"CN={client.kind} leaf,O=Interop")
        else:
            result.refused("alert")
            same("error", server.connection()["error"], "CERT_REQUIRED")


def gnutls(all, who, client):
    with serve(all, who, "--client-auth", "required", "--floor", "classical") as server:
        there = all.work.there
        run(in_root("gnutls-cli", "--port", str(server.port), "--x509cafile", there(all.server.root),
                    "--x509certfile", there(client.chain), "--x509keyfile", there(client.key),
                    "--sni-hostname", NAME, "--verify-hostname", NAME, "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.3",
                    "127.0.0.1"), GET)
        j = server.connection()
        same("client_dn, error", (j["client_dn"], j["client_authentication"]),
             (f"CN={client.kind} leaf,O=Interop", "classical"))


def gnutls_after(all, who, client):
    """gnutls-cli --post-handshake-auth, and a path for those with a certificate."""
    with serve(all, who, "--protect", "/hello.txt", "--floor", "classical") as server:
        there = all.work.there
        with Process(in_root("gnutls-cli", "--post-handshake-auth", "--port", str(server.port),
                             "--x509cafile", there(all.server.root), "--x509certfile", there(client.chain),
                             "--x509keyfile", there(client.key), "--sni-hostname", NAME, "--verify-hostname", NAME,
                             "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.3", "127.0.0.1")) as them:
            them.expect("Simple Client Mode")
            them.send(GET)
            them.expect(BODY.decode())
            them.wait()
        j = server.connection()
        # It answers our close_notify with none of its own.
        same("client_dn", j["client_dn"], f"CN={client.kind} leaf,O=Interop")


class GnutlsServ(Process):
    """An echo that requires certificates. It takes no port 0, so a free one is looked for."""

    def __init__(self, all, who):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        there = all.work.there
        super().__init__(in_root("gnutls-serv", "--echo", "--require-client-cert", "--verify-client-cert",
                                 "--port", str(self.port), "--x509cafile", there(who.root),
                                 "--x509certfile", there(all.server.chain), "--x509keyfile", there(all.server.key)))
        self.expect(r"IPv4 0\.0\.0\.0 port \d+\.\.\.done")


def ours_gnutls(all, who, client, fine=True):
    with GnutlsServ(all, who) as server:
        j, result = connect(server.port, *all.server.trust(), *all.ours(client), "--floor", "classical",
                            stdin=b"line\n")
        same("asked, sent", (j["client_certificate_asked"], j["client_certificate_sent"]), (True, client is not None))
        if fine:
            result.ok()
            same("the echo", j["bytes_received"], 5)
        else:
            result.refused()


def theirs_after(all, who, client, *options):
    """A path for those with a certificate: the client is asked when it comes there."""
    with serve(all, who, "--protect", "/hello.txt", *options) as server:
        result = run(s_client(all, server.port, "-enable_pha", *all.s_client(client)), GET)
        j = server.connection()
        if client is None:
            require(BODY not in result.out, "the file came")
            result.says("403")
            same("client_dn", j["client_dn"], None)
        else:
            require(BODY in result.out, f"no file\n{result.text}")
            same("client_dn", j["client_dn"], f"CN={client.kind} leaf,O=Interop")


# ---- their server, our client ----

class SServer(Process):
    def __init__(self, all, *options):
        super().__init__(openssl("s_server", "-accept", "127.0.0.1:0", *all.server.s_server(), *options))
        self.port = int(self.expect(r"ACCEPT [0-9.]*:(\d+)").group(1))


def ours_asked(all, who, client, verify, asked=True):
    file = all.work.there((who or all.stranger).root)
    with SServer(all, "-rev", *verify, "-CAfile", file, "-verify_return_error") as server:
        j, result = connect(server.port, *all.server.trust(), *all.ours(client), stdin=b"abc\n")
        result.ok()
        same("asked, sent", (j["client_certificate_asked"], j["client_certificate_sent"]), (asked, client is not None))
        if client is not None:
            server.expect(f"(?s)Peer certificate: .*Signature type: {client.scheme}.*Verification: OK")
        server.expect("CONNECTION CLOSED")


def ours_refused(all, who, client, alert):
    with SServer(all, "-rev", "-Verify", "3", "-verify_return_error", "-CAfile", all.work.there(who.root)) as server:
        j, result = connect(server.port, *all.server.trust(), *all.ours(client), stdin=b"abc\n")
        result.refused()
        same("error", j["error"], "ALERT_RECEIVED")
        require(alert in j["problem"], j["problem"])


def ours_told(all, who):
    """For people: that a certificate was asked for, and what became of it."""
    with SServer(all, "-rev", "-verify", "3", "-CAfile", all.work.there(who.root)) as server:
        result = run(qtls("connect", f"127.0.0.1:{server.port}", "--name", NAME, *all.server.trust(),
                          *all.ours(who)), b"abc\n").ok()
        result.says("own certificate: +asked for, sent")
    with SServer(all, "-rev", "-verify", "3", "-CAfile", all.work.there(who.root)) as server:
        result = run(qtls("connect", f"127.0.0.1:{server.port}", "--name", NAME, *all.server.trust()), b"abc\n").ok()
        result.says("own certificate: +asked for, and none is here")


def ours_after(all, who, client, times):
    """s_server's c asks for a certificate; data goes both ways before and after each."""
    options = ["-CAfile", all.work.there(who.root), "-verify_return_error"]
    with SServer(all, *options) as server, \
            Process(qtls("connect", f"127.0.0.1:{server.port}", "--name", NAME, *all.server.trust(),
                         "--post-handshake-auth", *all.ours(client))) as us:
        us.expect("authentication")
        for turn in range(times):
            server.send(f"line {turn}\n")
            us.expect(f"line {turn}\n")
            before = len(server.data)
            server.send("c\n")
            server.expect("SSL_do_handshake -> 1", before)
            us.send(f"back {turn}\n")
            server.expect(f"back {turn}\n", before)
            if client is not None:
                require(re.search(rb"depth=0 O ?= ?Interop", server.data[before:]), server.text[-2000:])
        us.end_input()
        same("exit code", us.wait(), 0)
        us.expect("own certificate: +asked for after the handshake, "
                  + ("sent" if client is not None else "and none is here"))


def ours_not_offered(all, who):
    with SServer(all, "-CAfile", all.work.there(who.root)) as server, \
            Process(qtls("connect", f"127.0.0.1:{server.port}", "--name", NAME, *all.server.trust())) as us:
        us.expect("authentication")
        server.send("c\n")
        server.expect("Failed to initiate request|extension not received")
        server.send("still there\n")
        us.expect("still there")


def build(work, cases):
    needs("/usr/bin/openssl", "/usr/bin/curl", "/usr/bin/gnutls-cli", "/usr/bin/gnutls-serv")
    os.mkdir(work.here("www"))
    work.write("www/hello.txt", BODY)
    all = Everybody(work)
    for kind, who in all.clients.items():
        cases.add(f"s_client, {kind}", theirs_asked, all, who, "required", who)
        cases.add(f"our client, {kind}", ours_asked, all, who, who, ["-Verify", "3"])
    p256, rsa, mldsa = all.clients["p256"], all.clients["rsa2048"], all.clients["mldsa65"]
    cases.add("s_client, none, optional", theirs_asked, all, p256, "optional", None)
    cases.add("s_client, one, optional", theirs_asked, all, p256, "optional", p256)
    cases.add("s_client, authorities and schemes", authorities, all, p256)
    cases.add("s_client, HelloRetryRequest", theirs_asked, all, p256, "required", p256, "-groups",
              "*x25519:SecP384r1MLKEM1024")
    cases.add("s_client, none, required", theirs_refused, all, p256, None, "CERT_REQUIRED", 116)
    cases.add("s_client, a stranger", theirs_refused, all, p256, all.stranger, "CERT_UNKNOWN_CA", 48)
    cases.add("s_client, a server's certificate", theirs_refused, all, all.no_client, all.no_client,
              "CERT_EXT_KEY_USAGE", 43)
    cases.add("s_client, not let in", theirs_refused, all, p256, p256, "ACCESS_DENIED", 49, "--allow",
              "subject:CN=somebody else,*")
    cases.add("curl", curl, all, p256, p256)
    cases.add("curl, RSA", curl, all, rsa, rsa)
    cases.add("curl, ML-DSA", curl, all, mldsa, mldsa)
    cases.add("curl, none", curl, all, p256, None, False)
    cases.add("GnuTLS", gnutls, all, p256, p256)
    cases.add("GnuTLS, RSA", gnutls, all, rsa, rsa)
    cases.add("GnuTLS, after the handshake", gnutls_after, all, p256, p256)
    cases.add("GnuTLS, after the handshake, RSA", gnutls_after, all, rsa, rsa)
    for who in (p256, all.clients["p384"], rsa, all.clients["ed25519"]):
        cases.add(f"our client, GnuTLS, {who.kind}", ours_gnutls, all, who, who)
    cases.add("our client, GnuTLS, none", ours_gnutls, all, p256, None, False)
    for who in (p256, rsa, mldsa):
        cases.add(f"s_client, after the handshake, {who.kind}", theirs_after, all, who, who)
    cases.add("s_client, after the handshake, none", theirs_after, all, p256, None)
    cases.add("our client, hybrid", ours_asked, all, all.hybrid, all.hybrid, ["-Verify", "3"])
    cases.add("our client, none, optional", ours_asked, all, p256, None, ["-verify", "3"])
    cases.add("our client, not asked", ours_asked, all, p256, None, [], False)
    cases.add("our client, none, required", ours_refused, all, p256, None, "certificate_required")
    cases.add("our client, told", ours_told, all, p256)
    for who in (p256, rsa, mldsa):
        cases.add(f"our client, after the handshake, {who.kind}", ours_after, all, who, who, 3)
    cases.add("our client, after the handshake, none", ours_after, all, p256, None, 2)
    cases.add("our client, after the handshake, not offered", ours_not_offered, all, p256)


if __name__ == "__main__":
    main(build)
