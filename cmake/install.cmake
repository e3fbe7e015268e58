# What `make install` puts where: headers, libraries, the command, its manual,
# and the files by which pkg-config and CMake find them.

if(NOT TARGET qtls_static)
  return()
endif()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/qtls
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(TARGETS qtls_static qtls_shared
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET qtls)
  install(TARGETS qtls RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
file(GLOB _manuals ${PROJECT_SOURCE_DIR}/docs/man/*.1)
install(FILES ${_manuals} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# pkg-config: one file for the library and one for each adapter. They name
# their own place by ${pcfiledir}, so that an installed tree may be moved.
file(RELATIVE_PATH _up /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" QTLS_PC_PREFIX "\${pcfiledir}/${_up}")
configure_file(cmake/qtls.pc.in qtls.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/qtls.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
set(QTLS_ADAPTERS_NEEDS "")
foreach(QTLS_ADAPTER IN LISTS QTLS_ADAPTERS)
  set(QTLS_ADAPTER_NEEDS "${QTLS_NEEDS_${QTLS_ADAPTER}}")
  string(APPEND QTLS_ADAPTERS_NEEDS "set(_qtls_needs_${QTLS_ADAPTER} ${QTLS_ADAPTER_NEEDS})\n")
  string(APPEND QTLS_ADAPTERS_NEEDS "set(_qtls_uses_${QTLS_ADAPTER} ${QTLS_USES_${QTLS_ADAPTER}})\n")
  list(JOIN QTLS_ADAPTER_NEEDS " " QTLS_ADAPTER_NEEDS)
  set(QTLS_ADAPTER_USES "")
  foreach(_used IN LISTS QTLS_USES_${QTLS_ADAPTER})
    string(APPEND QTLS_ADAPTER_USES ", qtls-${_used} = ${PROJECT_VERSION}")
  endforeach()
  configure_file(cmake/qtls-adapter.pc.in qtls-${QTLS_ADAPTER}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/qtls-${QTLS_ADAPTER}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  install(TARGETS qtls_${QTLS_ADAPTER}_static qtls_${QTLS_ADAPTER}_shared
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endforeach()

# CMake: find_package(qtls) gives qtls::qtls and qtls::<adapter> (shared), and
# the same with _static.
include(CMakePackageConfigHelpers)
set(_package ${CMAKE_INSTALL_LIBDIR}/cmake/qtls)
configure_package_config_file(cmake/qtls-config.cmake.in qtls-config.cmake
  INSTALL_DESTINATION ${_package}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/qtls-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/qtls-config.cmake ${PROJECT_BINARY_DIR}/qtls-config-version.cmake
  DESTINATION ${_package})
