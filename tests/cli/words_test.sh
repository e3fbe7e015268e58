#!/usr/bin/env bash
# What the command says: help, versions, lists, and what was meant by what was
# typed wrong.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"

status 2 "$qtls"
has out '^Usage: qtls COMMAND'
status 0 "$qtls" --help
has out 'pki issue'
status 0 "$qtls" help
status 0 "$qtls" version
has out '^qtls [0-9]+\.[0-9]+\.[0-9]+'
has out 'AWS-LC'
status 0 "$qtls" --version
status 0 "$qtls" version --json
json out

for command in serve connect 'pki init' 'pki issue' 'pki csr' 'pki sign' 'pki renew' 'pki revoke' 'pki crl' \
  'pki list' 'pki show' 'pki verify' ocspd inspect speed list version help; do
  # shellcheck disable=SC2086
  status 0 "$qtls" $command --help
  has out "^Usage: qtls $command"
  has out '^Examples:'
  has out "^  qtls $command"
  has out '--help'
  # shellcheck disable=SC2086
  status 0 "$qtls" help $command
  has out "^Usage: qtls $command"
done
status 0 "$qtls" pki --help
has out 'pki init'

# Commands and options that are nearly right.
status 2 "$qtls" conect localhost
has err 'did you mean "qtls connect"'
status 2 "$qtls" sevre
has err 'did you mean "qtls serve"'
status 2 "$qtls" pki isue
has err 'did you mean "qtls pki issue"'
status 2 "$qtls" pki
has err 'pki verify'
status 2 "$qtls" frobnicate
has err 'there is no command "frobnicate"'
hasnt err 'did you mean'
status 2 "$qtls" help conect
has err 'did you mean "qtls connect"'
status 2 "$qtls" connect localhost --turst x
has err 'no option --turst; did you mean --trust'
status 2 "$qtls" serve --prot 1
has err 'there is no option --prot'
status 2 "$qtls" connect localhost -q
has err 'two dashes'
status 2 "$qtls" connect localhost other
has err 'one word too many'
# What a fresh key is like differs.
key_like() { "$qtls" pki "$1" --help | tr -s ' \n' ' ' > out; has out "Kind of the fresh key \(default: $2\)"; }
key_like issue "the authority's"
key_like csr hybrid-p384-mldsa65
key_like renew "as the old one's"
status 2 "$qtls" connect
has err 'which host'
status 2 "$qtls" connect localhost --trust
has err 'needs a value'
status 2 "$qtls" connect localhost --trace=yes
has err 'takes no value'
status 2 "$qtls" connect localhost:99999 --trust x
has err 'not HOST or HOST:PORT'
status 2 "$qtls" connect localhost --trust x --timeout soon
has err 'time from 1s to 1h'
status 2 "$qtls" connect localhost --trust x --timeout 61m
status 1 "$qtls" connect 127.0.0.1:1 --trust x --timeout 2m
has err 'No such file'
status 2 "$qtls" pki list x --wait 2h
has err '--wait "2h": this must be a time from 0s to 1h'
status 1 "$qtls" pki list x --wait 1s
status 2 "$qtls" connect localhost --trust x --request index.html
has err 'begins with /'

# Values that are nearly right.
status 2 "$qtls" connect localhost --floor pq-kx
has err 'did you mean pq-kex'
status 2 "$qtls" connect localhost --policy both
has err 'require-both'
status 2 "$qtls" connect localhost --groups x25519:nosuchgroup
has err 'nosuchgroup'
status 2 "$qtls" connect localhost --suites nosuchsuite
has err 'nosuchsuite'
status 2 "$qtls" connect localhost --versions tls1.0
has err 'tls1.0'
status 2 "$qtls" connect localhost --padding block:1
has err 'block:BYTES'
status 2 "$qtls" pki init --dir d --kind mldsa56
has err 'mldsa65'
status 2 "$qtls" list grops
has err 'did you mean groups'
# --name=value is the same as --name value.
status 2 "$qtls" connect localhost --floor=nothing
has err 'floor "nothing"'

for list in groups suites schemes extensions kinds; do
  status 0 "$qtls" list $list
  status 0 "$qtls" list $list --json
  json out
done
"$qtls" list groups > out
has out '^0x11EC  X25519MLKEM768$'
has out '^0x0100  kyber1024$'
equal "$(sed 's/.* //' out | tail -2 | tr '\n' ' ')" 'MLKEM512 kyber512 ' 'the groups that are used only if named'
"$qtls" list suites > out
has out '^0x13F2'
"$qtls" list schemes > out
has out '^0x13F0  dilithium3_ecdsa_hybrid$'
"$qtls" list extensions > out
has out '0xFF11'

# Output that cannot be written is a failure.
"$qtls" list groups > /dev/full 2> err
equal "$?" 1 'exit code with a full disk'
has err 'could not be written'
done_testing
