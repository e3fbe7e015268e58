#!/usr/bin/env bash
# ctest-plain-only
# The measuring: every name is there and every number is one.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
status 0 "$qtls" speed --json --seconds 1 --only x25519-p256
json out
equal "$(field out 'd["results"][0]["name"]')" handshake/x25519-p256
equal "$(field out 'all(r["value"] > 0 for r in d["results"])')" True
status 0 "$qtls" speed --seconds 1 --only bulk
has out 'records of 16384 bytes'
status 2 "$qtls" speed --only nothing-of-that-name
has err 'nothing has'
status 2 "$qtls" speed --seconds 0
done_testing
