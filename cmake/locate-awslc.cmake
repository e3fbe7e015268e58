# Finds AWS-LC: first one of the machine, then the one that tools/bootstrap has
# built. Sets QTLS_AWSLC_INCLUDE, QTLS_AWSLC_LIBRARY and QTLS_AWSLC_VERSION, or
# leaves QTLS_AWSLC_LIBRARY empty. Only a static library will do, since it is
# taken into ours and hidden there. QTLS_AWSLC_ROOT names a prefix to use before
# any other. Also run as a script (QTLS_AWSLC_PROBE) by tools/bootstrap, to
# learn whether the machine has one.
cmake_minimum_required(VERSION 3.25)

if(NOT QTLS_AWSLC_MAJOR)
  set(QTLS_AWSLC_MAJOR 5)
endif()

set(_prefixes ${QTLS_AWSLC_ROOT} $ENV{QTLS_AWSLC_ROOT} ${CMAKE_PREFIX_PATH} /usr/local /usr)
if(NOT QTLS_AWSLC_PROBE)
  list(APPEND _prefixes ${CMAKE_CURRENT_LIST_DIR}/../build/deps/aws-lc)
endif()

set(QTLS_AWSLC_LIBRARY "")
foreach(_prefix IN LISTS _prefixes)
  foreach(_include ${_prefix}/include/aws-lc ${_prefix}/include)
    if(QTLS_AWSLC_LIBRARY OR NOT EXISTS ${_include}/openssl/base.h)
      continue()
    endif()
    file(STRINGS ${_include}/openssl/base.h _line REGEX "^#define AWSLC_VERSION_NUMBER_STRING ")
    string(REGEX MATCH "[0-9.]+" _version "${_line}")
    if("${_version}" STREQUAL "" OR _version VERSION_LESS QTLS_AWSLC_MAJOR)
      continue()
    endif()
    file(GLOB _archives
      ${_prefix}/lib/aws-lc/libcrypto.a ${_prefix}/lib/*/aws-lc/libcrypto.a
      ${_prefix}/lib/libcrypto.a ${_prefix}/lib64/libcrypto.a ${_prefix}/lib/*/libcrypto.a)
    foreach(_archive IN LISTS _archives)
      # OpenSSL names its archive the same; only AWS-LC's has this symbol.
      file(STRINGS ${_archive} _mark LIMIT_COUNT 1 REGEX "awslc_version_string")
      if(_mark AND NOT QTLS_AWSLC_LIBRARY)
        get_filename_component(QTLS_AWSLC_INCLUDE ${_include} REALPATH)
        get_filename_component(QTLS_AWSLC_LIBRARY ${_archive} REALPATH)
        set(QTLS_AWSLC_VERSION ${_version})
      endif()
    endforeach()
  endforeach()
endforeach()

if(QTLS_AWSLC_PROBE AND NOT QTLS_AWSLC_LIBRARY)
  message(FATAL_ERROR "no AWS-LC ${QTLS_AWSLC_MAJOR} or later on this machine")
endif()
