#!/usr/bin/env bash
# What the tests of the command share: a place to work, servers that are
# stopped at the end, and checks that say what they saw. To be sourced.
set -uo pipefail
export LC_ALL=C

qtls=${QTLS_BIN:?}
source_dir=${QTLS_SOURCE_DIR:?}
work=$(mktemp -d)
cd "$work" || exit 1
servers=()
failures=0
checks=0

finish() {
  local pid
  exec 2> /dev/null # the shell tells of jobs that are killed
  for pid in "${servers[@]}"; do kill -KILL "$pid"; done
  wait
  rm -rf "$work"
}
trap finish EXIT

fail() {
  failures=$((failures + 1))
  printf 'FAILED: %s\n' "$1"
  shift
  local file
  for file in "$@"; do printf -- '--- %s\n' "$file"; head -c 2000 "$file"; done
}

ok() { checks=$((checks + 1)); }

# status WANTED COMMAND...: the exit code; output in out and err.
status() {
  local wanted=$1 got
  shift
  "$@" > out 2> err < "${input:-/dev/null}"
  got=$?
  if [ "$got" -eq "$wanted" ]; then ok; else fail "exit code $got and not $wanted: $*" out err; fi
}

# has FILE PATTERN, hasnt FILE PATTERN: extended regular expressions.
has() { if grep -Eq -- "$2" "$1"; then ok; else fail "no \"$2\" in $1" "$1"; fi; }
hasnt() { if grep -Eq -- "$2" "$1"; then fail "\"$2\" in $1" "$1"; else ok; fi; }
same() { if cmp -s "$1" "$2"; then ok; else fail "$1 and $2 differ"; fi; }
equal() { if [ "$1" = "$2" ]; then ok; else fail "\"$1\" is not \"$2\": ${3:-}"; fi; }
mode() { equal "$(stat -c %a "$2")" "$1" "mode of $2"; }
json() { if python3 -m json.tool "$1" > /dev/null 2> json.err; then ok; else fail "$1 is not JSON" "$1" json.err; fi; }
# field FILE EXPRESSION: a value of a JSON document, by Python.
field() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"; }

# serve ARGUMENT...: a server in the background; sets port and server.
serve() {
  local log tries
  log=serve.${#servers[@]}.log
  : > "$log"
  "$qtls" serve --listen 127.0.0.1:0 "$@" > "$log" 2> "$log.err" &
  server=$!
  servers+=("$server")
  for ((tries = 0; tries < 500; tries++)); do
    port=$(sed -n 's/^listening on .*port \([0-9]*\)$/\1/p; s/.*"event":"listening".*"port":\([0-9]*\).*/\1/p' "$log")
    [ -n "$port" ] && return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.02
  done
  fail "the server did not start" "$log" "$log.err"
  exit 1
}

# stop: end the last server in good order.
stop() {
  kill -TERM "$server"
  wait "$server"
  equal "$?" 0 "the server's exit code after SIGTERM"
}

# A hybrid authority in ca/ and a server's identity for localhost.
identity() {
  status 0 "$qtls" pki init --dir ca --quiet
  status 0 "$qtls" pki issue --dir ca --dns localhost --ip 127.0.0.1 --out server --quiet
}

# client ARGUMENT...: qtls connect to the server, trusting ca/.
client() { "$qtls" connect "localhost:$port" --trust ca/root.pem "$@"; }

done_testing() {
  printf '%d checks, %d failures\n' "$checks" "$failures"
  [ "$failures" -eq 0 ] && [ "$checks" -gt 0 ]
  exit $?
}
