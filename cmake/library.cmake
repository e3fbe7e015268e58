# libqtls, made from one relocatable object. The linker joins the core with the
# members of AWS-LC it needs; then every symbol but qtls_* becomes local. Both
# libraries come from that object, so neither can leak AWS-LC into a process
# that also holds OpenSSL.

if(NOT QTLS_CORE_TARGETS)
  message(STATUS "src/ is empty: no library is built")
  return()
endif()

set(_archives "")
foreach(_target IN LISTS QTLS_CORE_TARGETS)
  list(APPEND _archives $<TARGET_FILE:${_target}>)
endforeach()
set(_object ${PROJECT_BINARY_DIR}/obj/qtls.o)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/obj)
add_custom_command(
  OUTPUT ${_object}
  COMMAND ${CMAKE_LINKER} -r -o ${_object}.joined
    --whole-archive ${_archives} --no-whole-archive ${QTLS_AWSLC_LIBRARY}
  COMMAND ${CMAKE_OBJCOPY} --wildcard "--keep-global-symbol=qtls_*" ${_object}.joined ${_object}
  COMMAND ${CMAKE_COMMAND} -E rm -f ${_object}.joined
  DEPENDS ${QTLS_CORE_TARGETS} ${QTLS_AWSLC_LIBRARY}
  COMMENT "Joining the core and AWS-LC, hiding all but qtls_*"
  VERBATIM)
set_source_files_properties(${_object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
add_custom_target(qtls_object DEPENDS ${_object})

# Sets what every library that is installed has in common.
function(qtls_export_rules target)
  set_target_properties(${target} PROPERTIES
    VERSION ${PROJECT_VERSION}
    SOVERSION ${QTLS_SOVERSION}
    LINKER_LANGUAGE C
    LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/exports.map)
  target_link_options(${target} PRIVATE
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/exports.map
    -Wl,--exclude-libs,ALL -Wl,--gc-sections)
  if(NOT QTLS_SANITIZE)
    # Sanitizer run-times are found in the executable, not in the library.
    target_link_options(${target} PRIVATE -Wl,--no-undefined)
  endif()
endfunction()

add_library(qtls_static STATIC ${_object})
add_dependencies(qtls_static qtls_object)
set_target_properties(qtls_static PROPERTIES OUTPUT_NAME qtls LINKER_LANGUAGE C)
target_include_directories(qtls_static INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(qtls_static INTERFACE
  PkgConfig::COMPRESSORS Threads::Threads ${CMAKE_DL_LIBS})

add_library(qtls_shared SHARED ${_object})
add_dependencies(qtls_shared qtls_object)
set_target_properties(qtls_shared PROPERTIES OUTPUT_NAME qtls)
target_include_directories(qtls_shared INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(qtls_shared PRIVATE
  q_options PkgConfig::COMPRESSORS Threads::Threads ${CMAKE_DL_LIBS})
qtls_export_rules(qtls_shared)
