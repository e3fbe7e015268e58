#!/bin/bash
# ctest-plain-only
# Builds coexist.c in every way an application may link libqtls beside OpenSSL 3
# and runs each: static or shared qtls, static or shared OpenSSL, either order,
# with the executable's own symbols visible to libraries (-rdynamic) and not.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc=${CC:-cc}
read -ra compressors <<<"$(pkg-config --libs zlib libbrotlienc libbrotlidec libzstd)"
static_qtls=("$QTLS_BUILD_DIR/libqtls.a" "${compressors[@]}")
shared_qtls=("-L$QTLS_BUILD_DIR" "-Wl,-rpath,$QTLS_BUILD_DIR" -lqtls)
openssl=(-lssl -lcrypto)
static_openssl=(-Wl,-Bstatic -lssl -lcrypto -Wl,-Bdynamic)
last=(-pthread -ldl)

"$cc" -std=c11 -D_POSIX_C_SOURCE=200809L -O1 -g -Wall -Wextra \
    -I"$QTLS_SOURCE_DIR/include" -c "$QTLS_SOURCE_DIR/tests/build/coexist.c" -o "$work/coexist.o"

failed=0
try() {
    local name=$1
    shift
    if "$cc" "$work/coexist.o" "$@" "${last[@]}" -o "$work/program" && "$work/program"; then
        printf 'ok: %s\n' "$name"
    else
        printf 'FAILED: %s\n' "$name"
        failed=1
    fi
}

try 'static qtls, shared OpenSSL' "${static_qtls[@]}" "${openssl[@]}"
try 'static qtls, shared OpenSSL, -rdynamic' -rdynamic "${static_qtls[@]}" "${openssl[@]}"
try 'shared OpenSSL, static qtls' "${openssl[@]}" "${static_qtls[@]}"
try 'static qtls, static OpenSSL' "${static_qtls[@]}" "${static_openssl[@]}"
try 'static OpenSSL, static qtls, -rdynamic' -rdynamic "${static_openssl[@]}" "${static_qtls[@]}"
try 'shared qtls, shared OpenSSL' "${shared_qtls[@]}" "${openssl[@]}"
try 'shared qtls, shared OpenSSL, -rdynamic' -rdynamic "${shared_qtls[@]}" "${openssl[@]}"
try 'shared OpenSSL, shared qtls' "${openssl[@]}" "${shared_qtls[@]}"
exit "$failed"
