#!/usr/bin/env bash
# ctest-timeout: 180
# Keys and certificates: made, never overwritten, shown, judged.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"

status 2 "$qtls" pki init
has err '--dir'
status 0 "$qtls" pki init --dir ca --name 'Test CA' --organization 'Some "Org"'
has out 'made ca'
for file in root intermediate; do
  mode 600 ca/$file.key
  has ca/$file.pem 'BEGIN CERTIFICATE'
  has ca/$file.key 'BEGIN PRIVATE KEY'
done
equal "$(ls ca | tr '\n' ' ')" 'ca.db intermediate.key intermediate.pem root.key root.pem ' 'files of an authority'
mode 600 ca/ca.db
equal "$(grep -c BEGIN ca/root.key)" 2 'keys of a hybrid authority'

# Nothing is written over, and nothing is left behind.
cp -a ca before
status 1 "$qtls" pki init --dir ca
has err 'not empty'
status 0 diff -r ca before
mkdir empty
status 0 "$qtls" pki init --dir empty/ --quiet
equal "$(stat -c %s out)" 0 'words of a quiet command'
status 1 "$qtls" pki init --dir no/such/folder
has err 'No such file'
touch file
status 1 "$qtls" pki init --dir file
equal "$(ls -d ./*.?????? 2>/dev/null | wc -l)" 0 'folders left behind'
status 2 "$qtls" pki init --dir long --name "$(printf 'x%.0s' $(seq 80))"
has err '1 to 64 characters'
[ ! -e long ] || fail 'a refused authority left its folder'

status 0 "$qtls" pki issue --dir ca --dns localhost --dns '*.example.test' --ip 127.0.0.1 --ip ::1 --out server
mode 600 server.key
mode 644 server.pem
equal "$(grep -c BEGIN server.pem)" 2 'certificates of a chain'
cp server.pem server.before
# What a command that died left behind is in nobody's way, whoever has its number now.
status 0 bash -c 'touch "p.pem.$$.new" "p.key.$$.new"; exec "$0" pki issue --dir ca --dns p.test --out p --quiet' "$qtls"
[ -s p.pem ] && [ -s p.key ] && ok || fail 'no identity beside old temporary files'
status 0 bash -c 'touch "ca/intermediate.crl.$$.new"; exec "$0" pki crl ca --quiet' "$qtls"
rm ca/intermediate.crl*
# And what cannot be made is called by its own name.
long=$(printf 'x%.0s' $(seq 250))
status 1 "$qtls" pki crl ca --out "$long"
has err 'x\.[0-9a-f]{8}\.new: File name too long'
umask 027
status 0 "$qtls" pki issue --dir ca --dns p.test --out masked --quiet
umask 022
mode 640 masked.pem
mode 600 masked.key
equal "$(find . -name 'masked.*' | wc -l)" 2 'files of an identity'
status 1 "$qtls" pki issue --dir ca --dns localhost --out server
has err 'not overwritten'
same server.pem server.before
rm -f half.pem half.key
touch half.pem
status 1 "$qtls" pki issue --dir ca --dns localhost --out half
[ ! -e half.key ] || fail 'half an identity was left behind'
status 2 "$qtls" pki issue --dir ca --out nobody
has err 'for whom'
status 2 "$qtls" pki issue --dir ca --dns 'not a name' --out bad
[ ! -e bad.key ] || fail 'a refused identity left a file'
status 1 "$qtls" pki issue --dir nowhere --dns localhost --out x
has err 'qtls pki init'
chmod 644 ca/intermediate.key
status 1 "$qtls" pki issue --dir ca --dns localhost --out open
has err 'chmod 600'
chmod 600 ca/intermediate.key

# Showing.
status 0 "$qtls" inspect server.pem server.key
has out 'ECDSA P-384'
has out 'ML-DSA-65'
has out 'DNS:\*\.example\.test'
has out 'IP:127\.0\.0\.1'
status 0 "$qtls" inspect --json server.pem
json out
status 0 "$qtls" inspect --json ca/root.key
json out
# No part of the secret is shown: nothing but the public facts.
hasnt out 'BEGIN'
status 1 "$qtls" inspect "$source_dir/LICENSE"
has err 'no certificate'
status 1 "$qtls" inspect nowhere.pem
has err 'No such file'
status 1 "$qtls" inspect .
status 2 "$qtls" inspect

# Judging.
status 0 "$qtls" pki verify server.pem --trust ca/root.pem --name localhost
status 0 "$qtls" pki verify server.pem --trust ca/root.pem --name www.example.test
status 0 "$qtls" pki verify server.pem --trust ca/root.pem --name 127.0.0.1 --need both
status 1 "$qtls" pki verify server.pem --trust ca/root.pem --name example.test
has out 'CERT_NAME'
status 1 "$qtls" pki verify server.pem --trust ca/root.pem --client
status 1 "$qtls" pki verify server.pem --trust empty/root.pem
has out 'CERT_UNKNOWN_CA'
status 0 "$qtls" pki verify server.pem --trust ca/root.pem --json
json out
status 2 "$qtls" pki verify server.pem
status 1 "$qtls" pki verify server.key --trust ca/root.pem

# The other kinds, each verified with every key of its own.
for kind in hybrid-p384-mldsa87 hybrid-rsa3072-mldsa65 mldsa65 mldsa44 mldsa87 p384 p256 ed25519; do
  status 0 "$qtls" pki init --dir "ca-$kind" --kind "$kind" --quiet
  status 0 "$qtls" pki issue --dir "ca-$kind" --dns localhost --out "id-$kind" --quiet
  status 0 "$qtls" pki verify "id-$kind.pem" --trust "ca-$kind/root.pem" --name localhost
  mode 600 "id-$kind.key"
done
# A client's identity, and a leaf of another kind than its authority.
status 0 "$qtls" pki issue --dir ca --role client --name alice --out alice
status 0 "$qtls" pki verify alice.pem --trust ca/root.pem --client
status 1 "$qtls" pki verify alice.pem --trust ca/root.pem
status 0 "$qtls" pki issue --dir ca --dns localhost --kind p256 --out plain
status 0 "$qtls" pki verify plain.pem --trust ca/root.pem --need primary
done_testing
