# What stands on the public API: the adapters, the command and the examples.
# They see include/ and their own folder, nothing else.

if(NOT TARGET qtls_static)
  return()
endif()

# One static and one shared library per folder of adapters/.
set(QTLS_ADAPTERS "")
file(GLOB _folders CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/adapters/*)
foreach(_folder IN LISTS _folders)
  file(GLOB_RECURSE _sources CONFIGURE_DEPENDS ${_folder}/*.c)
  if(NOT _sources)
    continue()
  endif()
  get_filename_component(_name ${_folder} NAME)
  foreach(_kind static shared)
    string(TOUPPER ${_kind} _type)
    set(_target qtls_${_name}_${_kind})
    add_library(${_target} ${_type} ${_sources})
    set_target_properties(${_target} PROPERTIES OUTPUT_NAME qtls_${_name})
    target_include_directories(${_target} PUBLIC ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(${_target} PRIVATE q_warnings PUBLIC qtls_${_kind})
  endforeach()
  qtls_export_rules(qtls_${_name}_shared)
  list(APPEND QTLS_ADAPTERS ${_name})
endforeach()

set(QTLS_ADAPTERS_STATIC "")
foreach(_name IN LISTS QTLS_ADAPTERS)
  list(APPEND QTLS_ADAPTERS_STATIC qtls_${_name}_static)
endforeach()

# The command `qtls`. It carries the library in itself and needs none installed.
file(GLOB_RECURSE _sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cli/*.c)
if(_sources)
  add_executable(qtls ${_sources})
  target_link_libraries(qtls PRIVATE
    q_warnings ${QTLS_ADAPTERS_STATIC} qtls_static Threads::Threads)
  target_compile_options(qtls PRIVATE -fPIE)
  target_link_options(qtls PRIVATE -pie -Wl,--gc-sections)
endif()

# One program per file of examples/, linked as an application would be.
file(GLOB _examples CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.c)
if(TARGET qtls_socket_shared)
  foreach(_source IN LISTS _examples)
    get_filename_component(_name ${_source} NAME_WE)
    add_executable(example_${_name} ${_source})
    target_link_libraries(example_${_name} PRIVATE q_warnings qtls_socket_shared)
  endforeach()
endif()

# What `make demo` needs: the programs, without the tests.
add_custom_target(programs)
if(TARGET qtls)
  add_dependencies(programs qtls)
endif()
