# The warnings that every source of ours compiles under, all of them errors.
# Both compilers of Debian 12 (gcc 12, clang 14) take the common list.

set(QTLS_WARNINGS
  -Wall
  -Wextra
  -Werror
  -Wcast-align
  -Wcast-qual
  -Wconversion
  -Wdouble-promotion
  -Wformat=2
  -Wimplicit-fallthrough
  -Wmissing-declarations
  -Wmissing-prototypes
  -Wold-style-definition
  -Wpointer-arith
  -Wredundant-decls
  -Wshadow
  -Wstrict-prototypes
  -Wundef
  -Wvla
  -Wwrite-strings)

if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND QTLS_WARNINGS
    -Wduplicated-cond
    -Wjump-misses-init
    -Wlogical-op
    -Wtrampolines)
elseif(CMAKE_C_COMPILER_ID MATCHES "Clang")
  list(APPEND QTLS_WARNINGS
    -Wcomma
    -Wshorten-64-to-32)
endif()
