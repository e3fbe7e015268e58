#!/bin/bash
# ctest-plain-only
# Installs into a prefix of its own and builds examples/client.c from there as a
# stranger would: by pkg-config and by CMake, against the shared and the static
# libraries. The tree is moved after installing, to show that nothing in it
# knows its place.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C
cmake --install "$QTLS_BUILD_DIR" --prefix "$work/first" >/dev/null
mv "$work/first" "$work/prefix"
prefix=$work/prefix
source=$QTLS_SOURCE_DIR/examples/client.c
cc=${CC:-cc}
lib=$(dirname "$(find "$prefix" -name libqtls.a)")
export PKG_CONFIG_PATH=$lib/pkgconfig

# True when the program runs as far as its usage: it loads, and it is ours.
runs() {
    local status=0
    LD_LIBRARY_PATH=$lib "$1" >"$work/out" 2>&1 || status=$?
    if [ "$status" -ge 126 ]; then
        cat "$work/out"
        return 1
    fi
}

needs_shared() {
    local needed
    needed=$(LD_LIBRARY_PATH=$lib ldd "$1")
    [[ $needed == *libqtls.so.0* ]]
}

fail() {
    echo "FAILED: $*"
    exit 1
}

[ "$(pkg-config --modversion qtls)" = "$(head -n 1 "$QTLS_SOURCE_DIR/VERSION")" ] ||
    fail 'pkg-config names another version'

read -ra flags <<<"$(pkg-config --cflags --libs qtls-socket)"
"$cc" -std=c11 "$source" -o "$work/shared" "${flags[@]}"
runs "$work/shared" && needs_shared "$work/shared" || fail 'pkg-config, shared'
echo 'ok: pkg-config, shared'

mkdir "$work/hidden"
mv "$lib"/*.so* "$work/hidden/"
read -ra flags <<<"$(pkg-config --static --cflags --libs qtls-socket)"
"$cc" -std=c11 "$source" -o "$work/static" "${flags[@]}"
runs "$work/static" || fail 'pkg-config, static'
! needs_shared "$work/static" || fail 'pkg-config, static: the shared library is needed'
mv "$work/hidden"/* "$lib/"
echo 'ok: pkg-config, static'

mkdir "$work/project"
cat >"$work/project/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.25)
project(consumer LANGUAGES C)
find_package(qtls 0.1 REQUIRED)
add_executable(shared $source)
target_link_libraries(shared PRIVATE qtls::socket qtls::qtls)
add_executable(static $source)
target_link_libraries(static PRIVATE qtls::socket_static)
add_executable(staple staple.c)
target_link_libraries(staple PRIVATE qtls::staple qtls::trust)
add_executable(staple_static staple.c)
target_link_libraries(staple_static PRIVATE qtls::staple_static qtls::trust_static)
EOF
# Adapters that stand on others, and on libcurl.
cat >"$work/project/staple.c" <<'EOF'
#include <qtls/staple.h>
#include <qtls/trust.h>

int main(void) {
  qtls_stapler *stapler = NULL;
  qtls_config *config = NULL;
  qtls_fetch_problem why;
  if (qtls_config_new(&config, QTLS_CLIENT) != QTLS_OK ||
      qtls_config_load_trust_from(config, "/nowhere", NULL, NULL) != QTLS_ERR_FILE) {
    return 126;
  }
  qtls_config_free(config);
  return qtls_stapler_start(&stapler, NULL, NULL, &why) == QTLS_ERR_ARGUMENT ? 0 : 126;
}
EOF
cmake -S "$work/project" -B "$work/project/build" -DCMAKE_PREFIX_PATH="$prefix" >"$work/cmake.log" 2>&1 &&
    cmake --build "$work/project/build" >>"$work/cmake.log" 2>&1 ||
    { cat "$work/cmake.log"; fail 'find_package(qtls)'; }
runs "$work/project/build/shared" && needs_shared "$work/project/build/shared" || fail 'CMake, shared'
runs "$work/project/build/static" || fail 'CMake, static'
! needs_shared "$work/project/build/static" || fail 'CMake, static: the shared library is needed'
echo 'ok: find_package, shared and static'
runs "$work/project/build/staple" && runs "$work/project/build/staple_static" || fail 'adapters that use others'
read -ra flags <<<"$(pkg-config --cflags --libs qtls-staple qtls-trust)"
"$cc" -std=c11 "$work/project/staple.c" -o "$work/staple" "${flags[@]}"
runs "$work/staple" || fail 'pkg-config, adapters that use others'
echo 'ok: adapters that use others'

if [ -e "$lib/../bin/qtls" ]; then
    "$lib/../bin/qtls" version >/dev/null || fail 'the installed command does not run'
    echo 'ok: the installed command'
fi
