# How every source of ours is compiled: language, hardening, sanitizers.
# The target q_options carries it; q_warnings adds the warnings.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, Release or RelWithDebInfo" FORCE)
endif()
# Assertions are part of the checked state in every build type but Release.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")

set(QTLS_SANITIZE "" CACHE STRING "Sanitizers to build with, such as address,undefined")
option(QTLS_FUZZ "Build the fuzz targets with libFuzzer (needs clang)" OFF)

add_library(q_options INTERFACE)
target_compile_definitions(q_options INTERFACE
  _POSIX_C_SOURCE=200809L
  _DEFAULT_SOURCE
  QTLS_VERSION_STRING="${PROJECT_VERSION}")
target_compile_options(q_options INTERFACE
  -fstack-protector-strong
  -fno-semantic-interposition
  -fno-strict-overflow
  -ffunction-sections
  -fdata-sections)
target_link_options(q_options INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack)

# Where a word has 32 bits: times beyond 2038, files beyond 2 GiB, vectors of
# static functions in memory instead of registers, of which gcc would warn, and
# the sections that i386's code shares between objects, which are joined early.
set(QTLS_JOIN_OPTIONS "")
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
  set(QTLS_JOIN_OPTIONS --force-group-allocation)
  target_compile_definitions(q_options INTERFACE _FILE_OFFSET_BITS=64 _TIME_BITS=64)
  target_compile_options(q_options INTERFACE $<$<C_COMPILER_ID:GNU>:-Wno-psabi>)
endif()

if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT QTLS_SANITIZE)
  target_compile_options(q_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()

if(QTLS_SANITIZE)
  target_compile_options(q_options INTERFACE
    -fsanitize=${QTLS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(q_options INTERFACE -fsanitize=${QTLS_SANITIZE})
endif()

if(QTLS_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "QTLS_FUZZ needs clang: set CC=clang")
  endif()
  target_compile_options(q_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

include(${CMAKE_CURRENT_LIST_DIR}/warnings.cmake)
add_library(q_warnings INTERFACE)
target_compile_options(q_warnings INTERFACE ${QTLS_WARNINGS})
target_link_libraries(q_warnings INTERFACE q_options)
