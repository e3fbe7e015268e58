#!/usr/bin/env bash
# ctest-timeout: 300
# Certificate status from end to end, with a responder of ours: the server's staples at
# the first handshake, after a restart without network, after a revocation, and without
# a responder; what a client asks for itself; a server's question about its clients.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"

# responder [PORT]: qtls ocspd over ca/; sets responder and responder_port.
responder() {
  local tries
  : > responder.log
  "$qtls" ocspd ca --cert ocsp.pem --key ocsp.key --listen "127.0.0.1:${1:-0}" > responder.log 2>&1 &
  responder=$!
  servers+=("$responder")
  for ((tries = 0; tries < 500; tries++)); do
    responder_port=$(sed -n 's/^listening on .*port \([0-9]*\)$/\1/p' responder.log)
    [ -n "$responder_port" ] && return 0
    sleep 0.02
  done
  fail 'the responder did not start' responder.log
  exit 1
}
no_responder() { kill -KILL "$responder"; wait "$responder" 2> /dev/null; }
# told EXPRESSION WANTED [ARGUMENT...]: what a connection says of itself.
told() {
  local expression=$1 wanted=$2
  shift 2
  client "$@" --json > told.json 2> told.err < /dev/null
  equal "$(field told.json "$expression")" "$wanted" "$expression of $*"
}
# heard PATTERN [FILE]: the server's log says so, soon.
heard() {
  local log=${2:-serve.$((${#servers[@]} - 1)).log.err} tries
  for ((tries = 0; tries < 250; tries++)); do grep -Eq -- "$1" "$log" && break; sleep 0.02; done
  has "$log" "$1"
}

status 0 "$qtls" pki init --dir ca --quiet
status 0 "$qtls" pki issue --dir ca --ocsp --name responder --out ocsp --quiet
responder
url=http://127.0.0.1:$responder_port/
issue() { status 0 "$qtls" pki issue --dir ca --dns localhost --ip 127.0.0.1 --ocsp-url "$url" --quiet "$@"; }
issue --out server
issue --out must --must-staple
issue --out other

# The first handshake after the start is stapled, in both protocols, and hard-fail is content.
serve --cert server.pem --key server.key --echo --staple --staple-dir staples --floor classical
told 'd["stapled"], d["status"]' "(True, 'good')" --revocation hard-fail
told 'd["stapled"], d["authentication"]' "(True, 'hybrid')" --policy require_pqc
told 'd["stapled"], d["protocol"]' "(True, 'TLS 1.3')" --versions tls1.3 --floor classical
told 'd["status"], d["stapled"]' "('not asked', False)" --revocation off
client < /dev/null > out 2> err
has err 'revocation: *not revoked, by the staple, which holds until 20'
openssl s_client -connect "localhost:$port" -status -CAfile ca/root.pem -verify_return_error < /dev/null > out 2> err
has out 'OCSP Response Status: successful'
has out 'Cert Status: good'
has out 'Verify return code: 0'
equal "$(find staples -name '*.ocsp' | wc -l)" 1 'files of staples'
mode 700 staples
stop

# A check asks, and keeps nothing.
mkdir unwritten
for folder in unwritten nowhere/staples; do
  status 0 "$qtls" serve --cert server.pem --key server.key --echo --staple --staple-dir "$folder" --check --json
  equal "$(field out 'd["identities"][0]["staple"]["fresh"]')" True "a check with $folder"
done
equal "$(ls -Ad unwritten/* nowhere 2> /dev/null)" '' 'what a check has kept'

# A reload that narrows whom may be asked counts for staples at once.
printf 'echo: true\nidentities: [{cert: server.pem, key: server.key}]\n' > narrow.yaml
printf 'ocsp_stapling: {enabled: true, cache: {backend: memory}}\n' >> narrow.yaml
serve --config narrow.yaml
told 'd["stapled"]' True
echo 'fetch_public: true' >> narrow.yaml
kill -HUP "$server"
heard 'reloaded; connections'
heard 'private address'
told 'd["stapled"]' False
stop

# A reload asks anew: without an answer the staple there is stays, a revocation ends it.
status 0 "$qtls" pki issue --dir ca --dns localhost --ip 127.0.0.1 --ocsp-url "$url" --out hasty --quiet
serve --cert hasty.pem --key hasty.key --echo --staple --staple-dir hasty
log=serve.$((${#servers[@]} - 1)).log.err
told 'd["stapled"]' True
no_responder
kill -HUP "$server"
heard 'no connection could be made.*; the present one holds until'
told 'd["stapled"]' True
responder "$responder_port"
status 0 "$qtls" pki revoke hasty.pem --dir ca --quiet
kill -HUP "$server"
heard 'the certificate was REVOKED' "$log"
told 'd["stapled"]' False
stop

# Nobody to ask: the staple of the file is judged again, and sent.
no_responder
serve --cert server.pem --key server.key --echo --staple --staple-dir staples
told 'd["stapled"], d["status"]' "(True, 'good')" --revocation hard-fail
stop
status 0 "$qtls" serve --cert server.pem --key server.key --echo --staple --staple-dir staples --check --json
json out
equal "$(field out 'd["identities"][0]["staple"]["fresh"], d["identities"][0]["staple"]["failures"]')" '(True, 0)'

# Damaged, of another certificate, or gone: no staple, and the words say why.
file=$(find staples -name '*.ocsp')
cp "$file" good.ocsp
head -c 500 good.ocsp > "$file"
serve --cert server.pem --key server.key --echo --staple --staple-dir staples --staple-timeout 2s
told 'd["stapled"], d["status"]' "(False, 'unknown')"
heard "staple of CN=localhost: $url: no connection could be made"
heard 'there is none to send'
stop
sha=$(openssl x509 -in other.pem -outform der | sha256sum | cut -d ' ' -f 1)
cp good.ocsp "staples/$sha.ocsp"
serve --cert other.pem --key other.key --echo --staple --staple-dir staples --staple-timeout 2s
told 'd["stapled"]' False
stop

# Without a staple: soft-fail serves, hard-fail refuses those who ask for one; must-staple
# is refused by the client; a client that wants to know asks for itself, or gives up.
serve --cert server.pem --key server.key --echo --staple --staple-cache memory --staple-on-failure hard-fail
told 'd["connected"]' False
told 'd["connected"]' True --revocation off
stop
serve --cert must.pem --key must.key --echo
heard 'asks for a staple .must-staple., and this server sends none'
told 'd["error"]' CERT_STAPLE_MISSING
told 'd["connected"]' True --revocation off
stop
serve --cert server.pem --key server.key --echo
told 'd["error"]' CERT_STATUS_UNKNOWN --revocation hard-fail
client --revocation hard-fail < /dev/null > out 2> err
has err 'hint: --online asks'
told 'd["error"]' CERT_STATUS_UNKNOWN --revocation hard-fail --online
has told.err "could not be had: $url: no connection could be made"
client --online --trace < /dev/null > out 2> err
has err "could not be had: ${url}M[A-Za-z0-9%+]{80}.*: no connection could be made"
told 'd["status"], d["connected"]' "('unknown', True)" --online
has told.err 'could not be had'
responder "$responder_port"
told 'd["status"], d["stapled"]' "('good', False)" --revocation hard-fail --online --status-dir kept
equal "$(find kept -name '*.ocsp' | wc -l)" 1 'answers kept'
no_responder
told 'd["status"]' good --revocation hard-fail --online --status-dir kept
told 'd["error"]' CERT_STATUS_UNKNOWN --revocation hard-fail --online --status-dir kept2
told 'd["error"]' CERT_STATUS_UNKNOWN --revocation hard-fail --online --fetch-allow ocsp.example.com
has told.err 'not on the list of URLs'
told 'd["error"]' CERT_STATUS_UNKNOWN --revocation hard-fail --online --fetch-public
has told.err 'private address'
status 2 client --revocation off --online
has err 'looks at no evidence'

# Revoked: refused by who asks, by who has the list, and told by the server itself.
responder "$responder_port"
status 0 "$qtls" pki revoke server.pem --dir ca --reason keyCompromise --quiet
status 0 "$qtls" pki crl --dir ca --out ca.crl --quiet
told 'd["error"]' CERT_REVOKED --online
told 'd["error"]' CERT_REVOKED --crl ca.crl
has told.err 'revoked'
told 'd["connected"]' True
stop
serve --cert server.pem --key server.key --echo --staple --staple-dir staples2
heard 'the certificate was REVOKED: clients will refuse it; replace it now'
told 'd["stapled"]' False
stop
# A staple from before, kept in the folder, is not sent again once the revocation is known.
cp good.ocsp "$file"
serve --cert server.pem --key server.key --echo --staple --staple-dir staples
told 'd["stapled"]' True # it is young, nobody was asked yet
stop
serve --cert server.pem --key server.key --echo --staple --staple-dir staples --staple-interval 1s
heard 'the certificate was REVOKED'
told 'd["stapled"]' False
stop
no_responder
serve --cert server.pem --key server.key --echo --staple --staple-dir staples
heard 'there is none to send'
told 'd["stapled"]' False
stop
responder "$responder_port"

status 1 "$qtls" serve --cert server.pem --key server.key --echo --staple --staple-dir staples2 --check --quiet
has err 'server.pem: there is no staple: the certificate was REVOKED'
has err 'clients would refuse to connect'

# What a server asks about its clients.
status 0 "$qtls" pki issue --dir ca --client --name alice --ocsp-url "$url" --out alice --quiet
status 0 "$qtls" pki issue --dir ca --client --name bob --ocsp-url "$url" --out bob --quiet
status 0 "$qtls" pki revoke bob.pem --dir ca --quiet
serve --cert other.pem --key other.key --echo --client-auth required --client-trust ca/root.pem \
  --revocation hard-fail --online --json
told 'd["connected"], d["error"]' '(True, None)' --cert alice.pem --key alice.key
client --cert bob.pem --key bob.key --json > out 2> err < /dev/null
has out 'certificate_revoked'
client --json > out 2> err < /dev/null
has out 'certificate_required'
stop
has "serve.$((${#servers[@]} - 1)).log" '"client_dn":"CN=alice","client_cert_serial":"[0-9a-fA-F]{40}","client_cert_sha256_spki":"[0-9a-f]{64}","auth_time":"20'
has "serve.$((${#servers[@]} - 1)).log" '"error":"CERT_REVOKED"'
no_responder
serve --cert other.pem --key other.key --echo --client-auth required --client-trust ca/root.pem \
  --revocation hard-fail --online
client --cert alice.pem --key alice.key --json > out 2> err < /dev/null
has out 'certificate_unknown'
stop
serve --cert other.pem --key other.key --echo --client-auth required --client-trust ca/root.pem --online
told 'd["connected"]' True --cert alice.pem --key alice.key
stop

# Nobody answers: that takes what a handshake may take and no more, also for a client that has
# used up most of its time before it shows its certificate.
cat > slow.py << 'PY'
import select, socket, sys, time
late = float(sys.argv[1]) if len(sys.argv) > 1 else None # of the server's answer; else of the client's second flight
silent = socket.create_server(("127.0.0.1", 0))
door = socket.create_server(("127.0.0.1", 0))
print(silent.getsockname()[1], door.getsockname()[1], flush=True)
client = door.accept()[0]
server = socket.create_connection(("127.0.0.1", int(open("slow.to").read())))
answered = delayed = False
while True:
    for s in select.select([client, server], [], [])[0]:
        data = s.recv(65536)
        if not data:
            time.sleep(600)
        if s is server:
            if late is not None and not answered:
                time.sleep(late)
            answered = True
        elif late is None and answered and not delayed:
            time.sleep(2.5)
            delayed = True
        (server if s is client else client).sendall(data)
PY
python3 slow.py > slow.port 2> /dev/null &
servers+=($!)
for _ in $(seq 250); do [ -s slow.port ] && break; sleep 0.02; done
read -r silent door < slow.port
status 0 "$qtls" pki issue --dir ca --client --name carol --ocsp-url "http://127.0.0.1:$silent/" \
  --crl-url "http://127.0.0.1:$silent/ca.crl" --out carol --quiet
status 0 "$qtls" pki issue --dir ca --dns localhost --ocsp-url "http://127.0.0.1:$silent/" \
  --crl-url "http://127.0.0.1:$silent/ca.crl" --out carol-server --quiet
serve --cert other.pem --key other.key --echo --client-auth required --client-trust ca/root.pem --online --timeout 4s
echo "$port" > slow.to
for port in "$door" "$port"; do
  begin=$(date +%s%3N)
  told 'd["connected"]' True --cert carol.pem --key carol.key --revocation off --timeout 20
  took=$(($(date +%s%3N) - begin))
  [ "$took" -gt 2500 ] && [ "$took" -lt 5400 ] && ok || fail "a handshake of 4 s took $took ms"
done
stop

# So it is for a client whose server has used up most of the time before it shows its certificate.
serve --cert carol-server.pem --key carol-server.key --echo --timeout 30s
echo "$port" > slow.to
python3 slow.py 5 > slow.port 2> /dev/null &
servers+=($!)
for _ in $(seq 250); do [ -s slow.port ] && break; sleep 0.02; done
read -r _ port < slow.port
told 'd["connected"], d["status"], d["handshake_ms"] > 5000, d["handshake_ms"] < 15500' "(True, 'unknown', True, True)" \
  --online --timeout 15
stop

# A list over HTTP when no responder answers, by way of a redirect.
mkdir lists
cat > lists.py << 'PY'
import http.server, os
os.chdir("lists")
class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/here.crl":
            self.send_response(302)
            self.send_header("Location", "/ca.crl")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            super().do_GET()
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
PY
python3 lists.py > lists.port 2> /dev/null &
servers+=($!)
for _ in $(seq 250); do [ -s lists.port ] && break; sleep 0.02; done
issue --crl-url "http://127.0.0.1:$(cat lists.port)/here.crl" --out listed
status 0 "$qtls" pki crl --dir ca --der --out lists/ca.crl --quiet
serve --cert listed.pem --key listed.key --echo
told 'd["status"], d["stapled"]' "('good', False)" --revocation hard-fail --online
status 0 "$qtls" pki revoke listed.pem --dir ca --quiet
status 0 "$qtls" pki crl --dir ca --der --out lists/ca.crl --quiet
told 'd["error"]' CERT_REVOKED --online
cp ca.crl lists/ca.crl
told 'd["status"]' unknown --online
has told.err 'this list is PEM; it has to be published as DER'
stop

# OpenSSL's responder for classical certificates, and its client for our staple of it.
status 0 "$qtls" pki init --dir plain --kind p256 --quiet
status 0 "$qtls" pki issue --dir plain --ocsp --name responder --out plainocsp --quiet
plain=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
status 0 "$qtls" pki issue --dir plain --dns localhost --ocsp-url "http://127.0.0.1:$plain/" --out old --quiet
serial=$(openssl x509 -in old.pem -noout -serial | cut -d = -f 2)
printf 'V\t400101000000Z\t\t%s\tunknown\t/CN=localhost\n' "$serial" > index.txt
awk '/BEGIN/ { n++ } n == 2' old.pem > issuer.pem
openssl ocsp -index index.txt -port "$plain" -rsigner plainocsp.pem -rkey plainocsp.key -CA issuer.pem -ndays 1 \
  > openssl.log 2>&1 &
servers+=($!)
for _ in $(seq 250); do grep -qi 'waiting\|accept' openssl.log && break; sleep 0.02; done
serve --cert old.pem --key old.key --echo --floor classical --staple --staple-cache memory --json
log=serve.$((${#servers[@]} - 1)).log
"$qtls" connect "localhost:$port" --trust plain/root.pem --revocation hard-fail --json > told.json 2> err < /dev/null
equal "$(field told.json 'd["stapled"], d["status"], d["protocol"]')" "(True, 'good', 'TLS 1.3')"
openssl s_client -connect "localhost:$port" -status -CAfile plain/root.pem -verify_return_error < /dev/null > out 2> err
has out 'Cert Status: good'
stop
has "$log" '"staple":\{"fresh":true,"url":"http://127.0.0.1:'
serve --cert old.pem --key old.key --echo --floor classical
"$qtls" connect "localhost:$port" --trust plain/root.pem --revocation hard-fail --online --json > told.json 2> err < /dev/null
equal "$(field told.json 'd["stapled"], d["status"]')" "(False, 'good')"
stop
done_testing
