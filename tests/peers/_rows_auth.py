"""The rows of the matrix about clients' certificates and about staples."""

import base64
import re

from _interop import NAME, Failed, Process, Serve, openssl, qtls, require, run, same
from _peers import AFTER, REVOKED, UNKNOWN, free_port
from _rows import LINE, PAGE, both, from_peer, reversed_lines, to_peer

CLIENT_KINDS = {"ECDSA P-256": "p256", "RSA 2048": "rsa2048", "ML-DSA-65": "mldsa65"}
STAPLE_KINDS = {"ECDSA P-256": "p256", "ML-DSA-65": "mldsa65"}


def floor_of_kind(kind):
    return ["--floor", "pq-auth"] if kind == "mldsa65" else []


def worth_of(kind):
    return "pqc" if kind == "mldsa65" else "classical"


# Clients' certificates: of OpenSSL's making, for either side. Whoever asks also verifies.

def shown(client):
    """Our client's options to show a certificate."""
    here = client.work.here
    return ["--cert", here(client.chain), "--key", here(client.key)]


def to_client(context, peer, kind):
    client = context.clients[kind]
    to_peer(context, peer, *shown(client), setting={"clients": client}, client_certificate_asked=True,
            client_certificate_sent=True)


def known(context, kind):
    return {"client_dn": f"CN={context.clients[kind].kind} leaf,O=Interop", "client_authentication": worth_of(kind)}


def trusted(client):
    return ["--client-trust", client.work.here(client.root)]


def from_client(context, peer, kind):
    client = context.clients[kind]
    from_peer(context, peer, "--client-auth", "required", *trusted(client), setting={"own": client},
              *(["--client-authorities", client.work.here(client.intermediate)] if peer.wants_issuer else []),
              **known(context, kind))


def to_unknown(context, peer):
    """Who has no certificate, or a stranger's, gets nothing: an alert, or from nginx a page that says so."""
    identity, clients = context.theirs["p256"], context.clients["p256"]
    data, wanted = (b"", PAGE) if peer.speaks == "http" else (LINE, reversed_lines(LINE))
    request = ["--request", peer.path("page.txt")] if peer.speaks == "http" else []
    for own in ([], shown(context.stranger)):
        with peer.server(identity, clients=clients) as server:
            result = run(qtls("connect", f"127.0.0.1:{server.port}", "--name", NAME, *peer.floor, *identity.trust(), *own,
                              *request), data)
            require(wanted not in result.out and LINE not in result.out, f"they serve us all the same\n{result.text}")
            result.says("the alert |400 Bad Request|without close_notify|reset")


def from_unknown(context, peer):
    identity = context.ours["p256"]
    for own, error in ((None, "CERT_REQUIRED"), (context.stranger, "CERT_UNKNOWN_CA")):
        with Serve("--root", context.shared.here("www"), *peer.floor, *identity.serve(), "--client-auth", "required",
                   *trusted(context.clients["p256"]),
                   *(["--client-authorities", "none"] if peer.wants_issuer else [])) as server:
            try:
                result = peer.client(server.port, identity, "/page.txt", own=own)
                require(PAGE not in result.out, f"the page came\n{result.text}")
            except Failed:
                pass  # a client that is talked to ends before it is spoken to
            j = server.connection()
            same("connected", j["connected"], False)
            require(j["error"] in (error, "CERT_REQUIRED"), f"error {j['error']}")


def to_after(context, peer):
    """Their server asks once data has come, and gives it back only to one whom it has verified."""
    client = context.clients["p256"]
    options = [*shown(client), "--post-handshake-auth"]
    if not peer.asks:
        to_peer(context, peer, *options, setting={"clients": client, "later": True}, waits=True,
                client_certificate_asked=True, client_certificate_sent=True)
        return
    identity = context.theirs["p256"]
    with peer.server(identity, clients=client, later=True) as server, \
            Process(qtls("connect", f"127.0.0.1:{server.port}", "--name", NAME, *peer.floor, *identity.trust(),
                         *options)) as us:
        us.expect("authentication")
        peer.asks(server, us)
        us.end_input()
        us.wait()
        us.expect("own certificate: +asked for after the handshake, sent")


def from_after(context, peer):
    """A page for those with a certificate: our server asks when one comes there."""
    client = context.clients["p256"]
    from_peer(context, peer, "--protect", "/page.txt", *trusted(client), setting={"own": client, "later": True},
              **known(context, "p256"))


# Staples. Their server has a response of OpenSSL's (or makes one); ours asks `qtls ocspd`.

def to_staple(context, peer, kind):
    to_peer(context, peer, "--revocation", "hard-fail", *floor_of_kind(kind), kind=kind,
            setting={"staple": context.staples[kind]}, stapled=True, status="good")


def to_revoked(context, peer):
    with peer.server(context.theirs["p256"], staple=context.staples["revoked"]) as server:
        result = run(qtls("connect", f"127.0.0.1:{server.port}", "--name", NAME, "--json", *peer.floor,
                          *context.theirs["p256"].trust()))
        result.refused('"error":"CERT_REVOKED"')


def read_by_openssl(context, identity, text):
    """What a client only hands to its program, OpenSSL verifies."""
    there = context.shared.there
    name = f"staple-{free_port()}"
    context.shared.write(name, base64.b64decode(re.search(rb"^staple (\S+)", text, re.M).group(1)))
    run(openssl("ocsp", "-respin", there(name), "-CAfile", there(identity.root), "-verify_other",
                there(identity.intermediate), "-issuer", there(identity.intermediate), "-cert", there(identity.leaf))) \
        .ok().says("Response verify OK").says(r"leaf\.pem: good")


def from_staple(context, peer, kind):
    identity = context.ours[kind]
    _, result = from_peer(
        context, peer, "--staple", "--staple-cache", "memory", "--staple-responder", context.responders[kind].url,
        *floor_of_kind(kind), kind=kind, setting={"status": True}, stapled=True)
    if peer.finds_good:
        result.says(peer.finds_good)
    elif peer.finds_good is None:
        read_by_openssl(context, identity, result.out + result.err)


AUTH_ROWS = [
    *(both(f"client {name}", to_client, from_client, kind) for name, kind in CLIENT_KINDS.items()),
    both(UNKNOWN, to_unknown, from_unknown),
    both(AFTER, to_after, from_after),
    *(both(f"staple {name}", to_staple, from_staple, kind) for name, kind in STAPLE_KINDS.items()),
    both(REVOKED, to_revoked, None),
]
