#!/usr/bin/env bash
# ctest-timeout: 240
# The database of an authority under what happens to databases: several commands
# at once, a disk that is full, a file that is damaged, foreign or of another version.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"

pki() { "$qtls" pki "$@"; }
sql() { python3 -c 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1], timeout=30); [print(*r) for r in c.execute(sys.argv[2])]; c.commit()' "$1" "$2"; }
sound() { equal "$(sql "$1/ca.db" 'PRAGMA integrity_check')" ok "the database of $1"; }

status 0 pki init ca --kind p256 --quiet

# limited BLOCKS ARGUMENT...: no file may grow beyond so many blocks of 1 KiB. What
# it says goes through a pipe, which has no such limit.
limited() {
  (ulimit -f "$1"; exec "$qtls" pki "${@:2}") 2>&1 > /dev/null | cat > err
  return "${PIPESTATUS[0]}"
}

# ---- several at once ----
pids=()
for i in $(seq 12); do
  "$qtls" pki issue ca --dns "n$i.test" --out "many$i" --quiet --wait 60 2> "many$i.err" &
  pids+=($!)
done
for _ in $(seq 10); do status 0 pki list ca; done # readers are not held up
for pid in "${pids[@]}"; do
  wait "$pid" && ok || fail 'a command beside others' many*.err
done
equal "$(sql ca/ca.db 'SELECT COUNT(*), COUNT(DISTINCT serial) FROM certificates WHERE status = 1 AND role <> 1')" '12 12' \
  'certificates of twelve commands at once'
sound ca
# Somebody holds the lock: told who, and after how long.
python3 - ca/ca.lock << 'PY' &
import fcntl, os, sys, time
fd = os.open(sys.argv[1], os.O_RDWR)
fcntl.flock(fd, fcntl.LOCK_EX)
os.pwrite(fd, b"%d\n" % os.getpid(), 0)
open("held", "w").close()
time.sleep(3)
PY
holder=$!
for _ in $(seq 200); do [ -e held ] && break; sleep 0.02; done
status 1 pki issue ca --dns x.test --out x --wait 0
has err "another qtls pki works on this directory \(process $holder\)"
[ ! -e x.key ] && ok || fail 'a refused command left a key'
status 1 pki revoke many1.pem --dir ca --wait 0
status 0 pki list ca
status 0 pki issue ca --dns x.test --out x --wait 30 --quiet
wait "$holder"
# A reader in the middle of a long look holds up nobody.
python3 - << 'PY' &
import sqlite3, time
c = sqlite3.connect("ca/ca.db")
c.execute("BEGIN")
c.execute("SELECT COUNT(*) FROM certificates").fetchone()
open("reading", "w").close()
time.sleep(3)
PY
reader=$!
for _ in $(seq 200); do [ -e reading ] && break; sleep 0.02; done
status 0 pki revoke many2.pem --dir ca --wait 0 --quiet
kill -0 "$reader" && ok || fail 'the writer waited for the reader'
wait "$reader"

# ---- a full disk ----
# Every limit from nothing up: a command does all of its work or none that shows.
status 0 pki init full --kind p256 --quiet
done_well=0
for blocks in 0 1 2 4 8 16 24 32 40 48 56 64 72 80 96 112 128 256; do
  if limited "$blocks" issue full --dns f.test --out "f$blocks" --quiet; then
    done_well=$((done_well + 1))
    [ -s "f$blocks.pem" ] && [ -s "f$blocks.key" ] && ok || fail "half an identity under a limit of $blocks"
    status 0 pki verify "f$blocks.pem" --trust full/root.pem --name f.test
  else
    has err '^qtls pki issue: '
    [ ! -e "f$blocks.pem" ] && [ ! -e "f$blocks.key" ] && ok || fail "files under a limit of $blocks" err
  fi
  equal "$(find . -maxdepth 1 -name "f$blocks.*.new" | wc -l)" 0 "files left behind under a limit of $blocks"
done
[ "$done_well" -ge 1 ] && [ "$done_well" -le 16 ] && ok || fail "$done_well of 18 commands did well under limits"
sound full
status 0 pki list full --check
last=$(find . -maxdepth 1 -name 'f*.pem' | sort | tail -1)
for blocks in 0 1 8 32 64; do
  limited "$blocks" revoke "$last" --dir full --quiet && break
  has err '^qtls pki revoke: '
done
sound full
status 0 pki crl full --quiet
cp full/intermediate.crl before.crl
for blocks in 0 1; do
  limited "$blocks" crl full --quiet
  equal "$?" 1 'a list on a full disk'
  same full/intermediate.crl before.crl
done
equal "$(ls full/*.new 2> /dev/null | wc -l)" 0 'files left behind in the directory'
status 0 pki crl full --quiet

# A disk that is really small, where this may be had.
if mkdir small && mount -t tmpfs -o size=160k tmpfs small 2> /dev/null; then
  "$qtls" pki init small/ca --kind p256 --quiet 2> err
  made=0
  for i in $(seq 30); do
    "$qtls" pki issue small/ca --dns s.test --out "small$i" --quiet 2> err || break
    made=$((made + 1))
  done
  [ "$made" -lt 30 ] && has err '^qtls pki (issue|init): '
  [ ! -e "small$((made + 1)).pem" ] && ok || fail 'a certificate from a full disk'
  if [ -e small/ca/ca.db ]; then
    cp -r small/ca grown
    sound grown
    equal "$(sql grown/ca.db 'SELECT COUNT(*) FROM certificates WHERE status = 1 AND role <> 1')" "$made" 'certificates on a full disk'
    status 0 pki issue grown --dns s.test --out grown-id --quiet
  fi
  umount small
fi

# ---- not ours, not sound, not this version ----
refuses() { # DIR PATTERN: neither read nor written, and left as it is
  local before
  before=$(cat "$1/ca.db" | sha256sum)
  status 1 pki list "$1"
  has err "$2"
  status 1 pki issue "$1" --dns r.test --out r
  has err "$2"
  status 1 pki revoke 1234 --dir "$1"
  status 1 pki init "$1" --kind p256
  has err 'not empty'
  equal "$(cat "$1/ca.db" | sha256sum)" "$before" "the database of $1"
  [ ! -e r.key ] && ok || fail 'a refused command left a key'
}
mkdir empty && : > empty/ca.db
refuses empty 'not one of qtls pki'
mkdir text && seq 1000 > text/ca.db
refuses text 'not a database'
mkdir foreign && sql foreign/ca.db 'CREATE TABLE certificates(a)'
refuses foreign 'not one of qtls pki'
cp -r ca newer && sql newer/ca.db 'PRAGMA user_version = 2'
refuses newer 'has version 2'
mkdir folder folder/ca.db
status 1 pki list folder
has err 'not a file'
# Damage inside: found by reading, told, never repaired over.
cp -r ca broken
python3 - broken/ca.db << 'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
for at in range(4096, len(data), 97):
    data[at] ^= 0x5A
open(sys.argv[1], "wb").write(data)
PY
refuses broken 'damaged|malformed|not one of|not a database'
# One certificate changed behind its back.
cp -r ca altered
sql altered/ca.db 'UPDATE certificates SET der = (SELECT der FROM certificates WHERE id = 3) WHERE id = 4'
status 1 pki list altered --check
has err 'is damaged'
# Permissions.
chmod 666 ca/intermediate.key
status 1 pki issue ca --dns p.test --out p
has err 'chmod 600'
chmod 600 ca/intermediate.key
done_testing
