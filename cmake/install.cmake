# cmake --install BUILD --prefix PREFIX: library, header, command, man page, pkg-config file and CMake
# package. The pkg-config file is made at install time, so that it names the prefix really used.
if(NOT TARGET slipstream)
  return()
endif()
include(CMakePackageConfigHelpers)

# A relative search path lets the command and the library be moved together.
set(slip_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/slipstream)
install(TARGETS slipstream EXPORT slipstreamTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${PROJECT_SOURCE_DIR}/include/slipstream.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT slipstreamTargets NAMESPACE slipstream:: DESTINATION ${slip_package_dir})
configure_file(${PROJECT_SOURCE_DIR}/pkgconfig/slipstreamConfig.cmake.in
  ${PROJECT_BINARY_DIR}/slipstreamConfig.cmake COPYONLY)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/slipstreamConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/slipstreamConfig.cmake
  ${PROJECT_BINARY_DIR}/slipstreamConfigVersion.cmake DESTINATION ${slip_package_dir})

install(CODE "
  set(PROJECT_VERSION \"${PROJECT_VERSION}\")
  set(CMAKE_INSTALL_LIBDIR \"${CMAKE_INSTALL_LIBDIR}\")
  set(CMAKE_INSTALL_INCLUDEDIR \"${CMAKE_INSTALL_INCLUDEDIR}\")
  get_filename_component(CMAKE_INSTALL_PREFIX \"\${CMAKE_INSTALL_PREFIX}\" ABSOLUTE)
  configure_file(\"${PROJECT_SOURCE_DIR}/pkgconfig/slipstream.pc.in\"
    \"${PROJECT_BINARY_DIR}/slipstream.pc\" @ONLY)")
install(FILES ${PROJECT_BINARY_DIR}/slipstream.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The Python package needs no compiler and finds the library of its own prefix.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/bindings/python/slipstream
  DESTINATION lib/python3/dist-packages
  FILES_MATCHING PATTERN "*.py" PATTERN "py.typed" PATTERN "__pycache__" EXCLUDE)

if(TARGET slipstream_cli)
  set_target_properties(slipstream_cli PROPERTIES
    INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  install(TARGETS slipstream_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES ${PROJECT_SOURCE_DIR}/docs/slipstream.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
