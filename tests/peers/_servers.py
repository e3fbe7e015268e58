"""Servers that stand in front of files: nginx and haproxy, both on OpenSSL.
Only our client has something to say to them."""

import shutil

from _peers import AFTER, Peer, Server, cells, chroot, free_port
from _openssl import NO_BROTLI, OPENSSL_GROUPS


class Nginx(Peer):
    name = package = "nginx"
    connects = False
    speaks = "http"
    groups = OPENSSL_GROUPS
    cannot_serve = {**cells("nginx has no command for it", "their KeyUpdate", AFTER), **cells(NO_BROTLI, "compression brotli")}

    def server(self, identity, groups=None, alpn=None, compression=None, update=False, clients=None, staple=None):
        port = free_port()
        there = self.shared.there
        lines = [f"listen 127.0.0.1:{port} ssl;", f"ssl_certificate {there(identity.chain)};",
                 f"ssl_certificate_key {there(identity.key)};", "ssl_protocols TLSv1.3;", f"root {there('www')};"]
        if groups:
            lines.append(f"ssl_ecdh_curve {'/'.join(self.names(groups))};")
        if compression:
            lines.append("ssl_certificate_compression on;")
        if clients:
            lines += [f"ssl_client_certificate {there(clients.root)};", "ssl_verify_client on;", "ssl_verify_depth 3;"]
        if staple:
            lines += ["ssl_stapling on;", f"ssl_stapling_file {there(staple)};"]
        name = f"nginx-{port}"
        with open(self.shared.inside(self.suite, name + ".conf"), "w", encoding="ascii") as f:
            f.write(f"daemon off; master_process off; pid {there(name + '.pid')}; error_log stderr;\n"
                    "events {} http { access_log off; server {\n" + "\n".join(lines) + "\n} }\n")
        return Server(chroot(self.suite, "nginx", "-e", "stderr", "-c", there(name + ".conf")), port=port)


class Haproxy(Peer):
    name = package = "haproxy"
    connects = False
    speaks = "http"
    groups = OPENSSL_GROUPS
    cannot_serve = cells("haproxy has no setting for it", AFTER, "their KeyUpdate", "compression zlib", "compression brotli",
                         "compression zstd")

    def server(self, identity, groups=None, alpn=None, compression=None, update=False, clients=None, staple=None):
        port = free_port()
        there = self.shared.there
        pem = identity.combined
        if staple:  # it looks for the staple beside the certificate
            pem, whole = f"haproxy-{port}.pem", self.shared.inside(self.suite, f"haproxy-{port}.pem")
            shutil.copy(self.shared.inside(self.suite, identity.combined), whole)
            shutil.copy(self.shared.inside(self.suite, staple), whole + ".ocsp")
        bind = f"bind 127.0.0.1:{port} ssl crt {there(pem)} ssl-min-ver TLSv1.3"
        if clients:
            bind += f" ca-file {there(clients.root)} verify required"
        if groups:
            bind += f" curves {'/'.join(self.names(groups))}"
        if alpn:
            bind += f" alpn {','.join(alpn)}"
        name = f"haproxy-{port}.cfg"
        with open(self.shared.inside(self.suite, name), "w", encoding="ascii") as f:
            f.write("global\n tune.bufsize 2097152\ndefaults\n mode http\n timeout client 20s\n timeout connect 5s\n"
                    f" timeout server 20s\nfrontend here\n {bind}\n"
                    " http-request return status 200 content-type text/plain file "
                    f"{there('www/bulk.txt')} if {{ path /bulk.txt }}\n"
                    f" http-request return status 200 content-type text/plain file {there('www/page.txt')}\n")
        return Server(chroot(self.suite, "haproxy", "-f", there(name)), port=port)
