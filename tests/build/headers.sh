#!/bin/bash
# ctest-plain-only
# Each public header compiles by itself, without a warning, as C11 and as C++17.
set -euo pipefail

failed=0
for header in "$QTLS_SOURCE_DIR"/include/qtls/*.h; do
    name=qtls/${header##*/}
    warnings=(-Wall -Wextra -Wpedantic -Werror -I"$QTLS_SOURCE_DIR/include" -fsyntax-only)
    for how in 'cc -x c -std=c11 -Wstrict-prototypes' 'clang -x c -std=c11' 'clang -x c++ -std=c++17'; do
        read -ra compiler <<<"$how"
        command -v "${compiler[0]}" >/dev/null || continue
        if ! printf '#include <%s>\n' "$name" | "${compiler[@]}" "${warnings[@]}" -; then
            printf 'FAILED: %s with %s\n' "$name" "$how"
            failed=1
        fi
    done
done
exit "$failed"
