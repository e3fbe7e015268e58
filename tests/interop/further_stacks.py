#!/usr/bin/env python3
# ctest-timeout: 120
"""More stacks of Debian 13, each as a client and as a server: NSS (Firefox),
Botan, Go (in Caddy) and the JDK. NSS and Botan have X25519MLKEM768; for the
others the floor is classical."""

import os
import socket

from _identities import by_openssl, by_qtls, make
from _interop import NAME, Process, Serve, connect, in_root, java, main, needs, openssl, require, run, same

LINE = b"quantum safe\n"
CLASSICAL = ["--floor", "classical"]
KINDS = ["p256", "p384", "rsa2048"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def check(told, wanted):
    for key, value in {"connected": True, "protocol": "TLS 1.3", "error": None, **wanted}.items():
        same(key, told[key], value)


def fetch(port, identity, ours, wanted, contains):
    """Our client asks the server for / and gets something that contains this."""
    output = identity.work.here(f"got.{port}")
    j, result = connect(port, *identity.trust(), *ours, "--request", "/", "--output", output)
    result.ok()
    check(j, wanted)
    with open(output, "rb") as f:
        require(contains in f.read(), "the answer is not what it should be")


def pkcs12(identity, name, passphrase):
    there = identity.work.there
    run(openssl("pkcs12", "-export", "-inkey", there(identity.key), "-in", there(identity.leaf), "-certfile",
                there(identity.intermediate), "-name", "server", "-passout", "pass:" + passphrase, "-out",
                there(name))).ok()


# ---- NSS ----

def nss_database(identity):
    """A database of NSS with the identity and its root; gives the option that names it."""
    work, there = identity.work, identity.work.there
    folder = identity.leaf + ".nss"
    os.mkdir(work.here(folder))
    pkcs12(identity, folder + "/p12", "")
    database = ["-d", "sql:" + there(folder)]
    run(in_root("certutil", "-N", *database, "--empty-password")).ok()
    run(in_root("pk12util", "-i", there(folder + "/p12"), *database, "-W", "")).ok()
    run(in_root("certutil", "-A", "-n", "root", "-t", "C,,", "-i", there(identity.root), *database)).ok()
    return database


def to_nss(identity, database, ours, groups, **wanted):
    port = free_port()
    with Process(in_root("selfserv", "-n", "server", "-p", str(port), *database, "-V", "tls1.3:tls1.3", "-v", "-I",
                         groups)) as server:
        server.expect("About to call accept")
        fetch(port, identity, ours, wanted, b"EOF")


def from_nss(identity, database, ours, theirs, **wanted):
    work = identity.work
    with Serve("--root", work.here("www"), *identity.serve(), *ours) as server:
        result = run(in_root("tstclnt", "-h", "127.0.0.1", "-p", str(server.port), "-a", NAME, *database, "-V",
                             "tls1.3:tls1.3", "-A", work.there("request"), *theirs)).ok()
        require(LINE in result.out, f"no file\n{result.text}")
        check(server.connection(), {"server_name": NAME, **wanted})


def refused_by_nss(identity, database):
    with Serve("--root", identity.work.here("www"), *identity.serve()) as server:
        run(in_root("tstclnt", "-h", "127.0.0.1", "-p", str(server.port), "-a", "other.test", *database, "-Q", "-I",
                    "mlkem768x25519")).refused("requested domain name does not match")
        same("error", server.connection()["error"], "ALERT_RECEIVED")


def nss(cases, identities):
    both = "mlkem768x25519,x25519,P256,P384"
    # NSS's tools want keyEncipherment of an RSA key.
    identities = {**identities, "rsa2048": by_openssl(identities["rsa2048"].work, "rsa2048", "nss-rsa", changes={
        "leaf": {"keyUsage": "critical, digitalSignature, keyEncipherment"}})}
    databases = {kind: nss_database(identities[kind]) for kind in KINDS}
    for kind in KINDS:
        how = identities[kind], databases[kind], []
        cases.add(f"to NSS: identity {kind}", to_nss, *how, both, group="X25519MLKEM768")
        cases.add(f"from NSS: identity {kind}", from_nss, *how, ["-I", both], group="X25519MLKEM768")
    one, database = identities["p256"], databases["p256"]
    for group, name in (("x25519", "x25519"), ("secp256r1", "P256"), ("secp384r1", "P384"), ("secp521r1", "P521")):
        cases.add(f"to NSS: {group}", to_nss, one, database, CLASSICAL, name, group=group)
        cases.add(f"from NSS: {group}", from_nss, one, database, CLASSICAL, ["-I", name], group=group)
    cases.add("to NSS: key shares classical-first", to_nss, one, database, ["--key-shares", "classical-first"],
              "mlkem768x25519", group="X25519MLKEM768", hello_retry=True)
    cases.add("from NSS: by a retry", from_nss, one, database, [], ["-I", "P256,mlkem768x25519"],
              group="X25519MLKEM768", hello_retry=True)
    cases.add("from NSS: cookie", from_nss, one, database, ["--cookie", "always"], ["-I", both], cookie=True)
    cases.add("from NSS: compressed certificate", from_nss, one, database, ["--cert-compression", "zlib"],
              ["-I", both, "--zlib-certificate-compression"], cert_compression="zlib")
    cases.add("from NSS: GREASE and permuted extensions", from_nss, one, database, [],
              ["-I", both, "--enable-rfc8701-grease", "--enable-ch-extension-permutation"], group="X25519MLKEM768")
    cases.add("from NSS: finite-field groups too", from_nss, one, database, CLASSICAL, ["-I", "FF2048,FF8192,x25519"],
              group="x25519")
    cases.add("from NSS: wrong name", refused_by_nss, one, database)


# ---- Botan ----

def botan_policy(work, group):
    name = "policy-" + group.replace("/", "-")
    return ["--policy=" + work.there(work.write(name, "allow_tls12 = false\nallow_tls13 = true\n"
                                                      f"key_exchange_groups = {group}\n"))]


def to_botan(identity, ours, policy, **wanted):
    """Botan's server sends lines back."""
    there, port = identity.work.there, free_port()
    with Process(in_root("botan", "tls_server", there(identity.chain), there(identity.key), f"--port={port}",
                         *policy)) as server:
        server.expect("Listening")
        j, result = connect(port, *identity.trust(), *ours, stdin=LINE)
        result.ok()
        check(j, wanted)
        server.expect("close_notify")


def from_botan(identity, ours, policy, **wanted):
    with Serve("--echo", *identity.serve(), *ours) as server:
        with Process(in_root("botan", "tls_client", "127.0.0.1", f"--port={server.port}", "--skip-system-cert-store",
                             "--trusted-cas=" + identity.work.there(identity.root), *policy)) as client:
            client.expect("Session ID")
            client.send(LINE)
            client.expect(LINE.decode())
            client.end_input()
            client.wait()
        check(server.connection(), {"bytes_received": len(LINE), **wanted})


def botan(work, cases, identities):
    groups = [("X25519MLKEM768", "x25519/ML-KEM-768", []), ("SecP256r1MLKEM768", "secp256r1/ML-KEM-768", []),
              ("x25519", "x25519", CLASSICAL), ("secp256r1", "secp256r1", CLASSICAL),
              ("secp384r1", "secp384r1", CLASSICAL), ("secp521r1", "secp521r1", CLASSICAL)]
    for group, name, ours in groups:
        policy = botan_policy(work, name)
        # Botan 3.7's server takes no share of SecP256r1MLKEM768, OpenSSL's neither.
        if group != "SecP256r1MLKEM768":
            cases.add(f"to Botan: {group}", to_botan, identities["p256"], ours, policy, group=group)
        cases.add(f"from Botan: {group}", from_botan, identities["p256"], ours, policy, group=group)
    policy = botan_policy(work, groups[0][1])
    cases.add("to Botan: key shares classical-first", to_botan, identities["p256"],
              [*CLASSICAL, "--key-shares", "classical-first"], policy, group="X25519MLKEM768", hello_retry=True)
    cases.add("to Botan: key shares both", to_botan, identities["p256"], ["--key-shares", "both"], policy)
    for kind in KINDS:
        cases.add(f"to Botan: identity {kind}", to_botan, identities[kind], [], policy)
        cases.add(f"from Botan: identity {kind}", from_botan, identities[kind], [], policy)
    cases.add("from Botan: cookie", from_botan, identities["p256"], ["--cookie", "always"], policy, cookie=True)


# ---- Go, in Caddy ----

CADDY = """{{
  admin off
  auto_https off
}}
{site} {{
  bind 127.0.0.1
  {what}
}}
"""
CADDY_SERVES = """tls {chain} {key}
  respond "quantum safe"
"""
CADDY_ASKS = """reverse_proxy https://127.0.0.1:{port} {{
    transport http {{
      tls
      tls_server_name {name}
      tls_trusted_ca_certs {root}
    }}
  }}
"""


def caddy(work, name, site, what):
    work.write(name, CADDY.format(site=site, what=what))
    os.mkdir(work.here(name + ".home"))
    server = Process(in_root("env", "HOME=" + work.there(name + ".home"), "caddy", "run", "--config", work.there(name),
                             "--adapter", "caddyfile"))
    server.expect("serving initial configuration")
    return server


def to_go(identity, **wanted):
    port, there = free_port(), identity.work.there
    with caddy(identity.work, f"{identity.leaf}.to", f"https://{NAME}:{port}",
               CADDY_SERVES.format(chain=there(identity.chain), key=there(identity.key))):
        fetch(port, identity, CLASSICAL, wanted, LINE.strip())


def from_go(identity, ours, **wanted):
    port, work = free_port(), identity.work
    with Serve("--root", work.here("www"), *CLASSICAL, *identity.serve(), *ours) as server, \
            caddy(work, f"{identity.leaf}.from", f"http://127.0.0.1:{port}",
                  CADDY_ASKS.format(port=server.port, name=NAME, root=work.there(identity.root))) as client:
        result = run(in_root("curl", "-sS", "--fail", f"http://127.0.0.1:{port}/hello.txt")).ok()
        same("the file", result.out, LINE)
        client.stop()
        check(server.connection(), {"server_name": NAME, "requests": 1, **wanted})


def go(cases, ours, theirs):
    for kind in KINDS:
        cases.add(f"to Go: identity {kind}", to_go, theirs[kind])
        cases.add(f"from Go: identity {kind}", from_go, theirs[kind], [])
    cases.add("from Go: a hybrid identity, cookie", from_go, ours, ["--cookie", "always"], cookie=True)


# ---- the JDK ----

JDK = "jsse/Jsse.java"


def to_java(identity, conversations):
    """One server for all conversations: options of ours, and what must come of them."""
    there = identity.work.there
    store = identity.leaf + ".java.p12"
    pkcs12(identity, store, "interop")
    with Process(java(identity.work, JDK, "server", there(store), str(len(conversations)))) as server:
        port = int(server.expect(r"port (\d+)").group(1))
        for ours, wanted in conversations:
            j, result = connect(port, *identity.trust(), *CLASSICAL, *ours, stdin=LINE)
            result.ok()
            check(j, {"bytes_received": len(LINE), **wanted})
        same("exit code", server.wait(), 0)
        same("conversations it tells of", server.text.count("served TLSv1.3"), len(conversations))


def from_java(identity, ours, suites):
    with Serve("--echo", *CLASSICAL, *identity.serve(), *ours) as server:
        result = run(java(identity.work, JDK, "client", identity.work.there(identity.root),
                          *(f"{server.port}:{suite}" for suite in suites))).ok()
        for i, suite in enumerate(suites):
            result.says(f"got quantum safe then null over {suite}")
            check(server.connection(i), {"suite": suite, "server_name": NAME})


def jdk(cases, ours, theirs):
    suites = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
    conversations = [([], {"group": "secp384r1"}), (["--key-shares", "classical-first"], {"hello_retry": False}),
                     (["--key-update"], {})]
    # Without Q-TLS there is no classical share; after its retry the JDK sends two ChangeCipherSpec records.
    conversations += [(["--suites", suite], {"suite": suite, "hello_retry": True}) for suite in suites]
    conversations += [(["--groups", group], {"group": group}) for group in ("x25519", "secp256r1", "secp521r1")]
    cases.add("to the JDK", to_java, theirs["p256"], conversations)
    cases.add("to the JDK: identity rsa2048", to_java, theirs["rsa2048"], [([], {}), ([], {})])
    cases.add("from the JDK", from_java, theirs["p256"], [], suites)
    cases.add("from the JDK: a hybrid identity, cookie", from_java, ours, ["--cookie", "always"], suites[:1])


def build(work, cases):
    needs("/usr/bin/selfserv", "/usr/bin/tstclnt", "/usr/bin/botan", "/usr/bin/caddy", "/usr/bin/curl")
    os.mkdir(work.here("www"))
    work.write("www/hello.txt", LINE)
    work.write("request", "GET /hello.txt HTTP/1.0\r\n\r\n")
    theirs = make(work, by_openssl, KINDS)
    ours = by_qtls(work, "hybrid-p384-mldsa65")
    nss(cases, theirs)
    botan(work, cases, theirs)
    go(cases, ours, theirs)
    jdk(cases, ours, theirs)


if __name__ == "__main__":
    main(build)
