#!/usr/bin/env bash
# What somebody meets who runs an authority and a server for the first time and
# mistypes: each message names what is wrong, where, and how it would be right,
# and nothing is left half done.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
printf 'a\n' > phrase
chmod 600 phrase
status 0 "$qtls" pki init ca --name Test --quiet
status 0 "$qtls" pki issue ca --dns localhost --out server --quiet
status 0 "$qtls" pki issue ca --client --name alice --out alice --quiet
"$qtls" pki list ca > before

# Names, URLs and ranges: the one that is wrong is told, not the first.
refuse() { # PATTERN ARGUMENT...
  local pattern=$1
  shift
  status 2 "$qtls" pki issue ca --out new "$@"
  has err "$pattern"
}
refuse '"DNS:a b" cannot stand .* letters, digits' --dns ok.example --dns 'a b'
refuse '"DNS:b.cher|"DNS:.*xn--' --dns 'bücher.example'
refuse '"IP:300.1.1.1" cannot stand .*192.0.2.1' --dns ok.example --ip 300.1.1.1
refuse '"URI:foo" cannot stand .*spiffe' --dns ok.example --uri foo
refuse '"email:foo" cannot stand .*alice@' --dns ok.example --email foo
refuse '--ocsp-url "ftp://x" cannot stand' --dns ok.example --ocsp-url ftp://x
refuse '--crl-url "http://x/\{isuer\}" cannot' --dns ok.example --crl-url 'http://x/{isuer}'
refuse '--permit "foo/bar" cannot' --intermediate --authority root --name Sub --permit foo/bar
refuse '--exclude "IP:10.0.0.1/24" cannot' --intermediate --authority root --name Sub --exclude IP:10.0.0.1/24
refuse '--name "" cannot' --dns ok.example --name ''
refuse '--name "x+" cannot .* 65 bytes' --dns ok.example --name "$(printf '%065d' 0 | tr 0 x)"
refuse '--organization "x+" cannot' --dns ok.example --organization "$(printf '%065d' 0 | tr 0 x)"
long=$(printf '%060d' 0 | tr 0 x).$(printf '%060d' 0 | tr 0 x).example
refuse 'too long for a subject; give --name' --dns "$long"
status 2 "$qtls" pki csr --dns 'a b' --out new
has err '"DNS:a b" cannot stand'
status 2 "$qtls" pki csr --dns "$long" --out new
has err 'too long for a subject; give --name'

# An authority for some names only does not issue for others.
status 0 "$qtls" pki issue ca --authority root --intermediate --name Mail --permit DNS:mail.example --out mail --quiet
status 0 "$qtls" pki init mail --cert mail.pem --key mail.key --quiet
status 0 "$qtls" pki issue mail --dns mx.mail.example --out mx --quiet
status 0 "$qtls" pki verify mx.pem --trust ca/root.pem --name mx.mail.example
status 1 "$qtls" pki issue mail --dns www.example --out new
has err 'not issued: .*qtls pki show'
"$qtls" pki list mail > out
hasnt out 'www.example'
status 0 "$qtls" pki show mail/authority.pem
has out 'permitted DNS:mail.example'
"$qtls" pki list ca > before

# Files that cannot be made are told before anything is signed.
status 1 "$qtls" pki issue ca --dns ok.example --out nowhere/new
has err '--out nowhere/new: No such file'
status 2 "$qtls" pki issue ca --dns ok.example --out ca/
has err 'names a folder'
status 1 "$qtls" pki issue ca --dns ok.example --out "$(printf '%0300d' 0)"
has err 'too long'
status 1 "$qtls" pki issue ca --intermediate --name Sub --out new
has err '--authority root'
status 1 "$qtls" pki sign server.pem --dir ca --out new
has err 'server.pem: this is no request; qtls pki csr'
status 1 "$qtls" pki renew server.pem --dir ca --csr alice.pem --out new
has err '--csr alice.pem: this is no request'
"$qtls" pki list ca > after
same before after
[ -z "$(compgen -G 'new*')" ]
equal "$?" 0 'files of certificates that were refused'

# An authority that does not come about leaves nothing.
for words in "--crl-url http://x/{foo}.crl" "--ocsp-url https://x/" "--name ="; do
  # shellcheck disable=SC2086
  status 2 "$qtls" pki init new ${words/ =/=}
  has err "${words%% *}"
done
status 1 "$qtls" pki init new --cert alice.pem --key alice.key
has err '--cert alice.pem: this is not the certificate of a certification authority'
status 1 "$qtls" pki init new --cert ca/root.pem --key ca/intermediate.key
has err '--key ca/intermediate.key does not belong to --cert ca/root.pem'
[ -e new ]
equal "$?" 1 'the directory of an authority that was refused'

# Long names beside short ones, names with blanks, words of other scripts, dashes.
status 0 "$qtls" pki issue ca --dns "$long" --dns short.example --out long --quiet
"$qtls" pki show long.pem > out
has out 'subject: CN=short.example'
status 0 "$qtls" pki init 'my ca' --name 'Größe & Co' --quiet
status 0 "$qtls" pki issue 'my ca' --client --name 'Zoë, CEO' --out 'zoë a'
has out 'made zoë a.pem'
status 0 "$qtls" pki verify 'zoë a.pem' --client --trust 'my ca/root.pem'
has out 'subject: CN=Zoë'
status 0 "$qtls" pki init --quiet -- --dashes
status 0 "$qtls" pki list --dir=--dashes --json
[ -d ./--dashes ]
equal "$?" 0 'a directory that begins with dashes'

# list says when there is nothing to say.
status 0 "$qtls" pki list ca --revoked
has err 'nothing in this directory fits'
equal "$(cat out)" '' 'standard output of an empty list'
status 0 "$qtls" pki list ca --check
has err 'the database is whole'
has out 'valid     root .* CN=Test Root'
has out 'valid     intermediate .* CN=Test Intermediate'
# What a request cannot say is no option of csr.
status 2 "$qtls" pki csr --dns ok.example --days 5 --out new
has err 'no option --days'

# verify: which file, and what would help.
status 1 "$qtls" pki verify server.pem --trust server.key
has err '--trust server.key: trust anchors, line 1: this is not a PEM file'
status 1 "$qtls" pki verify server.key --trust ca/root.pem
has err '^qtls pki verify: server.key: this holds no certificate'
status 1 "$qtls" pki verify server.pem --trust ca/root.pem --crl server.pem
has err '--crl server.pem: .*qtls pki crl'
certificate() { awk -v n="$1" '/BEGIN/ { i++ } i == n' server.pem; }
certificate 1 > leaf.pem
{ certificate 2; certificate 1; } > turned.pem
status 1 "$qtls" pki verify leaf.pem --trust ca/root.pem
has err 'hint: the certificate of "CN=Test Intermediate" is wanted'
status 1 "$qtls" pki verify server.pem --trust 'my ca/root.pem'
has err 'hint: the certificate of "CN=Test Root" is wanted'
status 1 "$qtls" pki verify turned.pem --trust ca/root.pem
has err 'hint: the first certificate of turned.pem is an authority'
status 1 "$qtls" pki verify alice.pem --trust ca/root.pem
has err 'hint: .* --client'
status 1 "$qtls" pki verify server.pem --trust ca/root.pem --client
has err 'hint: .*leaving out --client'
status 1 "$qtls" pki verify server.pem --trust ca/root.pem --status leaf
has err 'hint: give evidence'
status 0 "$qtls" pki crl ca --quiet
status 0 "$qtls" pki verify server.pem --trust ca/root.pem --crl ca/intermediate.crl
has out 'status: good'
has out 'status: not known'
status 1 "$qtls" pki verify leaf.pem --trust ca/root.pem --json
json out
hasnt err hint

# serve --check: what clients would refuse.
status 0 "$qtls" serve --cert leaf.pem --key server.key --echo --check
has out 'the certificate alone: only clients that trust "CN=Test Intermediate"'
status 0 "$qtls" serve --cert alice.pem --key alice.key --echo --check
has out 'not for servers'
has out 'no DNS name or address'
{ certificate 1; cat ca/root.pem; } > gap.pem
status 0 "$qtls" serve --cert gap.pem --key server.key --echo --check
has out 'certificate 2 of the chain file .* did not issue the one before it'
status 0 "$qtls" serve --cert server.pem --key server.key --echo --check
hasnt out 'alone|not for servers|did not issue'

# serve and connect.
printf 'echo: true\nidentities:\n\t- cert: server.pem\n' > tab.yaml
status 1 "$qtls" serve --config tab.yaml --check
has err 'tab.yaml:3: this is not YAML: .*not with tabs'
status 1 "$qtls" serve --cert server.pem --key server.key --echo --schemes rsa_pss_rsae_sha256 --check
has err '^qtls serve: server.pem: identity 1 .* none of the configured signature schemes, but with [a-z0-9_]+; --schemes names'
printf 'echo: true\nidentities: [{cert: server.pem, key: server.key}]\nschemes: [ed25519]\n' > schemes.yaml
status 1 "$qtls" serve --config schemes.yaml --check
has err 'server.pem: identity 1 .*; schemes.yaml:3: schemes names'
status 1 "$qtls" connect localhost --trust 'my ca/root.pem' --cert alice.pem --key alice.key --schemes ed25519
has err '^qtls connect: alice.pem: identity 1 '
status 2 "$qtls" serve --cert server.pem --key server.key --echo --client-auth required
has err 'client-trust FILE \(client_auth.trust\)'
serve --cert server.pem --key server.key --echo --client-auth required --client-trust 'my ca/root.pem'
status 1 "$qtls" serve --cert server.pem --key server.key --echo --listen "127.0.0.1:$port"
has err "cannot listen on 127.0.0.1 port $port: .*; another program has it"
status 1 client
has err 'hint: --cert FILE --key FILE'
status 1 client --cert alice.pem --key alice.key
has err 'hint: no --cert was issued by an authority that the server accepts'
stop
done_testing
