#!/usr/bin/env bash
# Whom the client believes: nobody by itself, and only under the right name.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
identity
status 0 "$qtls" pki init --dir other --quiet
serve --cert server.pem --key server.key --echo

status 1 "$qtls" connect "localhost:$port"
has err 'no trust anchor is given'
has err '--trust ca/root.pem'
status 1 "$qtls" connect "localhost:$port" --trust nowhere.pem
has err 'nowhere.pem: cannot be opened'
status 1 "$qtls" connect "localhost:$port" --trust server.key
status 1 "$qtls" connect "localhost:$port" --trust "$source_dir/LICENSE"
status 1 "$qtls" connect "localhost:$port" --trust other/root.pem
has err 'no path leads to a trusted certification authority'
has err 'unknown_ca'
hasnt out .
status 0 "$qtls" connect "localhost:$port" --trust other/root.pem --trust ca/root.pem
status 0 "$qtls" connect "127.0.0.1:$port" --trust ca/root.pem
has err '127.0.0.1'
status 1 "$qtls" connect "localhost:$port" --trust ca/root.pem --name other.test
has err 'for another name'
status 0 "$qtls" connect other.test --connect-to "127.0.0.1:$port" --name localhost --trust ca/root.pem
status 1 "$qtls" connect other.test --connect-to "127.0.0.1:$port" --trust ca/root.pem
has err 'for another name'
status 1 "$qtls" connect "localhost:$port" --trust other/root.pem --json
json out
equal "$(field out 'd["error"]')" CERT_UNKNOWN_CA
equal "$(field out 'd["connected"]')" False
stop

# A connection and pki verify read anchors in the same way, and say the same of what they cannot use.
mkdir folder hashed upper none
cp ca/root.pem folder/root.pem
cp ca/root.pem upper/ROOT.CRT
cp ca/root.pem hashed/5ed36f99.12
cp ca/root.pem none/notes.txt
openssl x509 -in ca/root.pem -outform der -out root.der
cat ca/root.pem "$source_dir/LICENSE" > mixed.pem
{ cat ca/root.pem; printf -- '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'; } > broken.pem
cp broken.pem folder/broken.pem
serve --cert server.pem --key server.key --echo
alike() { # WANTED PLACE...
  local wanted=$1 place typed=()
  shift
  for place in "$@"; do typed+=(--trust "$place"); done
  status "$wanted" "$qtls" connect "localhost:$port" "${typed[@]}" --quiet
  sed 's/^qtls connect: //' err > first
  status "$wanted" "$qtls" pki verify server.pem "${typed[@]}" --name localhost
  sed 's/^qtls pki verify: //' err > second
  [ "$wanted" = 0 ] || same first second
}
for place in ca/root.pem folder hashed upper root.der mixed.pem; do alike 0 "$place"; done
for place in none nowhere server.key broken.pem "$source_dir/LICENSE" /dev/null; do
  alike 1 "$place"
  [ -s second ] && ok || fail "no words about $place"
done
alike 0 other/root.pem ca/root.pem
alike 1 ca/root.pem nowhere
export SSL_CERT_FILE=$PWD/ca/root.pem
alike 0 system
SSL_CERT_FILE=$PWD/nowhere
alike 1 system
has second 'which SSL_CERT_FILE names, cannot be read'
unset SSL_CERT_FILE
export SSL_CERT_DIR=$PWD/upper
alike 0 system
SSL_CERT_DIR=$PWD/nowhere
alike 1 system
unset SSL_CERT_DIR
stop

# Nobody there, and nobody of that name.
status 1 "$qtls" connect "127.0.0.1:$port" --trust ca/root.pem
has err 'no connection could be made'
has err 'refused'
status 1 "$qtls" connect no-such-host.invalid --trust ca/root.pem
has err 'could not be resolved'

# A server that does not speak TLS, and one that says nothing.
python3 - > plain.port <<'PY' &
import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print(s.getsockname()[1], flush=True)
c, _ = s.accept(); c.recv(100); c.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"); c.close()
c, _ = s.accept(); c.recv(100); time.sleep(3)
PY
servers+=($!)
for _ in $(seq 200); do [ -s plain.port ] && break; sleep 0.02; done
status 1 "$qtls" connect "localhost:$(cat plain.port)" --trust ca/root.pem
has err 'does not begin like TLS'
status 1 "$qtls" connect "localhost:$(cat plain.port)" --trust ca/root.pem --timeout 1
has err 'took too long'
done_testing
