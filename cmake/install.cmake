# cmake --install BUILD --prefix PREFIX: library, header, command, man page, pkg-config file and CMake
# package. The pkg-config file is made at install time, so that it names the prefix really used.
if(NOT TARGET slipstream)
  return()
endif()
include(CMakePackageConfigHelpers)

# Four components, each a Debian package of its own (cmake/package.cmake); without --component all of it
# is installed.
set(slip_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/slipstream)
install(TARGETS slipstream EXPORT slipstreamTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development)
install(FILES ${PROJECT_SOURCE_DIR}/include/slipstream.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT development)
install(EXPORT slipstreamTargets NAMESPACE slipstream:: DESTINATION ${slip_package_dir}
  COMPONENT development)
configure_file(${PROJECT_SOURCE_DIR}/pkgconfig/slipstreamConfig.cmake.in
  ${PROJECT_BINARY_DIR}/slipstreamConfig.cmake COPYONLY)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/slipstreamConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/slipstreamConfig.cmake
  ${PROJECT_BINARY_DIR}/slipstreamConfigVersion.cmake DESTINATION ${slip_package_dir}
  COMPONENT development)

# Written where it belongs and nowhere else: two installations at once do not meet.
install(CODE "
  set(PROJECT_VERSION \"${PROJECT_VERSION}\")
  set(CMAKE_INSTALL_LIBDIR \"${CMAKE_INSTALL_LIBDIR}\")
  set(CMAKE_INSTALL_INCLUDEDIR \"${CMAKE_INSTALL_INCLUDEDIR}\")
  get_filename_component(CMAKE_INSTALL_PREFIX \"\${CMAKE_INSTALL_PREFIX}\" ABSOLUTE)
  set(file \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig/slipstream.pc\")
  message(STATUS \"Writing: \$ENV{DESTDIR}\${file}\")
  configure_file(\"${PROJECT_SOURCE_DIR}/pkgconfig/slipstream.pc.in\"
    \"\$ENV{DESTDIR}\${file}\" @ONLY)" COMPONENT development)

# The same for what is built beside it without being installed: PKG_CONFIG_PATH=BUILD/pkgconfig.
configure_file(${PROJECT_SOURCE_DIR}/pkgconfig/slipstream-build.pc.in
  ${PROJECT_BINARY_DIR}/pkgconfig/slipstream.pc @ONLY)

# The Go package is source, built by its user; tests stay behind.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/bindings/go/ DESTINATION share/gocode/src/slipstream
  COMPONENT development
  FILES_MATCHING PATTERN "*.go" PATTERN "*.c" PATTERN "*.h" PATTERN "go.mod" PATTERN "README.md"
  PATTERN "internal" EXCLUDE PATTERN "*_test.go" EXCLUDE)

# The Rust crates are source too; their tests are a package of its own, which stays behind.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/bindings/rust/ DESTINATION share/slipstream/rust
  COMPONENT development
  FILES_MATCHING PATTERN "*.rs" PATTERN "Cargo.toml" PATTERN "Cargo.lock" PATTERN "README.md"
  PATTERN "slipstream-tests" EXCLUDE)

# The Python package needs no compiler and finds the library of its own prefix.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/bindings/python/slipstream
  DESTINATION lib/python3/dist-packages COMPONENT python
  FILES_MATCHING PATTERN "*.py" PATTERN "py.typed" PATTERN "__pycache__" EXCLUDE)

# A relative search path lets the command and the library be moved together.
if(TARGET slipstream_cli)
  set_target_properties(slipstream_cli PROPERTIES
    INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  install(TARGETS slipstream_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
  install(FILES ${PROJECT_SOURCE_DIR}/docs/slipstream.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
    COMPONENT tools)
endif()
