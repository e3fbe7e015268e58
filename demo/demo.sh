#!/usr/bin/env bash
# The demonstration: a hybrid certification authority, a server, a client that
# fetches a file, two forgeries that are refused, a client with a certificate, and a
# certificate that is revoked. Everything is checked; it ends with 1 if anything is
# not as it says.
#   demo/demo.sh          the programs are taken from QTLS_BUILD_DIR or found in build/
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
source_dir=${QTLS_SOURCE_DIR:-$(dirname "$here")}
build_dir=${QTLS_BUILD_DIR:-$source_dir/build/release}
qtls=${QTLS_BIN:-${QTLS:-$build_dir/qtls}}
tamper=$build_dir/demo_tamper
for program in "$qtls" "$tamper"; do
  [ -x "$program" ] || { echo "$program is not there: run make demo" >&2; exit 1; }
done

bold='' dim='' green='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' plain=$'\e[0m'; fi

work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

step=0
title() { step=$((step + 1)); printf '\n%s%d. %s%s\n' "$bold" "$step" "$*" "$plain"; }
typed() { printf '%s   $ qtls %s%s\n' "$dim" "$*" "$plain"; }
show() { sed 's/^/   /' "$1"; }
good() { printf '   %s✓ %s%s\n' "$green" "$*" "$plain"; }
fail() { printf '\nThe demonstration FAILED: %s\n' "$*" >&2; exit 1; }
expect() { # FILE PATTERN WHAT
  grep -Eq -- "$2" "$1" || { show "$1" >&2; fail "$3"; }
  good "$3"
}
# Wait until a server says where it listens; prints the port.
port_of() {
  local tries
  for ((tries = 0; tries < 200; tries++)); do
    if grep -qs '^listening on' "$1"; then sed -n 's/^listening on .*port \([0-9]*\)$/\1/p' "$1"; return; fi
    sleep 0.02
  done
  fail "a server did not start: $(cat "$1")"
}

printf '%sqtls: TLS under two signatures and two key exchanges, one of each quantum-safe%s\n' "$bold" "$plain"
"$qtls" version | sed 's/^/   /'

title 'A certification authority whose every certificate carries two keys and two signatures'
cd "$work"
typed pki init --dir ca --name Demo
"$qtls" pki init --dir ca --name Demo | sed 's/^/   /'
typed pki issue --dir ca --dns localhost --ip 127.0.0.1 --out server
"$qtls" pki issue --dir ca --dns localhost --ip 127.0.0.1 --out server | sed 's/^/   /'
"$qtls" inspect server.pem > inspect.txt
expect inspect.txt 'type: ECDSA P-384' 'the certificate has an ECDSA P-384 key'
expect inspect.txt 'type: ML-DSA-65' 'and an ML-DSA-65 key'
"$qtls" pki verify server.pem --trust ca/root.pem --name localhost > verify.txt || fail 'the chain does not verify'
expect verify.txt '^own signatures: good' 'every ECDSA signature up to the root is good'
expect verify.txt '^alternative signatures: good' 'every ML-DSA signature up to the root is good'
[ "$(stat -c %a server.key)" = 600 ] || fail 'the private key is readable by others'

title 'A server, and a client that fetches a file from it'
mkdir www
cp "$source_dir/LICENSE" www/license.txt
typed serve --cert server.pem --key server.key --root www
"$qtls" serve --cert server.pem --key server.key --root www --listen 127.0.0.1:0 > serve.log 2>&1 &
pids+=($!)
port=$(port_of serve.log)
typed connect "localhost:$port" --trust ca/root.pem --request /license.txt --output fetched.txt
"$qtls" connect "localhost:$port" --trust ca/root.pem --request /license.txt --output fetched.txt 2> session.txt ||
  { show session.txt >&2; fail 'the file was not fetched'; }
sed '/^$/d; s/^/   /' session.txt
cmp -s www/license.txt fetched.txt || fail 'the file that came is not the file that was sent'
good "license.txt came whole: $(wc -c < fetched.txt) bytes, the same as the original"
expect session.txt 'protocol: +Q-TLS 1.0' 'the protocol is Q-TLS 1.0'
expect session.txt 'key exchange: +kyber1024 \+ secp384r1' 'the keys come from ML-KEM-1024 and ECDH P-384 together'
expect session.txt 'ML-DSA: +verified' 'the ML-DSA signatures were verified'
expect session.txt 'classical: +verified' 'the ECDSA signatures were verified'

title 'The same server without a trusted authority'
"$qtls" pki init --dir stranger --name Stranger --quiet
if "$qtls" connect "localhost:$port" --trust stranger/root.pem --quiet < /dev/null 2> refused.txt; then
  fail 'a server of an unknown authority was believed'
fi
show refused.txt
expect refused.txt 'unknown_ca' 'refused: no path leads to an authority that the client trusts'

title 'Forgery: one bit of one signature is changed on its way'
printf '   A second server keeps its keys outside the library and can alter what they sign.\n'
"$tamper" server.pem server.key none ml-dsa ecdsa > tamper.log 2>&1 &
pids+=($!)
port=$(port_of tamper.log)
printf '\n   Untouched:\n'
"$qtls" connect "localhost:$port" --trust ca/root.pem --quiet < /dev/null > said.txt 2> err.txt ||
  { show err.txt >&2; fail 'the honest server was refused'; }
expect said.txt 'signed by keys' 'accepted, and its words came through'
printf '\n   One bit of the ML-DSA signature changed, the ECDSA signature right:\n'
if "$qtls" connect "localhost:$port" --trust ca/root.pem --quiet < /dev/null 2> err.txt; then
  fail 'a forged ML-DSA signature was accepted'
fi
show err.txt
expect err.txt 'pqc_signature_failure' 'refused under require_both, with the alert pqc_signature_failure'
printf '\n   One bit of the ECDSA signature changed, the ML-DSA signature right:\n'
if "$qtls" connect "localhost:$port" --trust ca/root.pem --quiet < /dev/null 2> err.txt; then
  fail 'a forged ECDSA signature was accepted'
fi
show err.txt
expect err.txt 'decrypt_error' 'refused under require_both, with the alert decrypt_error'
wait "${pids[1]}" || fail 'the second server did not end well'
expect tamper.log 'altered: ml-dsa; the client said: pqc_signature_failure' 'the forger was told so, both times'
expect tamper.log 'altered: ecdsa; the client said: decrypt_error' 'with the alert for the half that was wrong'

title 'A client with a certificate, and a server whose certificate is revoked'
quietly() { "$qtls" "$@" > made.txt 2>&1 || { show made.txt >&2; fail "qtls $*"; }; }
typed pki issue ca --ocsp --out ocsp
quietly pki issue ca --ocsp --out ocsp
typed ocspd ca --cert ocsp.pem --key ocsp.key
"$qtls" ocspd ca --cert ocsp.pem --key ocsp.key --listen 127.0.0.1:0 > ocsp.log 2>&1 &
pids+=($!)
responder=http://127.0.0.1:$(port_of ocsp.log)/
typed pki issue ca --dns localhost --ocsp-url "$responder" --out stapled
quietly pki issue ca --dns localhost --ocsp-url "$responder" --out stapled
typed pki issue ca --client --name device-1 --out device
quietly pki issue ca --client --name device-1 --out device
serve_stapled() { # LOG
  "$qtls" serve --cert stapled.pem --key stapled.key --root www --staple --staple-cache memory \
    --client-auth required --client-trust ca/root.pem --listen 127.0.0.1:0 > "$1" 2>&1 &
  pids+=($!)
  port=$(port_of "$1")
}
ask() { # ARGUMENT...: a client that wants to know whether the certificate was revoked
  "$qtls" connect "localhost:$port" --trust ca/root.pem --revocation hard-fail --request /license.txt --output again.txt \
    "$@" 2> session.txt
}
typed serve --cert stapled.pem --key stapled.key --root www --staple --client-auth required --client-trust ca/root.pem
serve_stapled stapled.log
typed connect "localhost:$port" --trust ca/root.pem --revocation hard-fail --cert device.pem --key device.key ...
ask --cert device.pem --key device.key || { show session.txt >&2; fail 'a client with a certificate was refused'; }
expect session.txt 'revocation: +not revoked, by the staple' 'not revoked: the server stapled an OCSP response, signed twice'
expect session.txt 'own certificate: +asked for, sent' 'the client showed its certificate'
if ask; then fail 'a client without a certificate was let in'; fi
expect session.txt 'certificate_required' 'without one it is refused'
kill -TERM "${pids[3]}"
wait "${pids[3]}" || fail 'the stapling server did not end well'
expect stapled.log 'client "CN=device-1"' 'the server knew who it was: CN=device-1'
typed pki revoke stapled.pem --dir ca --reason keyCompromise
quietly pki revoke stapled.pem --dir ca --reason keyCompromise
serve_stapled revoked.log
if ask --online --cert device.pem --key device.key; then fail 'a revoked certificate was believed'; fi
sed -n '/^qtls connect:/s/^/   /p' session.txt
expect session.txt 'certificate_revoked' 'refused: the client asked the responder itself, and was told'
expect revoked.log 'REVOKED: clients will refuse it' 'the server, started anew, says so too, and what to do'

title 'The end'
for i in 0 2 4; do
  kill -TERM "${pids[i]}"
  wait "${pids[i]}" || fail 'a server did not end well on SIGTERM'
done
pids=()
good 'the servers and the responder finished their work and left'
printf '\n%sAll as it should be.%s By hand: qtls help, qtls pki init --help, qtls serve --help, qtls connect --help\n' \
  "$bold" "$plain"
