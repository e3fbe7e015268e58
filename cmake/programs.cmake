# What stands on the public API: the adapters, the command and the examples.
# They see include/ and their own folder, nothing else.

set(QTLS_ADAPTERS "")
if(NOT TARGET qtls_static)
  return()
endif()

# A static and a shared library, libqtls_<name>, per folder of adapters/.
file(GLOB _folders CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/adapters/*)
foreach(_folder IN LISTS _folders)
  file(GLOB_RECURSE _sources CONFIGURE_DEPENDS ${_folder}/*.c)
  if(NOT _sources)
    continue()
  endif()
  get_filename_component(_adapter ${_folder} NAME)
  set(_name qtls_${_adapter})
  add_library(q_${_adapter}_sources STATIC ${_sources})
  target_include_directories(q_${_adapter}_sources PRIVATE ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(q_${_adapter}_sources PRIVATE q_warnings)
  qtls_join(${_name} WHOLE q_${_adapter}_sources)
  qtls_libraries(${_name})
  target_link_libraries(${_name}_static INTERFACE qtls_static)
  target_link_libraries(${_name}_shared PUBLIC qtls_shared PRIVATE Threads::Threads)
  if(QTLS_NEEDS_${_adapter})
    pkg_check_modules(NEEDS_${_adapter} REQUIRED IMPORTED_TARGET ${QTLS_NEEDS_${_adapter}})
    target_link_libraries(q_${_adapter}_sources PRIVATE PkgConfig::NEEDS_${_adapter})
    target_link_libraries(${_name}_static INTERFACE PkgConfig::NEEDS_${_adapter})
    target_link_libraries(${_name}_shared PRIVATE PkgConfig::NEEDS_${_adapter})
  endif()
  list(APPEND QTLS_ADAPTERS ${_adapter})
endforeach()

set(QTLS_ADAPTERS_STATIC "")
foreach(_adapter IN LISTS QTLS_ADAPTERS)
  list(APPEND QTLS_ADAPTERS_STATIC qtls_${_adapter}_static)
endforeach()

# The command `qtls`. It carries the library in itself and needs none installed.
add_custom_target(programs)
file(GLOB_RECURSE _sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cli/*.c)
if(_sources)
  add_executable(qtls ${_sources})
  target_link_libraries(qtls PRIVATE
    q_warnings ${QTLS_ADAPTERS_STATIC} qtls_static Threads::Threads)
  target_link_options(qtls PRIVATE -pie -Wl,--gc-sections)
  add_dependencies(programs qtls)
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

# What `make demo` runs beside the command: one program per file of demo/.
file(GLOB _demos CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/demo/*.c)
if(TARGET qtls_socket_static)
  foreach(_source IN LISTS _demos)
    get_filename_component(_name ${_source} NAME_WE)
    add_executable(demo_${_name} ${_source})
    target_link_libraries(demo_${_name} PRIVATE q_warnings qtls_socket_static qtls_static)
    add_dependencies(programs demo_${_name})
  endforeach()
endif()
