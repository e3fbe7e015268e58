# Tests. Each *_test.c of tests/unit and tests/flow is a program with cmocka,
# over the internal libraries, with tests/support as a library for all of them;
# a unit test named after a folder of the core, <folder>_*_test.c, is linked
# with that folder, the lower ranks and the registry of errors only. Each
# *_test.c of tests/adapters is a program over the public libraries and their
# adapters. A script (*.sh, *.py) in a folder of tests/ is a test too, unless
# its name starts with an underscore. It may hold, in its first lines,
#   ctest-timeout: SECONDS    ctest-serial    ctest-plain-only
# the last for one that is not to run in a build with sanitizers. A script that
# ends with status 77 was skipped. Labels are the folders' names.

enable_testing()
set(QTLS_TEST_PREFIX "")
if(QTLS_SANITIZE)
  set(QTLS_TEST_PREFIX "sanitized/")
endif()

set(QTLS_TEST_ENVIRONMENT
  "QTLS_SOURCE_DIR=${PROJECT_SOURCE_DIR}"
  "QTLS_BUILD_DIR=${PROJECT_BINARY_DIR}"
  "QTLS_BIN=${PROJECT_BINARY_DIR}/qtls"
  "QTLS_SANITIZE=${QTLS_SANITIZE}"
  "ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:exitcode=86"
  "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1")

# Adds the test NAME with LABEL; further arguments are the command.
function(qtls_add_test name label)
  add_test(NAME ${QTLS_TEST_PREFIX}${name} COMMAND ${ARGN}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${QTLS_TEST_PREFIX}${name} PROPERTIES
    LABELS ${label}
    TIMEOUT 120
    SKIP_RETURN_CODE 77
    ENVIRONMENT "${QTLS_TEST_ENVIRONMENT}")
endfunction()

# Programs.
if(QTLS_CORE_TARGETS)
  pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
  add_library(q_test_options INTERFACE)
  target_link_libraries(q_test_options INTERFACE
    q_awslc_headers q_warnings PkgConfig::CMOCKA)
  target_include_directories(q_test_options INTERFACE
    ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(q_test_options INTERFACE
    QTLS_TEST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")

  file(GLOB_RECURSE _support CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/support/*.c)
  set(QTLS_TEST_SUPPORT "")
  if(_support)
    add_library(q_test_support STATIC ${_support})
    target_link_libraries(q_test_support PRIVATE q_test_options)
    set(QTLS_TEST_SUPPORT q_test_support)
  endif()

  foreach(_label unit flow)
    file(GLOB_RECURSE _tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${_label}/*_test.c)
    foreach(_source IN LISTS _tests)
      get_filename_component(_name ${_source} NAME_WE)
      set(_target ${_label}_${_name})
      string(REGEX REPLACE "_.*" "" _folder ${_name})
      if(NOT _label STREQUAL "unit" OR NOT TARGET q_${_folder} OR NOT q_${_folder} IN_LIST QTLS_CORE_TARGETS)
        set(_folder core)
      endif()
      add_executable(${_target} ${_source})
      target_link_libraries(${_target} PRIVATE
        q_test_options ${QTLS_TEST_SUPPORT} q_${_folder} q_registry)
      set_target_properties(${_target} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
      qtls_add_test(${_label}/${_name} ${_label} ${_target})
    endforeach()
  endforeach()
endif()

if(TARGET qtls_static)
  file(GLOB _tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/adapters/*_test.c)
  foreach(_source IN LISTS _tests)
    get_filename_component(_name ${_source} NAME_WE)
    set(_target adapters_${_name})
    add_executable(${_target} ${_source})
    target_link_libraries(${_target} PRIVATE
      q_warnings ${QTLS_ADAPTERS_STATIC} qtls_static PkgConfig::CMOCKA)
    target_include_directories(${_target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_compile_definitions(${_target} PRIVATE
      QTLS_TEST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    set_target_properties(${_target} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    qtls_add_test(adapters/${_name} adapters ${_target})
  endforeach()
endif()

# Constant time: programs that valgrind watches. Every function named here is
# one of tests/constant_time/seam.c, which stands between two object files. gcc's
# builds only: valgrind of Debian 12 cannot read what its clang says for debuggers.
find_program(QTLS_VALGRIND valgrind)
if(QTLS_CORE_TARGETS AND QTLS_VALGRIND AND NOT QTLS_SANITIZE AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
  set(_folder ${PROJECT_SOURCE_DIR}/tests/constant_time)
  set(_wraps "")
  foreach(_function
      q_crypto_kem_encapsulate q_crypto_kem_decapsulate q_crypto_aead_open q_crypto_aead_seal
      q_crypto_ct_equal q_crypto_ct_reveal q_record_content_end q_record_open q_cookie_seal
      EVP_PKEY_pqdsa_new_raw_private_key EVP_PKEY_get_raw_private_key EVP_parse_private_key)
    list(APPEND _wraps "-Wl,--wrap=${_function}")
  endforeach()
  file(GLOB _tests CONFIGURE_DEPENDS ${_folder}/*_test.c)
  foreach(_source IN LISTS _tests)
    get_filename_component(_name ${_source} NAME_WE)
    set(_target constant_time_${_name})
    add_executable(${_target} ${_source} ${_folder}/ct.c ${_folder}/mismatch.c ${_folder}/seam.c)
    target_link_libraries(${_target} PRIVATE q_test_options ${QTLS_TEST_SUPPORT} q_core)
    target_link_options(${_target} PRIVATE ${_wraps})
    set_target_properties(${_target} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    set(_strict --error-exitcode=99)
    if(_name STREQUAL "leaky_test")
      set(_strict --log-file=/dev/null) # its reports are what it is for
    endif()
    qtls_add_test(constant_time/${_name} constant_time
      ${QTLS_VALGRIND} -q --undef-value-errors=yes ${_strict} $<TARGET_FILE:${_target}>)
  endforeach()
endif()

# Golden transcripts: one program, whose linker puts a fixed random source in the
# place of AWS-LC's and watches the key exchange (tests/golden).
file(GLOB _sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/golden/*.c)
if(QTLS_CORE_TARGETS AND _sources AND NOT QTLS_FUZZ)
  add_executable(golden_test ${_sources})
  target_link_libraries(golden_test PRIVATE q_test_options ${QTLS_TEST_SUPPORT} q_core)
  target_link_options(golden_test PRIVATE -Wl,--allow-multiple-definition)
  foreach(_function
      q_crypto_ecdh_generate q_crypto_ecdh q_crypto_x25519_generate q_crypto_x25519
      q_crypto_mlkem_generate q_crypto_mlkem_encapsulate q_crypto_mlkem_decapsulate)
    target_link_options(golden_test PRIVATE -Wl,--wrap=${_function})
  endforeach()
  set_target_properties(golden_test PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  qtls_add_test(golden/golden_test golden golden_test)
endif()

# Faults: programs that share a random source which repeats itself, and fails when
# told, in the place of AWS-LC's (tests/faults).
set(_folder ${PROJECT_SOURCE_DIR}/tests/faults)
file(GLOB _tests CONFIGURE_DEPENDS ${_folder}/*_test.c)
if(QTLS_CORE_TARGETS AND NOT QTLS_FUZZ)
  foreach(_source IN LISTS _tests)
    get_filename_component(_name ${_source} NAME_WE)
    set(_target faults_${_name})
    add_executable(${_target} ${_source} ${_folder}/kinds.c ${_folder}/random.c ${_folder}/tape.c)
    target_link_libraries(${_target} PRIVATE q_test_options ${QTLS_TEST_SUPPORT} q_core)
    target_link_options(${_target} PRIVATE -Wl,--allow-multiple-definition -Wl,--wrap=q_crypto_random)
    set_target_properties(${_target} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    qtls_add_test(faults/${_name} faults ${_target})
  endforeach()
endif()

# Interop: a program that makes and reads what the scripts hand to other stacks.
if(QTLS_CORE_TARGETS AND NOT QTLS_FUZZ)
  add_executable(pki_tool ${PROJECT_SOURCE_DIR}/tests/interop/pki_tool.c)
  target_link_libraries(pki_tool PRIVATE q_test_options q_core)
  set_target_properties(pki_tool PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
endif()

# Scripts.
file(GLOB _scripts CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/tests/*/*.sh ${PROJECT_SOURCE_DIR}/tests/*/*.py)
foreach(_script IN LISTS _scripts)
  get_filename_component(_name ${_script} NAME_WE)
  get_filename_component(_folder ${_script} DIRECTORY)
  get_filename_component(_label ${_folder} NAME)
  file(STRINGS ${_script} _notes LIMIT_COUNT 30 REGEX "ctest-(timeout|serial|plain-only)")
  if(_name MATCHES "^_" OR _label STREQUAL "support"
      OR (QTLS_SANITIZE AND "${_notes}" MATCHES "ctest-plain-only"))
    continue()
  endif()
  if(_script MATCHES "\\.py$")
    set(_interpreter python3)
  else()
    set(_interpreter bash)
  endif()
  qtls_add_test(${_label}/${_name} ${_label} ${_interpreter} ${_script})
  if("${_notes}" MATCHES "ctest-timeout: *([0-9]+)")
    set_tests_properties(${QTLS_TEST_PREFIX}${_label}/${_name} PROPERTIES TIMEOUT ${CMAKE_MATCH_1})
  endif()
  if("${_notes}" MATCHES "ctest-serial")
    set_tests_properties(${QTLS_TEST_PREFIX}${_label}/${_name} PROPERTIES RUN_SERIAL ON)
  endif()
endforeach()

# The checks of tools/ read the sources and the built libraries: once is enough.
if(NOT QTLS_SANITIZE)
  foreach(_check layers sizes banned symbols)
    if(EXISTS ${PROJECT_SOURCE_DIR}/tools/check-${_check})
      qtls_add_test(check/${_check} check ${PROJECT_SOURCE_DIR}/tools/check-${_check})
    endif()
  endforeach()
endif()
