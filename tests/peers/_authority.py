"""Clients and responders for the matrix: clients' certificates, staples of
OpenSSL's making, and responders over the network, OpenSSL's and ours."""

from _identities import by_openssl, make
from _interop import NAME, Process, openssl, qtls, require, run
from _peers import PASSWORD, free_port

FOR_CLIENTS = {"leaf": {"extendedKeyUsage": "clientAuth"}}


def export(shared, chain, key, out, name):
    """A PKCS#12 file, which some peers want."""
    there = shared.there
    run(openssl("pkcs12", "-export", "-name", name, "-inkey", there(key), "-in", there(chain), "-passout",
                "pass:" + PASSWORD, "-out", there(out))).ok()
    return out


def clients(shared, kinds, prefix="client-"):
    """Clients that OpenSSL has made."""
    def one(work, kind):
        client = by_openssl(work, kind, prefix + kind, changes=FOR_CLIENTS)
        client.pkcs12 = export(shared, client.chain, client.key, client.key + ".p12", "client")
        return client
    return make(shared, one, kinds)


def index(shared, identity, name, revoked):
    """OpenSSL's list of what was issued, with the one certificate."""
    serial = run(openssl("x509", "-in", shared.there(identity.leaf), "-noout", "-serial")).ok().out.decode().split("=")[1]
    state, when = ("R", "250101000000Z,keyCompromise") if revoked else ("V", "")
    return shared.write(name, f"{state}\t400101000000Z\t{when}\t{serial.strip()}\tunknown\t/CN={NAME}\n")


def signer(shared, identity):
    there = shared.there
    ca = there(identity.intermediate)
    return ["-rsigner", ca, "-rkey", there(f"openssl-{identity.kind}.intermediate.key"), "-CA", ca, "-ndays", "1"]


def staple(shared, identity, revoked=False):
    """A response about the leaf, by its issuer."""
    there = shared.there
    name = f"{identity.kind}-{'revoked' if revoked else 'good'}.ocsp"
    run(openssl("ocsp", "-index", there(index(shared, identity, name + ".index", revoked)), *signer(shared, identity),
                "-issuer", there(identity.intermediate), "-cert", there(identity.leaf), "-respout", there(name))).ok()
    return name


class OpenSSLResponder(Process):
    """For servers that take no file and ask for themselves."""

    def __init__(self, shared, identity):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        name = index(shared, identity, "responder.index", False)
        super().__init__(openssl("ocsp", "-index", shared.there(name), "-port", str(self.port), *signer(shared, identity)))
        self.expect("(?i)waiting|accept")


class OurResponder(Process):
    """qtls ocspd over the authority of one of our identities."""

    def __init__(self, shared, identity):
        folder, out = shared.here(f"qtls-{identity.kind}.ca"), shared.here(f"qtls-{identity.kind}.ocsp")
        run(qtls("pki", "issue", "--dir", folder, "--ocsp", "--name", "responder", "--out", out, "--quiet")).ok()
        super().__init__(qtls("ocspd", folder, "--listen", "127.0.0.1:0", "--json", "--cert", out + ".pem", "--key",
                              out + ".key"))
        self.port = int(self.expect(r'"event":"listening".*"port":(\d+)').group(1))
        self.url = f"http://127.0.0.1:{self.port}/"

    def __exit__(self, kind, *rest):
        super().__exit__(kind, *rest)
        if kind is None:
            require(self.child.returncode == 0, f"exit code {self.child.returncode} of qtls ocspd\n{self.text[-3000:]}")
