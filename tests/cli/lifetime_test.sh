#!/usr/bin/env bash
# ctest-timeout: 120
# How a server begins and ends, and peers that behave badly.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
identity
mkdir www
echo page > www/index.html

# --once and --max-connections end by themselves; --ready-file tells the port.
serve --cert server.pem --key server.key --echo --once --ready-file ready
equal "$(cat ready)" "$port" 'the port in the file'
echo hi > hi
input=hi status 0 client --quiet
same out hi
wait "$server"
equal "$?" 0 'exit code after --once'
serve --cert server.pem --key server.key --root www --max-connections 2
status 0 client --request /
status 0 client --request /
wait "$server"
equal "$?" 0 'exit code after --max-connections'
equal "$(grep -c 'requests 1' serve.1.log)" 2 'connections in the log'

# It tells where it listens: all that a name stands for, and nothing when that is every address.
python3 -c 'import socket; socket.create_server(("::1", 0), family=socket.AF_INET6)' 2> /dev/null && six='::1, ' || six=
for at in 127.0.0.1 localhost 0.0.0.0 ''; do
  serve --cert server.pem --key server.key --root www --listen "$at:0"
  log=serve.$((${#servers[@]} - 1)).log
  case $at in
    localhost) has "$log" "^listening on ${six}127\.0\.0\.1 port [0-9]+\$" ;;
    '') has "$log" '^listening on (0\.0\.0\.0 )?port [0-9]+$' ;;
    *) has "$log" "^listening on $at port [0-9]+\$" ;;
  esac
  for host in 127.0.0.1 ${six:+[::1]}; do
    [[ $at == *.* && $host == *:* ]] && continue
    status 0 client --connect-to "$host:$port" --request /
    same out www/index.html
  done
  stop
done

# A port that is taken, an address that is not ours, files that are not there.
serve --cert server.pem --key server.key --root www --idle 1
status 1 "$qtls" serve --cert server.pem --key server.key --root www --listen "127.0.0.1:$port"
has err 'cannot listen'
status 1 "$qtls" serve --cert server.pem --key server.key --root www --listen 192.0.2.1:0
status 1 "$qtls" serve --cert nowhere.pem --key server.key --root www --listen 127.0.0.1:0
has err 'nowhere.pem'
status 2 "$qtls" serve --cert server.pem --key server.key --root www --listen 127.0.0.1:seventy

# Peers that send nonsense, leave, or say nothing do not stop it.
printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' > "/dev/tcp/127.0.0.1/$port"
head -c 3000 /dev/urandom > "/dev/tcp/127.0.0.1/$port" 2> /dev/null
: > "/dev/tcp/127.0.0.1/$port"
exec 5<> "/dev/tcp/127.0.0.1/$port"
status 0 client --request /
same out www/index.html
exec 5>&-
# An idle connection is closed in good order after its time.
mkfifo hold
exec 6<> hold
client --quiet < hold > out 2> err &
idle=$!
wait "$idle"
equal "$?" 0 'exit code of a client that was idle'

# SIGTERM with a client at rest: it is told, and the server leaves with 0.
client < hold > out 2> err &
rest=$!
for _ in $(seq 200); do grep -q '^flight' err && break; sleep 0.02; done
stop
wait "$rest"
equal "$?" 0 'exit code of a client that was told'
has "serve.$((${#servers[@]} - 1)).log" 'no connection: '

# A second signal ends it at once, be it the other one: here a client holds up the first.
for two in 'TERM INT' 'INT TERM' 'TERM TERM'; do
  serve --cert server.pem --key server.key --root www --timeout 30s
  exec 5<> "/dev/tcp/127.0.0.1/$port"
  for signal in $two; do
    sleep 0.3
    kill -0 "$server" 2> /dev/null && ok || fail "gone before $signal"
    kill -"$signal" "$server"
  done
  begin=$SECONDS
  { wait "$server"; code=$?; } 2> /dev/null
  equal "$code" "$((128 + $(kill -l "${two#* }")))" "exit code after $two"
  [ $((SECONDS - begin)) -lt 4 ] && ok || fail "it did not end at once after $two"
  exec 5>&-
done

# Whoever starts it may have closed all three streams: no socket or pipe may get their numbers.
rm -f ready
"$qtls" serve --cert server.pem --key server.key --root www --listen 127.0.0.1:0 --ready-file ready <&- >&- 2>&- &
server=$!
servers+=("$server")
for _ in $(seq 250); do [ -s ready ] && break; sleep 0.02; done
port=$(cat ready)
status 0 client --request /
same out www/index.html
for _ in 1 2 3; do kill -HUP "$server"; sleep 0.2; done
status 0 client --request /
same out www/index.html
kill -TERM "$server"
for ((i = 0; i < 100; i++)); do kill -0 "$server" 2> /dev/null || break; sleep 0.02; done
kill -0 "$server" 2> /dev/null && fail 'SIGTERM did not end it' || ok
status 0 "$qtls" list groups
"$qtls" list groups 2> err >&- && fail 'nothing was written, and that was not told' || ok
has err 'could not be written'

# More connections than are served at once: they wait and are served.
serve --cert server.pem --key server.key --root www --at-once 2
pids=()
for i in $(seq 8); do
  client --request / --quiet > "wait.$i" 2>&1 &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" && ok || fail 'one that had to wait failed'; done
for i in $(seq 8); do same "wait.$i" www/index.html; done
stop
# A request that trickles in is not waited for without end.
serve --cert server.pem --key server.key --root www --timeout 1
{ printf 'GET / HT'; sleep 0.5; printf 'TP/1.1'; sleep 1; } | client --quiet > out 2> err
has out '^HTTP/1.1 408'
stop
# A trace on the server's side.
serve --cert server.pem --key server.key --root www --trace --json
status 0 client --request /
stop
has "serve.$((${#servers[@]} - 1)).log.err" '<- message ClientHello'
has "serve.$((${#servers[@]} - 1)).log" '"requests":1'
# Nor are bytes of a record that never gets whole, before a request or behind
# the last one (Python, TLS 1.3).
if python3 -c 'import ssl; assert ssl.HAS_TLSv1_3' 2> /dev/null; then
  status 0 "$qtls" pki init --dir plain --kind p256 --quiet
  status 0 "$qtls" pki issue --dir plain --dns localhost --out plain-server --quiet
  cat > trickle.py <<'PYTHON'
import socket, ssl, sys, time
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
raw = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
while True:
    try:
        tls.do_handshake()
        break
    except ssl.SSLWantReadError:
        raw.sendall(outgoing.read())
        incoming.write(raw.recv(65536))
tls.write(sys.argv[2].encode())
raw.sendall(outgoing.read() + bytes([23, 3, 3, 64, 0]))
start = time.monotonic()
try:
    while time.monotonic() - start < 15:
        raw.sendall(b"x")
        time.sleep(0.2)
except OSError:
    pass
print(int(time.monotonic() - start))
PYTHON
  serve --cert plain-server.pem --key plain-server.key --root www --timeout 2 --idle 2 --floor classical
  for request in '' $'GET / HTTP/1.0\r\n\r\n'; do
    seconds=$(python3 trickle.py "$port" "$request")
    [ "$seconds" -lt 12 ] && ok || fail "bytes trickled in for $seconds seconds"
  done
  stop
fi
done_testing
