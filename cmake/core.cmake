# The core: one static library q_<folder> per folder of src/, in rank order.
# A folder may use what ranks below it, so each library links the lower ones;
# only crypto (and pki, for the byte-string reader) sees AWS-LC's headers.

set(QTLS_CORE_RANKS
  "base"
  "registry"
  "crypto|wire"
  "kex|keys"
  "record|pki|policy|session"
  "handshake"
  "conn"
  "api")
set(QTLS_AWSLC_INCLUDERS crypto pki)

set(QTLS_CORE_TARGETS "")
set(_lower "")
foreach(_rank IN LISTS QTLS_CORE_RANKS)
  string(REPLACE "|" ";" _folders "${_rank}")
  set(_here "")
  foreach(_folder IN LISTS _folders)
    file(GLOB_RECURSE _sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${_folder}/*.c)
    if(NOT _sources)
      continue()
    endif()
    set(_target q_${_folder})
    add_library(${_target} STATIC ${_sources})
    target_include_directories(${_target} PRIVATE
      ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${_target} PRIVATE q_warnings PUBLIC ${_lower})
    if(_folder IN_LIST QTLS_AWSLC_INCLUDERS)
      target_link_libraries(${_target} PRIVATE q_awslc)
    endif()
    target_link_libraries(${_target} PRIVATE PkgConfig::COMPRESSORS)
    list(APPEND _here ${_target})
  endforeach()
  list(PREPEND _lower ${_here})
endforeach()
set(QTLS_CORE_TARGETS ${_lower})

# The core as its tests see it: every internal symbol, and AWS-LC beside it.
add_library(q_core INTERFACE)
target_include_directories(q_core INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(q_core INTERFACE ${QTLS_CORE_TARGETS} q_awslc)
