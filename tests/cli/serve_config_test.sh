#!/usr/bin/env bash
# ctest-timeout: 180
# The configuration file: every key is taken, and every mistake is told with file, line and
# what to do. And several identities, encrypted keys, the report.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
identity
status 0 "$qtls" pki init --dir plain --kind p256 --quiet
status 0 "$qtls" pki issue --dir plain --dns localhost --dns other.test --out old --quiet
printf 'open sesame\n' > phrase
chmod 600 phrase
status 0 "$qtls" pki issue --dir ca --dns sealed.test --out sealed --key-pass-file phrase --quiet

# wrong LINE PATTERN: a file of the lines on standard input is refused so.
wrong() {
  { printf 'echo: true\nidentities: [{cert: server.pem, key: server.key}]\n'; cat; } > c.yaml
  status "${3:-1}" "$qtls" serve --config c.yaml --check
  has err "c.yaml:$1: .*$2"
}
wrong 3 'there is no key "listne"; did you mean listen' <<< 'listne: 1'
wrong 3 'there is no key "xyzzy"$' <<< 'xyzzy: 1'
wrong 5 'there is no key "conect" in ocsp_stapling.timeout; did you mean connect' << 'Y'
ocsp_stapling:
  timeout:
    conect: 5s
Y
wrong 4 'limits.idle: "10" is not a time; write a number with its unit, such as 5s' << 'Y'
limits:
  idle: 10
Y
wrong 4 'limits.idle: "soon" is not a time' << 'Y'
limits:
  idle: soon
Y
wrong 4 'limits.idle "2d": this must be a time from 1s to 1d' 2 << 'Y'
limits:
  idle: 2d
Y
wrong 4 'limits.at_once: "many" is not a whole number' << 'Y'
limits:
  at_once: many
Y
wrong 4 'limits.at_once "0": this must be a number from 1 to 10000' 2 << 'Y'
limits:
  at_once: 0
Y
wrong 3 'floor: one value is wanted here, not a list' <<< 'floor: [q-tls]'
wrong 3 'floor: one value is wanted here, not an object' <<< 'floor: {a: b}'
wrong 3 'floor: a value is missing' <<< 'floor:'
wrong 3 'floor: a value is missing' <<< 'floor: ~'
wrong 3 'floor "q-tsl": did you mean q-tls' 2 <<< 'floor: q-tsl'
wrong 3 'groups "X25519MLKEM767": ' 2 <<< 'groups: [X25519MLKEM767]'
wrong 3 'log: keys with values are wanted here' <<< 'log: [json]'
wrong 3 'log.json: true or false is wanted here, not "yes"' <<< 'log: {json: yes}'
wrong 3 'log.json: true or false is wanted here, not "true"' <<< 'log: {json: "true"}'
wrong 4 'echo is there a second time' <<< $'\necho: false'
wrong 4 'this is not YAML' <<< 'floor: "q-tls'
wrong 4 'this is not YAML' <<< $'limits:\n\tidle: 5s'
wrong 4 'a second document begins here' <<< $'---\nfloor: q-tls'
wrong 3 'a key must be a word' <<< '[a, b]: c'
wrong 3 'client_auth.mode "maybe" is not known; known: none, optional, required' 2 <<< 'client_auth: {mode: maybe, trust: ca/root.pem}'
wrong 3 'client_auth.allow "dns" ?: ?|client_auth.allow "dns": ' 2 <<< \
  'client_auth: {mode: required, trust: ca/root.pem, allow: [dns]}'
wrong 3 'client_auth.allow is about clients' 2 <<< 'client_auth: {allow: ["dns:*"]}'
wrong 3 'client_auth.trust: nowhere.pem: cannot be opened' <<< 'client_auth: {mode: required, trust: nowhere.pem}'
wrong 3 'ocsp_stapling.responder_url https://x/: https is not asked' 2 <<< \
  'ocsp_stapling: {enabled: true, responder_url: "https://x/"}'
wrong 3 'ocsp_stapling.on_failure "hardfail": did you mean hard-fail' 2 <<< \
  'ocsp_stapling: {enabled: true, on_failure: hardfail}'
wrong 3 'ocsp_stapling.cache.backend "redis" is not known; known: memory, disk' 2 <<< \
  'ocsp_stapling: {enabled: true, cache: {backend: redis}}'
wrong 3 'padding "block:1": write block:BYTES' 2 <<< 'padding: "block:1"'
wrong 3 'listen "x:y" is not PORT' 2 <<< 'listen: "x:y"'

# An empty list would open what it was meant to narrow.
for key in protect fetch_allow; do wrong 3 "$key: the list is empty; take the key out, or name one" <<< "$key: []"; done
for key in allow trust authorities; do
  wrong 3 "client_auth.$key: the list is empty" <<< "client_auth: {$key: [], mode: optional}"
done
wrong 3 'revocation.crl_files: the list is empty' <<< 'revocation: {crl_files: []}'
for key in versions suites groups schemes; do wrong 3 "$key" 2 <<< "$key: []"; done

# Several mistakes are told at once; an alias that holds itself ends well.
printf 'a: 1\nb: 2\nlimits: {idle: x}\n' > c.yaml
status 1 "$qtls" serve --config c.yaml --check
equal "$(grep -c '^qtls serve: c.yaml:' err)" 3 'mistakes told'
printf 'limits: &l\n  idle: *l\n' > c.yaml
status 1 "$qtls" serve --config c.yaml --check
printf 'identities: &l [*l]\n' > c.yaml
status 1 "$qtls" serve --config c.yaml --check
has err 'keys with values are wanted'
printf 'identities: {cert: server.pem}\n' > c.yaml
status 1 "$qtls" serve --config c.yaml --check
has err 'c.yaml:1: identities: a list is wanted here'
printf 'echo: true\nidentities: [{cert: server.pem}]\n' > c.yaml
status 2 "$qtls" serve --config c.yaml --check
has err 'each identity needs both'
head -c 2000000 /dev/zero | tr '\0' '#' > c.yaml
status 1 "$qtls" serve --config c.yaml --check
has err 'too large'
status 1 "$qtls" serve --config nowhere.yaml
has err 'nowhere.yaml'
python3 -c 'print("a: " + "[" * 3000)' > c.yaml
status 1 "$qtls" serve --config c.yaml --check

# The file of the examples has every key there is, and all are good.
mkdir example
sed -e "s#/srv/www#$work#; s#0.0.0.0:8443#127.0.0.1:0#" "$source_dir/examples/server.yaml" > example/server.yaml
cp server.pem example/hybrid.pem
cp server.key example/hybrid.key
cp ca/root.pem example/clients.pem
status 0 "$qtls" pki crl --dir ca --out example/clients.crl --quiet
status 0 "$qtls" pki issue --dir plain --dns localhost --out example/classical --key-pass-file phrase --quiet
cp phrase example/classical.pass
sed -i '/responder_url/d; s/fetch_allow: .*/fetch_allow: [localhost]/' example/server.yaml
status 0 "$qtls" serve --config example/server.yaml --check
has out 'example/hybrid.pem: CN=localhost, ECDSA P-384 and ML-DSA-65'
has out 'example/classical.pem: CN=localhost, ECDSA P-256'
has out 'more than TCP.s first window'
has out 'there is no staple: the certificate names no OCSP responder'
status 0 "$qtls" serve --config example/server.yaml --check --json
json out
equal "$(field out 'len(d["identities"]), d["event"]')" "(2, 'checked')"
equal "$(field out 'd["identities"][0]["fits_first_window"], d["identities"][1]["fits_first_window"]')" '(False, True)'
grep -oE '\{"[a-z_.]+", "[a-z-]+", YAML' "$source_dir/cli/serve_options.c" | cut -d '"' -f 2 | sed 's/.*\.//' > keys
while read -r key; do
  grep -qE "(^|[ {-])$key:" "$source_dir/docs/server.md" || fail "docs/server.md does not tell of $key"
done < keys
ok

# Identities by name and by what the client can verify; one whose key is sealed.
serve --cert server.pem --key server.key --cert old.pem --key old.key --cert sealed.pem --key sealed.key \
  --key-pass-file phrase --echo --floor classical
status 0 client --name localhost --json
equal "$(field out 'd["certificates"][0]["alt_key"]')" ML-DSA-65
status 0 "$qtls" connect "localhost:$port" --trust plain/root.pem --versions tls1.3 --schemes ecdsa_secp256r1_sha256 --json
equal "$(field out 'd["certificates"][0]["key"]')" 'ECDSA P-256'
status 0 client --name sealed.test --json
equal "$(field out 'd["certificates"][0]["names"]')" "['DNS:sealed.test']"
stop
serve --cert server.pem --key server.key --cert sealed.pem --key sealed.key --key-pass-file phrase --echo --strict-names
status 0 client --name sealed.test
status 1 client --name 127.0.0.1x
has err 'unrecognized_name'
stop
printf 'wrong\n' > phrase2
chmod 600 phrase2
status 1 "$qtls" serve --cert sealed.pem --key sealed.key --key-pass-file phrase2 --echo
has err 'sealed.key with the pass phrase of phrase2: .*pass phrase'
status 1 "$qtls" serve --cert sealed.pem --key sealed.key --echo
has err 'name the file of its pass phrase: --key-pass-file FILE'
status 2 "$qtls" serve --key-pass-file phrase --cert sealed.pem --key sealed.key --echo
has err '^qtls serve: --key-pass-file "phrase" is for none: it stands after the --key that it is for'
status 2 "$qtls" serve --cert sealed.pem --key sealed.key --key-pass-file phrase --key-pass-file phrase2 --echo
has err '^qtls serve: --key-pass-file "phrase2" is one too many'
chmod 644 phrase
status 1 "$qtls" serve --cert sealed.pem --key sealed.key --key-pass-file phrase --echo

# What runs out is told before it does; so is a root that costs bytes.
status 0 "$qtls" pki issue --dir ca --dns localhost --days 5 --out short --quiet
cat short.pem ca/root.pem > long.pem
status 0 "$qtls" serve --cert long.pem --key short.key --echo --check
has out 'the certificate expires in [45] days'
has out 'take the root out of the chain file: clients have it, and it costs [0-9],[0-9]{3} bytes'

# What every client would refuse: told, with --quiet nothing else is, and the exit code says it.
cat > ca.cnf << 'CNF'
[ca]
default_ca = d
[d]
database = index
new_certs_dir = .
serial = serial
default_md = sha256
policy = p
x509_extensions = e
[p]
commonName = supplied
[e]
subjectAltName = DNS:localhost
CNF
: > index
echo 01 > serial
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout times.key -subj /CN=localhost \
  -out times.csr 2> err
chmod 600 times.key
times() { # OUT START END
  openssl ca -batch -config ca.cnf -selfsign -keyfile times.key -in times.csr -startdate "$2" -enddate "$3" \
    -out "$1" -notext > out 2> err
  : > index
}
times over.pem 20200101000000Z 20210101000000Z
times coming.pem 20600101000000Z 20700101000000Z
check() { status "$1" "$qtls" serve --cert "$2" --key times.key --echo --floor classical --check "${@:3}"; }
check 1 over.pem --quiet
equal "$(cat out)" '' 'what --quiet leaves of the report'
has err '^qtls serve: over.pem: the certificate HAS EXPIRED'
has err '^qtls serve: clients would refuse to connect'
check 1 coming.pem --quiet
has err '^qtls serve: coming.pem: the certificate is not valid before'
check 1 over.pem
has out 'HAS EXPIRED'
hasnt out 'the settings are good'
check 1 over.pem --json
json out
status 0 "$qtls" serve --cert server.pem --key server.key --echo --check --quiet
equal "$(cat out err)" '' 'what --quiet leaves when all is well'
status 0 "$qtls" serve --cert short.pem --key short.key --echo --check --quiet
has err '^qtls serve: short.pem: the certificate expires in'
hasnt err 'TCP'

# A server that starts with it all the same says so too, whatever else it keeps to itself.
serve --cert over.pem --key times.key --echo --floor classical --quiet
has "serve.$((${#servers[@]} - 1)).log.err" '^qtls serve: over.pem: the certificate HAS EXPIRED'
hasnt "serve.$((${#servers[@]} - 1)).log.err" 'first flight'
stop
serve --cert coming.pem --key times.key --echo --floor classical --json
log=serve.$((${#servers[@]} - 1)).log
for _ in $(seq 250); do grep -q '"event":"warning"' "$log" && break; sleep 0.02; done
grep '"event":"warning"' "$log" > warning.json
equal "$(field warning.json 'd["file"], "is not valid before" in d["problem"]')" "('coming.pem', True)"
stop
serve --cert server.pem --key server.key --echo --quiet
equal "$(cat "serve.$((${#servers[@]} - 1)).log.err")" '' 'what --quiet leaves when all is well'
stop

# A check writes nothing, not even a folder, and yet says what a start could not write.
status 0 "$qtls" pki issue --dir ca --dns localhost --ocsp-url http://127.0.0.1:1/ --out named --quiet
cat > write.yaml << 'YAML'
echo: true
identities: [{cert: named.pem, key: named.key}]
client_auth: {mode: required, trust: ca/root.pem}
revocation: {online: true, cache: CACHE}
ocsp_stapling: {enabled: true, cache: {path: STAPLES}, timeout: {read: 2s}}
keylog: KEYLOG
YAML
write() { # EXIT CACHE STAPLES KEYLOG
  sed "s,CACHE,$2,; s,STAPLES,$3,; s,KEYLOG,$4," write.yaml > written.yaml
  status "$1" "$qtls" serve --config written.yaml --check
}
: > file
chmod 600 file
ls -R > before
write 0 new/status new/staples new.log
has err 'the secrets of every connection go to'
ls -R > after
diff before after > difference
equal "$(grep -Ev ' (before|after|written.yaml|out|err)$|^[0-9,acd]+$' difference)" '' 'what a check has made'
write 1 file/status new/staples new.log
has err '--status-dir .*file/status: Not a directory'
write 1 new/status file new.log
has err 'staples cannot be kept: .*file: this is not a folder'
write 1 new/status new/staples nowhere/new.log
has err 'keylog .*nowhere/new.log: No such file or directory'
mkdir staples
write 0 new/status staples file
equal "$(ls -A staples)$(stat -c %s file)" 0 'what a check has written into what was there'

# Options that do not go together.
status 2 "$qtls" serve --cert server.pem --key server.key --echo --json --quiet
has err 'leave out --json or --quiet'
status 2 "$qtls" ocspd ca --json --quiet
has err 'leave out --json or --quiet'
status 2 "$qtls" serve --cert server.pem --key server.key --echo --staple-ttl 5m
has err '--staple-ttl goes with --staple'
status 2 "$qtls" serve --cert server.pem --key server.key --echo --protect /x --client-trust ca/root.pem
has err 'goes with --root'
status 2 "$qtls" serve --cert server.pem --key server.key --echo --client-auth required
has err '--client-trust FILE'
done_testing
