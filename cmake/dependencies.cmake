# What qtls stands on: AWS-LC, kept inside the library, and the three
# compressors, which stay outside as ordinary shared dependencies.

include(${CMAKE_CURRENT_LIST_DIR}/locate-awslc.cmake)
if(NOT QTLS_AWSLC_LIBRARY)
  message(FATAL_ERROR "AWS-LC 5 or later was not found; run tools/bootstrap build")
endif()
message(STATUS "AWS-LC ${QTLS_AWSLC_VERSION}: ${QTLS_AWSLC_LIBRARY}")

add_library(q_awslc_headers INTERFACE)
target_include_directories(q_awslc_headers SYSTEM INTERFACE ${QTLS_AWSLC_INCLUDE})

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
add_library(q_awslc INTERFACE)
target_link_libraries(q_awslc INTERFACE
  q_awslc_headers ${QTLS_AWSLC_LIBRARY} Threads::Threads ${CMAKE_DL_LIBS})

find_package(PkgConfig REQUIRED)
pkg_check_modules(COMPRESSORS REQUIRED IMPORTED_TARGET zlib libbrotlienc libbrotlidec libzstd)

# What an adapter alone stands on: pkg-config's names for QTLS_NEEDS_<adapter>.
# The library itself links none of them.
set(QTLS_NEEDS_ca sqlite3)
set(QTLS_NEEDS_fetch libcurl)
# The other adapters that an adapter calls, by their public headers.
set(QTLS_USES_status fetch)
set(QTLS_USES_staple status fetch)
set(QTLS_USES_trust socket)
# The command reads its configuration file with it.
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
