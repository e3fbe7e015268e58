#!/usr/bin/env bash
# ctest-timeout: 300
# SIGHUP: what is new is met by new connections, those at work go on, a broken file leaves
# everything as it was, and fifty of them under load lose no connection.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
identity
status 0 "$qtls" pki init --dir ca2 --name "Second CA" --quiet
status 0 "$qtls" pki issue --dir ca2 --dns localhost --ip 127.0.0.1 --out second --quiet
mkdir www www2
echo one > www/index.html
echo two > www2/index.html
cp server.pem now.pem
cp server.key now.key
chmod 600 now.key

settings() {
  cat > serve.yaml << YAML
listen: 127.0.0.1:0
root: $1
identities:
  - cert: now.pem
    key: now.key
limits: {at_once: 64, handshake: 30s}
YAML
}
reload() {
  local log=serve.$((${#servers[@]} - 1)).log.err before tries
  before=$(grep -cE 'reloaded; connections|nothing was reloaded' "$log")
  kill -HUP "$server"
  for ((tries = 0; tries < 500; tries++)); do
    [ "$(grep -cE 'reloaded; connections|nothing was reloaded' "$log")" -gt "$before" ] && return
    sleep 0.02
  done
  fail 'no reload' "$log"
}
get() { status 0 "$qtls" connect "localhost:$port" --trust "$1/root.pem" --request / --quiet; }

settings www
serve --config "$PWD/serve.yaml"
log=serve.0.log.err
get ca
equal "$(cat out)" one

# A connection that is there before goes on; the next one meets the new folder and certificate.
mkfifo keys
"$qtls" connect "localhost:$port" --trust ca/root.pem --quiet < keys > long.out 2> long.err &
long=$!
exec 7> keys
printf 'GET /index.html HTTP/1.1\r\nHost: localhost\r\n\r\n' >&7
for _ in $(seq 250); do grep -q one long.out && break; sleep 0.02; done
has long.out '^one'
settings www2
cp second.pem now.pem
cp second.key now.key
reload
has "$log" 'reloaded; connections from now on meet this'
status 1 "$qtls" connect "localhost:$port" --trust ca/root.pem --request / --quiet
get ca2
equal "$(cat out)" two
printf 'GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&7
exec 7>&-
wait "$long"
equal "$?" 0 'the long connection ends well'
equal "$(grep -c '^one' long.out)" 2 'the old folder for the old connection'

# Each of these is refused with its file and line, and the server serves on as before.
broken() {
  local lines
  lines=$(wc -l < "$log")
  reload
  tail -n "+$((lines + 1))" "$log" > new.log
  has new.log "$1"
  has new.log 'nothing was reloaded: the server goes on as before'
  get ca2
  equal "$(cat out)" two
}
sed -i 's/handshake: 30s/handshaek: 30s/' serve.yaml
broken 'serve.yaml:6: there is no key "handshaek" in limits; did you mean handshake\?'
settings nowhere
broken 'serve.yaml:2: root .*/nowhere: No such file'
settings www2
echo 'floor: q-tsl' >> serve.yaml
broken 'serve.yaml:7: floor "q-tsl": did you mean q-tls\?'
settings www2
cp server.key now.key
broken 'serve.yaml:4: identities.cert: .*now.pem and .*now.key: .*does not belong'
head -c 350 second.key > now.key
broken 'serve.yaml:4: identities.cert: .*now.key'
rm now.key
broken 'now.key: cannot be opened'
cp second.key now.key
chmod 644 now.key
broken 'everyone on this machine may use this private key'
chmod 600 now.key
echo '{' > now.pem
broken 'now.pem'
cp second.pem now.pem
: > serve.yaml
broken 'serve.yaml: the file says nothing'
rm serve.yaml
broken '--config .*serve.yaml'
settings www2
reload
get ca2

# Fifty reloads, each with the other identity, while clients come one after the other.
settings www
cat ca/root.pem ca2/root.pem > both.pem
cat > load.sh << 'SH'
good=0 bad=0
until [ -e enough ]; do
  if "$1" connect "localhost:$2" --trust both.pem --request / --quiet > "load.$3.out" 2>> "load.$3.err" &&
    [ "$(cat "load.$3.out")" = one ]; then good=$((good + 1)); else bad=$((bad + 1)); fi
done
echo "$good $bad" > "load.$3.told"
SH
reload
clients=()
for i in 1 2 3; do bash load.sh "$qtls" "$port" "$i" & clients+=($!); done
for i in $(seq 50); do
  if [ $((i % 2)) -eq 0 ]; then name=server; else name=second; fi
  # As an administrator would: both files at once cannot be, so the pair may be caught half changed.
  cp "$name.pem" now.pem.new && mv now.pem.new now.pem
  cp "$name.key" now.key.new && chmod 600 now.key.new && mv now.key.new now.key
  kill -HUP "$server"
  sleep 0.05
done
touch enough
wait "${clients[@]}"
total=0
for i in 1 2 3; do
  read -r good bad < "load.$i.told"
  equal "$bad" 0 "connections lost by client $i"
  total=$((total + good))
done
[ "$total" -ge 20 ] && ok || fail "only $total connections while reloading"
printf '%d connections during 50 reloads, none lost\n' "$total"
reload
stop

# Options that are typed go before the file; lines of JSON tell of reloads.
settings www
serve --config serve.yaml --root www2 --json
get ca
equal "$(cat out)" two
kill -HUP "$server"
log=serve.$((${#servers[@]} - 1)).log
for _ in $(seq 250); do grep -q '"event":"reloaded"' "$log" && break; sleep 0.02; done
has "$log" '"event":"reloaded"'
rm serve.yaml
kill -HUP "$server"
for _ in $(seq 250); do grep -q '"event":"reload failed"' "$log" && break; sleep 0.02; done
has "$log" '"event":"reload failed"'
stop
grep '"event"' "$log" | while read -r line; do echo "$line" > line.json; json line.json; done

# Where to listen is settled at the start.
settings www
"$qtls" serve --config serve.yaml --ready-file ready > own.log 2> own.err &
server=$!
servers+=("$server")
for _ in $(seq 250); do [ -s ready ] && break; sleep 0.02; done
port=$(cat ready)
sed -i 's/127.0.0.1:0/127.0.0.1:1/' serve.yaml
kill -HUP "$server"
for _ in $(seq 250); do grep -q 'reloaded; connections' own.err && break; sleep 0.02; done
has own.err 'the address to listen on is not changed by a reload'
get ca
stop
done_testing
