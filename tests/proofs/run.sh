#!/bin/bash
# Proves, with CBMC, what the *_proof.c files here say: every function proof_X
# of each, over all inputs within the bounds that the file states. CBMC is
# Debian 13's, in the root that tools/debian-root makes.
#
#   tests/proofs/run.sh                those that take seconds
#   tests/proofs/run.sh --all          all: `make proofs`
#   tests/proofs/run.sh [NAME]...      such as reader, queue:proof_reserve
#
# Prints a line for each proof, and ends with 1 when one fails. For a proof that
# was named, CBMC's path to the failure is left in build/proof-failure.txt.
# ctest-timeout: 300
# ctest-plain-only
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
. "$ROOT/tools/lib/debian.sh"

# --conversion-check would also refuse the casts that keep the low bits on
# purpose, (uint8_t)(v >> 8) above all: gcc's -Wconversion has every other one
# made explicit.
CHECKS=(--bounds-check --pointer-check --pointer-overflow-check --pointer-primitive-check
    --signed-overflow-check --unsigned-overflow-check --undefined-shift-check --div-by-zero-check
    --malloc-may-fail --malloc-fail-null --unwinding-assertions)

debian=$("$ROOT/tools/debian-root" trixie cbmc gcc libc6-dev)
work=$(as_root mktemp -d "$debian/tmp/proofs.XXXXXX")
at_end "as_root rm -rf '$work'"
as_root cp -r "$ROOT/src" "$ROOT/include" "$HERE" "$work/"
inside=/tmp/${work##*/}

field() { sed -n "s/^ \* $1: *//p" "$2"; }

prove() {
    local file=$1 name=$2 log=$3 sources=() source checks=() check
    for source in $(field sources "$file"); do sources+=("$inside/$source"); done
    for check in "${CHECKS[@]}"; do
        [[ " $(field without "$file") " == *" $check "* ]] || checks+=("$check")
    done
    as_root chroot "$debian" timeout --kill-after=5 240 cbmc "${checks[@]}" \
        --unwind "$(field unwind "$file")" --function "$name" --trace --object-bits 12 \
        -I "$inside/include" -I "$inside/src" -I "$inside/proofs" \
        "$inside/proofs/$(basename "$file")" "${sources[@]}" >"$log" 2>&1
}

all=no
[ "${1:-}" != --all ] || { all=yes; shift; }

failed=0
total=0
log=$(mktemp)
at_end "rm -f '$log'"
for file in "$HERE"/*_proof.c; do
    part=$(basename "$file" _proof.c)
    for name in $(sed -n 's/^void \(proof_[a-z0-9_]*\)(void) {$/\1/p' "$file"); do
        if [ $# -gt 0 ] && [[ " $* " != *" $part "* ]] && [[ " $* " != *" $part:$name "* ]]; then
            continue
        fi
        if [ $# -eq 0 ] && [ $all = no ] && [[ " $(field slow "$file") " == *" $name "* ]]; then
            continue
        fi
        start=$(date +%s.%N)
        total=$((total + 1))
        if prove "$file" "$name" "$log" && grep -q '^VERIFICATION SUCCESSFUL' "$log"; then
            printf 'proven  %s/%s: %s checks, %.1f s\n' "$part" "$name" \
                "$(sed -n 's/^\*\* [0-9]* of \([0-9]*\) failed.*/\1/p' "$log")" \
                "$(awk "BEGIN {print $(date +%s.%N) - $start}")"
        else
            failed=$((failed + 1))
            printf 'FAILED  %s/%s\n' "$part" "$name"
            grep -E ': FAILURE$' "$log" || tail -n 5 "$log"
            [ $# -eq 0 ] || cp "$log" "$ROOT/build/proof-failure.txt"
        fi
    done
done
printf '%d of %d proven\n' "$((total - failed))" "$total"
[ "$total" -gt 0 ] && [ "$failed" -eq 0 ]
