# Fuzz targets: fuzz/<name>_fuzz.c. With QTLS_FUZZ they are libFuzzer programs;
# else each is linked with a runner that plays its seeds, fuzz/corpus/<name>/,
# as a test. Those named *_open put functions of their own between the objects of
# the core (fuzz/fuzz_open.h). All draw from a random source that repeats itself.

if(NOT QTLS_CORE_TARGETS)
  return()
endif()

file(GLOB _sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/fuzz/*_fuzz.c)
add_custom_target(fuzz_programs)
foreach(_source IN LISTS _sources)
  get_filename_component(_target ${_source} NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" _name ${_target})
  add_executable(${_target} ${_source} ${PROJECT_SOURCE_DIR}/fuzz/random.c)
  target_link_options(${_target} PRIVATE
    -Wl,--allow-multiple-definition -Wl,--wrap=LLVMFuzzerTestOneInput)
  add_dependencies(fuzz_programs ${_target})
  target_link_libraries(${_target} PRIVATE ${QTLS_TEST_SUPPORT} q_core q_options)
  target_include_directories(${_target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_options(${_target} PRIVATE ${QTLS_WARNINGS} -Wno-missing-prototypes)
  set_target_properties(${_target} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  if(_name MATCHES "_open$")
    foreach(_function q_crypto_verify q_crypto_ct_equal q_crypto_random)
      target_link_options(${_target} PRIVATE -Wl,--wrap=${_function})
    endforeach()
  endif()
  if(QTLS_FUZZ)
    target_link_options(${_target} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${_target} PRIVATE ${PROJECT_SOURCE_DIR}/fuzz/standalone.c)
    qtls_add_test(fuzz/${_name} fuzz ${_target} ${PROJECT_SOURCE_DIR}/fuzz/corpus/${_name})
  endif()
endforeach()

# What our readers make of DER, for tests/interop/openssl_elements.py.
if(NOT QTLS_FUZZ)
  add_executable(fuzz_elements fuzz/elements.c)
  target_link_libraries(fuzz_elements PRIVATE q_core q_options)
  set_target_properties(fuzz_elements PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
endif()

# The command that records what its peers send, of which tools/fuzz-seeds makes
# seeds (fuzz/recorder.c). Made only when asked for.
if(TARGET qtls)
  get_target_property(_sources qtls SOURCES)
  add_executable(qtls_recording EXCLUDE_FROM_ALL ${_sources} fuzz/recorder.c)
  get_target_property(_libraries qtls LINK_LIBRARIES)
  target_link_libraries(qtls_recording PRIVATE ${_libraries})
  foreach(_function qtls_config_set_trace qtls_config_freeze qtls_conn_new qtls_conn_recv)
    target_link_options(qtls_recording PRIVATE -Wl,--wrap=${_function})
  endforeach()
endif()
