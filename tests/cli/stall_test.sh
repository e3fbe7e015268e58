#!/usr/bin/env bash
# ctest-timeout: 120
# Peers that stall: many at once that say nothing, half a ClientHello, a byte now
# and then, or a whole one and no more. The server drops each at its time-out,
# serves others meanwhile, and has its threads, descriptors and memory back; a
# client gives up likewise.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
identity
mkdir www
echo page > www/index.html

# Each kind many times over, to a server, until it hangs up; prints a line for each
# kind: the least and the most seconds, how many were hung up on, and for all of
# them what the server holds meanwhile.
cat > stall.py <<'PYTHON'
import selectors, socket, sys, time
port, pid, each, kinds = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
hello = open("hello", "rb").read()

def held():
    status = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status"))
    return int(status["Threads"]), int(status["VmRSS"].split()[0])

class Peer:
    def __init__(self, kind):
        self.kind, self.at, self.start, self.end = kind, 0, time.monotonic(), None
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.say({"nothing": b"", "half": hello[:len(hello) // 2], "byte": hello[:1], "whole": hello,
                  "header": hello[:3] + b"\x40\x00"}[kind])

    def say(self, more):
        try:
            self.socket.send(more)
        except OSError:
            pass # the reading side tells

    def trickle(self):
        self.at += 1
        if self.kind == "byte":
            self.say(hello[self.at:self.at + 1])
        elif self.kind == "header":
            self.say(b"x")

peers = [Peer(kind) for _ in range(each) for kind in kinds]
waiting = selectors.DefaultSelector()
for peer in peers:
    waiting.register(peer.socket, selectors.EVENT_READ, peer)
deadline, threads, rss = time.monotonic() + 30, 0, 0
while waiting.get_map() and time.monotonic() < deadline:
    step = time.monotonic() + 0.2
    while (left := step - time.monotonic()) > 0:
        for key, _ in waiting.select(left):
            try:
                over = key.fileobj.recv(65536) == b""
            except OSError:
                over = True
            if over:
                key.data.end = time.monotonic() - key.data.start
                waiting.unregister(key.fileobj)
        if not waiting.get_map():
            break
    now = held()
    threads, rss = max(threads, now[0]), max(rss, now[1])
    for key in list(waiting.get_map().values()):
        key.data.trickle()
for kind in kinds:
    ends = [peer.end for peer in peers if peer.kind == kind and peer.end is not None]
    print(kind, len(ends), f"{min(ends, default=0):.1f} {max(ends, default=0):.1f}")
print("held", threads, rss)
PYTHON

# A real ClientHello, caught on its way.
cat > catch.py <<'PYTHON'
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
peer = listener.accept()[0]
data = peer.recv(65536)
while len(data) < 5 or len(data) < 5 + int.from_bytes(data[3:5], "big"):
    data += peer.recv(65536)
open("hello", "wb").write(data)
PYTHON
python3 catch.py > catch.port &
catcher=$!
for _ in $(seq 250); do [ -s catch.port ] && break; sleep 0.02; done
status 1 "$qtls" connect "localhost:$(cat catch.port)" --trust ca/root.pem
wait "$catcher"
[ "$(stat -c %s hello)" -gt 1000 ] && ok || fail 'no ClientHello was caught'

descriptors() { ls "/proc/$server/fd" | wc -l; }
# Those that serve; one more waits for reloads.
threads() { echo $(($(sed -n 's/^Threads:[[:space:]]*//p' "/proc/$server/status") - 1)); }
resident() { sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$server/status"; }

serve --cert server.pem --key server.key --root www --timeout 4 --at-once 300
kinds=(nothing half byte header whole)
python3 stall.py "$port" "$server" 20 "${kinds[@]}" > warm
status 0 client --request /
for _ in $(seq 250); do [ "$(threads)" -eq 1 ] && break; sleep 0.02; done
rested_fds=$(descriptors)
rested_kb=$(resident)

python3 stall.py "$port" "$server" 40 "${kinds[@]}" > stalled &
stallers=$!
sleep 1
began=$(date +%s%N)
status 0 client --request /
same out www/index.html
waited=$((($(date +%s%N) - began) / 1000000))
kill -0 "$stallers" 2> /dev/null && ok || fail 'nobody stalled any more when the honest client was served'
[ "$waited" -lt 3000 ] && ok || fail "an honest client waited $waited ms among those that stall"
wait "$stallers"
for kind in "${kinds[@]}"; do
  read -r _ count least most < <(grep "^$kind " stalled)
  equal "$count" 40 "peers of kind $kind that were hung up on"
  # Never before the time-out of 4 seconds, and not long after.
  awk -v a="$least" -v b="$most" 'BEGIN { exit !(a >= 3.8 && b <= 12) }' && ok ||
    fail "peers of kind $kind were dropped after $least to $most seconds" stalled
done
for _ in $(seq 250); do [ "$(threads)" -eq 1 ] && break; sleep 0.02; done
read -r _ held_threads held_kb < <(grep '^held ' stalled)
equal "$(threads)" 1 'threads afterwards'
equal "$(descriptors)" "$rested_fds" 'descriptors afterwards'
left_kb=$(resident)
printf '200 peers stall: %s threads, %s kB resident at most; %s kB before, %s kB after; an honest client took %s ms\n' \
  "$held_threads" "$held_kb" "$rested_kb" "$left_kb" "$waited"
if [ -z "${QTLS_SANITIZE:-}" ]; then
  # A thread's pages and a record of room for each; and it is given back.
  [ $((held_kb - rested_kb)) -lt $((200 * 100)) ] && ok || fail "$held_kb kB while they stalled, $rested_kb before"
  [ $((left_kb - rested_kb)) -lt 4096 ] && ok || fail "$left_kb kB afterwards, $rested_kb before"
fi
equal "$(grep -c 'no connection: .*took too long' serve.0.log)" 300 'time-outs in the log'
stop

# A client that asks for much and reads nothing more: no byte of the file is held
# for it beyond a record, and it is dropped at the idle limit.
head -c 67108864 /dev/zero > www/large
serve --cert server.pem --key server.key --root www --idle 2
status 0 client --request /
rested_kb=$(resident)
mkfifo hold
exec 7<> hold # it opens, and nobody takes anything out
client --request /large --output hold --quiet > deaf 2>&1 &
deaf=$!
for _ in $(seq 500); do [ "$(threads)" -gt 1 ] && break; sleep 0.01; done
most_kb=0
for _ in $(seq 100); do
  now_kb=$(resident)
  most_kb=$((now_kb > most_kb ? now_kb : most_kb))
  [ "$(threads)" -eq 1 ] && break
  sleep 0.1
done
equal "$(threads)" 1 'threads after a client that read nothing'
has serve.1.log 'requests 1; '
printf 'a client reads nothing of 64 MiB: %s kB resident at most, %s kB before\n' "$most_kb" "$rested_kb"
[ -n "${QTLS_SANITIZE:-}" ] || { [ $((most_kb - rested_kb)) -lt 2048 ] && ok || fail "$most_kb kB for it, $rested_kb before"; }
cat <&7 > /dev/null &
drain=$!
exec 7>&-
wait "$deaf"
[ "$?" -eq 1 ] && ok || fail 'a client that was dropped takes the file for whole' deaf
kill "$drain"
stop

# A client that takes a little all the time, 1 MB/s here, never waits for as long as the idle
# limit; below the least rate it uses that up all the same, and above it is served to the end.
cat > sip.py <<'PYTHON'
import subprocess, sys, time
client = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
total = 0
while data := client.stdout.read(100000):
    total += len(data)
    time.sleep(0.1)
print(total, client.wait())
PYTHON
head -c 12000000 /dev/zero > www/middle
serve --cert server.pem --key server.key --root www --idle 2 --min-rate 10000000
python3 sip.py "$qtls" connect "localhost:$port" --trust ca/root.pem --request /large --quiet > sipped
read -r total code < sipped
[ "$total" -lt 60000000 ] && ok || fail "a client below the least rate had $total bytes"
equal "$code" 1 'exit code of a client that was dropped'
has serve.2.log 'requests 1; the peer took what was sent too slowly'
stop
serve --cert server.pem --key server.key --root www --idle 2 --min-rate 100000
python3 sip.py "$qtls" connect "localhost:$port" --trust ca/root.pem --request /middle --quiet > sipped
equal "$(cat sipped)" '12000000 0' 'bytes and exit code of a client above the least rate'
stop

# A server that accepts and says nothing, begins a record and leaves it there, or
# trickles on: the client gives up at its time-out.
cat > mute.py <<'PYTHON'
import socket, sys, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
peer = listener.accept()[0]
if sys.argv[1] != "nothing":
    peer.sendall(b"\x16\x03\x03\x06\x40\x02\x00\x06\x3c\x03\x03")
try:
    for _ in range(100):
        if sys.argv[1] == "trickle":
            peer.sendall(b"x")
        time.sleep(0.2)
except OSError:
    pass
PYTHON
for kind in nothing half trickle; do
  python3 mute.py "$kind" > "mute.$kind" &
  mute=$!
  for _ in $(seq 250); do [ -s "mute.$kind" ] && break; sleep 0.02; done
  began=$(date +%s%N)
  status 1 "$qtls" connect "localhost:$(cat "mute.$kind")" --trust ca/root.pem --timeout 2
  waited=$((($(date +%s%N) - began) / 1000000))
  has err 'took too long'
  [ "$waited" -ge 1900 ] && [ "$waited" -lt 6000 ] && ok || fail "the client gave up after $waited ms"
  kill "$mute" 2> /dev/null
  wait "$mute" 2> /dev/null
done
done_testing
