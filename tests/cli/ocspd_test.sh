#!/usr/bin/env bash
# ctest-timeout: 180
# The responder: what it answers to whom, what it keeps, what it refuses, and that
# a revocation shows at once.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"

ocspd() {
  local tries
  : > ocspd.log
  "$qtls" ocspd "$@" --listen 127.0.0.1:0 > ocspd.log 2> ocspd.err &
  server=$!
  servers+=("$server")
  for ((tries = 0; tries < 500; tries++)); do
    port=$(sed -n 's/^listening on .*port \([0-9]*\)$/\1/p; s/.*"event":"listening".*"port":\([0-9]*\).*/\1/p' ocspd.log)
    [ -n "$port" ] && return 0
    kill -0 "$server" 2> /dev/null || break
    sleep 0.02
  done
  fail 'the responder did not start' ocspd.log ocspd.err
  exit 1
}
# http METHOD PATH [TYPE FILE]: status in code, head in head, body in body.
http() { python3 - "$port" "$@" << 'PY'
import http.client, sys
c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=20)
body = open(sys.argv[5], "rb").read() if len(sys.argv) > 5 else None
c.request(sys.argv[2], sys.argv[3], body, {"Content-Type": sys.argv[4]} if body is not None else {})
r = c.getresponse()
open("body", "wb").write(r.read())
open("head", "w").write("".join(f"{k}: {v}\n" for k, v in r.getheaders()))
open("code", "w").write(str(r.status))
PY
}
ask() { openssl ocsp -issuer ca/intermediate.pem -CAfile ca/root.pem -verify_other ca/intermediate.pem \
  -url "http://127.0.0.1:$port$1" "${@:2}" > answer 2>&1; }
path_of() { python3 -c 'import base64,sys,urllib.parse; print(urllib.parse.quote(base64.b64encode(open(sys.argv[1],"rb").read()).decode(), safe=""))' "$1"; }
leaf() { openssl x509 -in "$1.pem" -out "$1.leaf"; }

status 0 "$qtls" pki init ca --kind hybrid --quiet
status 0 "$qtls" pki issue ca --dns a.test --kind p256 --out a --quiet
status 0 "$qtls" pki issue ca --dns b.test --out b --quiet
status 0 "$qtls" pki issue ca --ocsp --out ocsp --quiet
status 0 "$qtls" pki issue ca --ocsp --kind p256 --out classical --quiet
status 0 "$qtls" pki issue ca --authority root --ocsp --name 'Root OCSP' --out rootocsp --quiet
status 0 "$qtls" pki init other --kind p256 --quiet
status 0 "$qtls" pki issue other --dns o.test --out o --quiet
for name in a b o; do leaf $name; done

# What cannot be begun.
status 2 "$qtls" ocspd
status 2 "$qtls" ocspd ca
has err '--cert FILE and --key FILE'
status 1 "$qtls" ocspd ca --cert b.pem --key b.key --listen 127.0.0.1:0
has err 'may not sign OCSP'
status 1 "$qtls" ocspd ca --cert o.pem --key o.key --listen 127.0.0.1:0
has err 'of no authority'
status 1 "$qtls" ocspd ca --cert ocsp.pem --key b.key --listen 127.0.0.1:0
has err 'does not belong'
status 1 "$qtls" ocspd nowhere --cert ocsp.pem --key ocsp.key
has err 'qtls pki init'
status 2 "$qtls" ocspd ca --cert ocsp.pem --key ocsp.key --path pq
status 2 "$qtls" ocspd ca --cert ocsp.pem --key ocsp.key --path / --path /x
has err '^qtls ocspd: --path "/x" is one too many: it stands after the --cert that it is for'
status 2 "$qtls" ocspd ca --path / --cert ocsp.pem --key ocsp.key
has err '^qtls ocspd: --path "/" is for none'
status 2 "$qtls" ocspd ca --cert ocsp.pem --key ocsp.key --hours 0

# One hybrid signer for all, one for the root, and one classical under a path: the path of the
# --cert before it, though the first has none.
ocspd ca --cert ocsp.pem --key ocsp.key --cert rootocsp.pem --key rootocsp.key --path / \
  --cert classical.pem --key classical.key --path /classic --json --ready-file ready
equal "$(cat ready)" "$port" 'the port in the file'

# By POST: with a nonce, without, twice.
ask / -cert a.leaf
has answer '^a\.leaf: good'
has answer 'Response verify OK'
hasnt answer 'WARNING'
ask / -cert a.leaf -no_nonce -respout first.der
ask / -cert a.leaf -no_nonce -respout second.der
same first.der second.der
ask / -cert a.leaf -respout third.der
ask / -cert a.leaf -respout fourth.der
cmp -s third.der fourth.der && fail 'two answers with nonces are the same' || ok
status 0 "$qtls" pki verify b.pem --trust ca/root.pem --need both
ask / -cert b.leaf -no_nonce -respout b.der
status 0 "$qtls" pki verify b.pem --trust ca/root.pem --ocsp b.der --need both
has out 'status: good'
status 1 "$qtls" pki verify b.pem --trust ca/root.pem --ocsp first.der
# The classical signer serves classical clients, and does not count for the others.
ask /classic -cert b.leaf -no_nonce -respout classic.der
has answer 'Response verify OK'
status 0 "$qtls" pki verify b.pem --trust ca/root.pem --ocsp classic.der --need primary
status 1 "$qtls" pki verify b.pem --trust ca/root.pem --ocsp classic.der --need both

# Several at once; unknown numbers; the root's own; strangers.
ask / -cert a.leaf -cert b.leaf -serial 0x1234
has answer '^a\.leaf: good'
has answer '^b\.leaf: good'
has answer '^0x1234: unknown'
openssl ocsp -issuer ca/root.pem -cert ca/intermediate.pem -CAfile ca/root.pem -url "http://127.0.0.1:$port/" > answer 2>&1
has answer 'intermediate\.pem: good'
openssl ocsp -issuer other/intermediate.pem -cert o.leaf -CAfile other/root.pem -url "http://127.0.0.1:$port/" > answer 2>&1
has answer 'unauthorized'
openssl ocsp -issuer ca/intermediate.pem -sha256 -cert a.leaf -CAfile ca/root.pem -url "http://127.0.0.1:$port/" > answer 2>&1
has answer '^a\.leaf: good'

# By GET, with what caches need.
openssl ocsp -issuer ca/intermediate.pem -cert a.leaf -no_nonce -reqout get.req > /dev/null
status 0 "$qtls" pki show get.req first.der
has out 'OCSP request'
has out 'OCSP response'
http GET "/$(path_of get.req)"
equal "$(cat code)" 200 'a GET'
has head '^Content-Type: application/ocsp-response'
has head '^Cache-Control: max-age=[0-9]+, public, no-transform, must-revalidate'
for field in ETag Last-Modified Expires; do has head "^$field: "; done
same body first.der
http GET "/classic/$(path_of get.req)"
equal "$(cat code)" 200 'a GET below a path'
cmp -s body first.der && fail 'the classical signer was not asked' || ok
http HEAD "/$(path_of get.req)"
equal "$(stat -c %s body)" 0 'the body of an answer to HEAD'
openssl ocsp -issuer ca/intermediate.pem -cert a.leaf -reqout nonce.req > /dev/null
http GET "/$(path_of nonce.req)"
has head '^Cache-Control: no-cache'

# What goes over http may name its target in full (RFC 9112 §3.2.2).
http GET "http://ocsp.test/classic/$(path_of get.req)"
equal "$(cat code)" 200 'an absolute target'
cmp -s body first.der && fail 'the classical signer was not asked by an absolute target' || ok

# Lists and certificates.
http GET /intermediate.crl
equal "$(cat code)" 404 'a list that is not there yet'
status 0 "$qtls" pki crl ca --der --out now.crl --quiet
http GET /intermediate.crl
equal "$(cat code)" 200 'a list'
same body now.crl
http GET /root.cer
openssl x509 -inform DER -in body -noout -subject > out 2> err
has out 'Root'
http GET /../ca.db
equal "$(cat code)" 404 'a file'

# A revocation shows at once, and so does the end of a hold.
status 0 "$qtls" pki revoke a.pem --dir ca --reason keyCompromise --quiet
ask / -cert a.leaf -no_nonce -respout revoked.der
has answer '^a\.leaf: revoked'
has answer 'Reason: keyCompromise'
http GET "/$(path_of get.req)"
cmp -s body first.der && fail 'a cached answer outlived a revocation' || ok
status 0 "$qtls" pki revoke b.pem --dir ca --reason certificateHold --quiet
ask / -cert b.leaf -no_nonce -respout held.der
has answer '^b\.leaf: revoked'
status 0 "$qtls" pki revoke b.pem --dir ca --reason removeFromCRL --quiet
ask / -cert b.leaf -no_nonce
has answer '^b\.leaf: good'
status 0 "$qtls" pki issue ca --dns new.test --kind p256 --out new --quiet
leaf new
ask / -cert new.leaf
has answer '^new\.leaf: good'

# What is no request: answered as RFC 6960 and HTTP say, and the next one works.
printf 'nonsense' > junk
http POST / application/ocsp-request junk
equal "$(od -An -tx1 body | tr -d ' \n')" 30030a0101 'malformedRequest'
http POST / text/plain junk
equal "$(cat code)" 415 'another content type'
head -c 5000 /dev/zero > large
http POST / application/ocsp-request large
equal "$(cat code)" 413 'a request that is too large'
http PUT / application/ocsp-request junk
equal "$(cat code)" 405 'PUT'
http GET '/%zz'
equal "$(cat code)" 404 'no base64'
http GET /
equal "$(cat code)" 404 'nothing'
python3 - "$port" get.req << 'PY' > raw.log 2>&1 && ok || fail 'requests as bytes' raw.log
import socket, sys, time
port = int(sys.argv[1])
body = open(sys.argv[2], "rb").read()
def talk(data, piece=None, wait=20):
    s = socket.create_connection(("127.0.0.1", port), timeout=wait)
    if piece is None:
        s.sendall(data)
    else:
        for i in range(0, len(data), piece):
            s.sendall(data[i:i + piece])
            time.sleep(0.001)
    out = b""
    while True:
        try:
            more = s.recv(65536)
        except ConnectionResetError:
            break
        if not more:
            break
        out += more
    return out
head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/ocsp-request\r\n"
good = head + b"Content-Length: %d\r\n" % len(body)
close = b"Connection: close\r\n\r\n"
assert talk(good + close + body).startswith(b"HTTP/1.1 200"), "whole"
assert talk(good + close + body, piece=7).startswith(b"HTTP/1.1 200"), "in crumbs"
two = talk(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" * 2 + b"HEAD / HTTP/1.1\r\nHost: x\r\n" + close)
assert two.count(b"HTTP/1.1 404") == 3 and two.count(b"Not Found") == 3, "errors to HEAD have no body"
assert talk(b"GET http://x?/ HTTP/1.1\r\nHost: x\r\n" + close).startswith(b"HTTP/1.1 404"), "no path"
two = talk(good + b"\r\n" + body + good + close + body)
assert two.count(b"HTTP/1.1 200") == 2, "pipelined"
assert talk(head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n").startswith(b"HTTP/1.1 411"), "chunked"
assert talk(head + b"\r\n").startswith(b"HTTP/1.1 411"), "no length"
assert talk(head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef").startswith(b"HTTP/1.1 400"), "two lengths"
assert talk(head + b"Content-Length: -1\r\n\r\n").startswith(b"HTTP/1.1 400"), "a negative length"
assert talk(head + b"Content-Length: 99999999999999999999999\r\n\r\n").startswith(b"HTTP/1.1 400"), "an endless length"
assert talk(b"GET /" + b"A" * 20000 + b" HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 414"), "a long target"
assert talk(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n").startswith(b"HTTP/1.1 431"), "long fields"
assert talk(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n").startswith(b"HTTP/1.1 400"), "TLS"
PY
sed -n 2p ocspd.log > line.json
json line.json
equal "$(field line.json 'd["answer"]')" good 'the first line of the log'
equal "$(field line.json 'd["nonce"]')" True 'the nonce in the log'
grep -c '"cached":true' ocspd.log > out && ok || fail 'nothing was answered from what was signed before' ocspd.log
# SIGTERM: at work to the end, then good-bye.
python3 - "$port" get.req "$server" << 'PY' > drain.log 2>&1 && ok || fail 'a request while the responder ends' drain.log
import os, signal, socket, sys, time
body = open(sys.argv[2], "rb").read()
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20)
idle = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20)
data = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/ocsp-request\r\nContent-Length: %d\r\n\r\n" % len(body) + body
s.sendall(data[:50])
time.sleep(0.3)
os.kill(int(sys.argv[3]), signal.SIGTERM)
time.sleep(0.3)
s.sendall(data[50:])
out = b""
while True:
    more = s.recv(65536)
    if not more:
        break
    out += more
assert out.startswith(b"HTTP/1.1 200"), out[:100]
assert b"Connection: close" in out
assert idle.recv(10) == b""
PY
wait "$server"
equal "$?" 0 'the exit code after SIGTERM'

# Slow peers are told so, and hold up nobody; nonces may be ignored.
ocspd ca --cert ocsp.pem --key ocsp.key --timeout 1 --idle 1 --at-once 8 --ignore-nonce --hours 2
ask / -cert b.leaf
has answer '^b\.leaf: good'
has answer 'no nonce in response'
python3 - "$port" get.req << 'PY' > slow.log 2>&1 && ok || fail 'slow peers' slow.log
import socket, sys, time
address = ("127.0.0.1", int(sys.argv[1]))
body = open(sys.argv[2], "rb").read()
data = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/ocsp-request\r\nContent-Length: %d\r\n\r\n" % len(body) + body
slow = [socket.create_connection(address, timeout=20) for _ in range(7)]
for s in slow:
    s.sendall(data[:40])
begin = time.monotonic()
s = socket.create_connection(address, timeout=20)
s.sendall(data)
assert s.recv(100).startswith(b"HTTP/1.1 200")
assert time.monotonic() - begin < 0.9, "a slow peer held up another"
for s in slow:
    got = b""
    while True:
        more = s.recv(1000)
        if not more:
            break
        got += more
    assert got.startswith(b"HTTP/1.1 408"), got
assert time.monotonic() - begin < 8
PY
has ocspd.log 'good [0-9a-f]{40}'
stop

# Nor do empty lines lengthen a client's time: two that send nothing else shut nobody out.
ocspd ca --cert ocsp.pem --key ocsp.key --timeout 1s --idle 1s --at-once 2
python3 - "$port" get.req << 'PY' > empty.log 2>&1 && ok || fail 'clients that send empty lines' empty.log
import socket, sys, time
address = ("127.0.0.1", int(sys.argv[1]))
body = open(sys.argv[2], "rb").read()
data = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/ocsp-request\r\nContent-Length: %d\r\n\r\n" % len(body) + body
fresh, used = [socket.create_connection(address, timeout=20) for _ in range(2)]
used.sendall(data)
assert used.recv(65536).startswith(b"HTTP/1.1 200")
late = socket.create_connection(address, timeout=0.2)
late.sendall(data)
begin = time.monotonic()
while True:
    assert time.monotonic() - begin < 8, "shut out"
    for s in (fresh, used):
        try:
            s.sendall(b"\r\n")
        except OSError:
            pass
    try:
        assert late.recv(65536).startswith(b"HTTP/1.1 200")
        break
    except TimeoutError:
        pass
PY
stop

# An authority may sign for itself, also one that another of the directory certified.
ocspd ca --cert ca/intermediate.pem --key ca/intermediate.key --cert ca/root.pem --key ca/root.key
ask / -cert b.leaf -no_nonce
has answer '^b\.leaf: good'
has answer 'Response verify OK'
openssl ocsp -issuer ca/root.pem -cert ca/intermediate.pem -CAfile ca/root.pem -url "http://127.0.0.1:$port/" > answer 2>&1
has answer 'intermediate\.pem: good'
has answer 'Response verify OK'
stop

# SIGHUP: the signer's files are read again, with the connections that are there going on; what
# is wrong with them is told and changes nothing.
cp ocsp.pem now.pem
cp ocsp.key now.key
chmod 600 now.key
status 0 "$qtls" pki issue ca --ocsp --name 'Second responder' --out second --quiet
ocspd ca --cert now.pem --key now.key --timeout 20s --idle 1m
cat > held.py << 'PY'
import socket, sys, time
body = open(sys.argv[2], "rb").read()
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=30)
s.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/ocsp-request\r\nConnection: close\r\n")
print("begun", flush=True)
sys.stdin.readline()
s.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)
print(s.recv(100)[:12].decode(), flush=True)
PY
mkfifo go
python3 held.py "$port" get.req < go > held.log 2>&1 &
held=$!
exec 8> go
for _ in $(seq 250); do grep -q begun held.log && break; sleep 0.02; done
hangup() { # PATTERN
  local before
  before=$(wc -l < ocspd.err)
  kill -HUP "$server"
  for _ in $(seq 250); do
    tail -n "+$((before + 1))" ocspd.err > new.err
    grep -q 'reloaded' new.err && break
    sleep 0.02
  done
  has new.err "$1"
}
signed_by() {
  ask / -cert b.leaf -no_nonce -resp_text
  has answer "Responder Id: .*$1|Subject: .*$1"
  has answer 'Response verify OK'
}
cp second.pem now.pem
hangup 'now.pem and its key: .*does not belong'
has new.err 'nothing was reloaded: the responder goes on as before'
ask / -cert b.leaf -no_nonce
has answer '^b\.leaf: good'
cp second.key now.key
hangup 'reloaded; answers from now on'
signed_by 'Second responder'
rm now.key
hangup 'now.key: No such file'
signed_by 'Second responder'
echo >&8
exec 8>&-
wait "$held"
has held.log 'HTTP/1.1 200'
stop

# The directory too: another may have taken its place, such as one that was put back. One without
# a database, or that knows nothing of the signer, changes nothing.
cp -a ca moved
cp -a ca next
status 0 "$qtls" pki revoke b.pem --dir next --quiet
status 0 "$qtls" pki init --dir stranger --name Stranger --quiet
ocspd moved --cert ocsp.pem --key ocsp.key
ask / -cert b.leaf -no_nonce
has answer '^b\.leaf: good'
mv moved gone
mv next moved
hangup 'reloaded; answers from now on'
ask / -cert b.leaf -no_nonce
has answer '^b\.leaf: revoked'
mv moved/ca.db kept.db
hangup 'there is no ca.db in it'
has new.err 'nothing was reloaded: the responder goes on as before'
mv moved next
mv stranger moved
hangup 'ocsp.pem: this certificate is of no authority'
has new.err 'nothing was reloaded'
ask / -cert b.leaf -no_nonce
has answer '^b\.leaf: revoked'
stop

# A key under a pass phrase; an answer is good no longer than who signed it.
printf 'a phrase\n' > phrase
chmod 600 phrase
status 0 "$qtls" pki issue ca --ocsp --days 1 --key-pass-file phrase --out short --quiet
status 1 setsid "$qtls" ocspd ca --cert short.pem --key short.key --listen 127.0.0.1:0
has err 'no terminal to ask on'
ocspd ca --cert short.pem --key short.key --pass-file phrase --hours 720 --quiet
ask / -cert b.leaf -respout short.der
has answer '^b\.leaf: good'
"$qtls" pki show --json short.der > out
json out
equal "$(openssl x509 -in short.pem -noout -enddate | sed 's/.*=//')" "$(sed -n 's/.*Next Update: //p' answer)" \
  'the end of an answer by a signer that ends'
hangup 'reloaded; answers from now on'
mv phrase phrase.away
hangup 'nothing was reloaded'
mv phrase.away phrase
hangup 'reloaded; answers from now on'
ask / -cert b.leaf
has answer '^b\.leaf: good'
stop

# The key of that responder is lost: whoever has a list that says so believes it no more.
status 0 "$qtls" pki verify b.pem --trust ca/root.pem --ocsp short.der
status 0 "$qtls" pki crl ca --out before.crl --quiet
status 0 "$qtls" pki revoke short.pem --dir ca --reason keyCompromise --quiet
status 0 "$qtls" pki crl ca --out after.crl --quiet
status 0 "$qtls" pki verify b.pem --trust ca/root.pem --ocsp short.der --crl before.crl
status 1 "$qtls" pki verify b.pem --trust ca/root.pem --ocsp short.der --crl after.crl
has out OCSP_RESPONDER
status 0 "$qtls" pki verify b.pem --trust ca/root.pem --ocsp b.der --crl after.crl

# An answer of long ago: of a revocation it still tells, of a hold and of all else not.
later=$(date -u -d '+20 days' +%Y-%m-%d)
status 1 "$qtls" pki verify a.pem --trust ca/root.pem --ocsp revoked.der --at "$later" --status any
has out 'CERT_REVOKED'
status 1 "$qtls" pki verify b.pem --trust ca/root.pem --ocsp held.der --at "$later" --status any
has out 'OCSP_STALE'
status 1 "$qtls" pki verify b.pem --trust ca/root.pem --ocsp b.der --at "$later" --status any
has out 'OCSP_STALE'
done_testing
