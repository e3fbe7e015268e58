# Libraries that show qtls_* and nothing else. Each is made from one
# relocatable object: the linker joins the compiled sources (for libqtls, with
# the members of AWS-LC it needs); then every symbol but qtls_* becomes local.
# The static and the shared library come from that one object, so neither can
# leak an inner name, or AWS-LC, into a process that also holds OpenSSL.

# Makes NAME_object from the given static libraries (and other archives), and
# sets NAME_OBJECT to its path.
function(qtls_join name)
  cmake_parse_arguments(arg "" "" "WHOLE;NEEDED" ${ARGN})
  set(_object ${PROJECT_BINARY_DIR}/joined/${name}.o)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/joined)
  set(_archives "")
  foreach(_target IN LISTS arg_WHOLE)
    list(APPEND _archives $<TARGET_FILE:${_target}>)
  endforeach()
  add_custom_command(
    OUTPUT ${_object}
    COMMAND ${CMAKE_LINKER} -r ${QTLS_JOIN_OPTIONS} -o ${_object}.all
      --whole-archive ${_archives} --no-whole-archive ${arg_NEEDED}
    COMMAND ${CMAKE_OBJCOPY} --wildcard "--keep-global-symbol=qtls_*" ${_object}.all ${_object}
    COMMAND ${CMAKE_COMMAND} -E rm -f ${_object}.all
    DEPENDS ${arg_WHOLE} ${arg_NEEDED}
    COMMENT "Joining lib${name}, hiding all but qtls_*"
    VERBATIM)
  set_source_files_properties(${_object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  add_custom_target(${name}_object DEPENDS ${_object})
  set(${name}_OBJECT ${_object} PARENT_SCOPE)
endfunction()

# Makes NAME_static and NAME_shared, both lib<NAME>, from the joined object.
function(qtls_libraries name)
  add_library(${name}_static STATIC ${${name}_OBJECT})
  add_library(${name}_shared SHARED ${${name}_OBJECT})
  foreach(_target ${name}_static ${name}_shared)
    add_dependencies(${_target} ${name}_object)
    set_target_properties(${_target} PROPERTIES OUTPUT_NAME ${name} LINKER_LANGUAGE C)
    target_include_directories(${_target} INTERFACE ${PROJECT_SOURCE_DIR}/include)
  endforeach()
  set_target_properties(${name}_shared PROPERTIES
    VERSION ${PROJECT_VERSION}
    SOVERSION ${QTLS_SOVERSION}
    LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/exports.map)
  target_link_libraries(${name}_shared PRIVATE q_options)
  target_link_options(${name}_shared PRIVATE
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/exports.map
    -Wl,--exclude-libs,ALL -Wl,--gc-sections)
  if(NOT QTLS_SANITIZE AND NOT QTLS_FUZZ)
    # A sanitizer's run-time is in the executable, not in the library.
    target_link_options(${name}_shared PRIVATE -Wl,--no-undefined)
  endif()
endfunction()

if(NOT QTLS_CORE_TARGETS)
  return()
endif()

qtls_join(qtls WHOLE ${QTLS_CORE_TARGETS} NEEDED ${QTLS_AWSLC_LIBRARY})
qtls_libraries(qtls)
target_link_libraries(qtls_static INTERFACE
  PkgConfig::COMPRESSORS Threads::Threads ${CMAKE_DL_LIBS})
target_link_libraries(qtls_shared PRIVATE
  PkgConfig::COMPRESSORS Threads::Threads ${CMAKE_DL_LIBS})
