#!/usr/bin/env bash
# ctest-timeout: 180
# The echo: what comes back is what was sent, in both directions at once, half
# closed, with changed keys, from many at a time.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
identity
serve --cert server.pem --key server.key --echo --json
log=serve.0.log

echo 'hello, quantum' > hello
input=hello status 0 client --quiet
same out hello
status 0 client --quiet
equal "$(stat -c %s out)" 0 'an empty echo'
input=hello status 0 client --quiet --key-update
same out hello
input=hello status 0 client --json --key-update --output got
json out
equal "$(field out 'd["key_updates_sent"]')" 1
same got hello

# Keys that change by themselves, each side's by its own limits and the other's.
head -c 200000 /dev/zero > zeros
input=zeros status 0 client --json --key-update-records 4 --output got
json out
same got zeros
[ "$(field out 'd["key_updates_sent"]')" -ge 3 ] || fail 'key updates by records'
[ "$(field out 'd["key_updates_received"]')" -ge 1 ] || fail 'key updates asked for'
input=zeros status 0 client --json --key-update-bytes 50000 --output got
json out
same got zeros
[ "$(field out 'd["key_updates_sent"]')" -ge 3 ] || fail 'key updates by bytes'
{ echo one; sleep 3; echo two; } | client --json --key-update-time 1 --output got > out 2> err
json out
equal "$(cat got)" $'one\ntwo' 'what came of a slow source'
[ "$(field out 'd["key_updates_sent"]')" -ge 1 ] || fail 'key updates by time'
for wrong in records=0 records=16776193 records=x bytes=-1 time=0 time=367d; do
  status 2 client "--key-update-${wrong%=*}" "${wrong#*=}"
  has err "^qtls connect: --key-update-${wrong%=*} \"${wrong#*=}\""
done

# Half close: input ends at once, the answer still comes. And more than all
# buffers between the two hold, with nobody reading until all is sent.
head -c 30000000 /dev/urandom > big
input=big status 0 client --quiet
same out big
# A slow source, line by line.
{ echo one; sleep 0.1; echo two; } | client --quiet > out 2> err
equal "$?" 0 'a slow source'
equal "$(cat out)" $'one\ntwo' 'what a slow source said'

# A peer that is cut off is told apart from one that has closed.
mkfifo hold
exec 6<> hold
client < hold > out 2> victim.err &
victim=$!
for _ in $(seq 200); do grep -q '^flight' victim.err && break; sleep 0.02; done

# Many at once, of more than one record each.
head -c 100000 /dev/urandom > some
pids=()
for i in $(seq 24); do
  client --quiet < some > "many.$i" 2> "many.$i.err" &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" && ok || fail "one of many failed"; done
for i in $(seq 24); do same "many.$i" some; done
{ kill -KILL "$server"; wait "$server"; } 2> /dev/null
wait "$victim"
equal "$?" 1 'exit code when the server dies'
has victim.err 'without close_notify|connection failed'

grep connection "$log" | while read -r line; do echo "$line" | python3 -m json.tool > /dev/null || exit 1; done
equal "$?" 0 'the log is JSON, line by line'
has "$log" '"protocol":"Q-TLS 1.0"'
has "$log" '"authentication":"hybrid"'
has "$log" '"bytes_received":30000000'
done_testing
