# cpack --config BUILD/CPackConfig.cmake: Debian packages, one for each component of install.cmake.
# Dependencies on libraries are those that dpkg-shlibdeps finds; our own packages want each other's very
# version.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME slipstream)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "The libslipstream authors")
set(CPACK_PACKAGE_CONTACT "The libslipstream authors <authors@libslipstream.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "replica of a NATS KV bucket inside every process")
set(CPACK_COMPONENTS_ALL library development tools python)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
# With DESTDIR the prefix is /usr while it installs, so that slipstream.pc says so.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
# A program that was linked with this library wants it or a later one of its epoch (docs/abi.md).
file(WRITE ${PROJECT_BINARY_DIR}/debian/shlibs "libslipstream 0 libslipstream0 (>= ${PROJECT_VERSION})\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/debian/shlibs)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/src)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

function(slip_debian component package section)
  string(TOUPPER ${component} upper)
  cmake_parse_arguments(D "SHLIBDEPS;ALL" "DEPENDS;DESCRIPTION" "" ${ARGN})
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${D_DEPENDS}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_SHLIBDEPS ${D_SHLIBDEPS} PARENT_SCOPE)
  set(CPACK_COMPONENT_${upper}_DESCRIPTION "${D_DESCRIPTION}" PARENT_SCOPE)
  if(D_ALL)
    set(CPACK_DEBIAN_${upper}_PACKAGE_ARCHITECTURE all PARENT_SCOPE)
  endif()
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION share/doc/${package} RENAME copyright
    COMPONENT ${component} EXCLUDE_FROM_ALL)
endfunction()

set(slip_this "(= ${PROJECT_VERSION})")
slip_debian(library libslipstream0 libs SHLIBDEPS
  DESCRIPTION "The shared library: it watches a NATS JetStream KV bucket, folds it into a durable local store and moves its cursor only after the caller has applied each batch.")
slip_debian(development libslipstream-dev libdevel DEPENDS "libslipstream0 ${slip_this}"
  DESCRIPTION "Header, pkg-config file and CMake package for programs that link libslipstream, and the sources of its Go package and its Rust crates.")
slip_debian(tools slipstream-tools utils SHLIBDEPS DEPENDS "libslipstream0 ${slip_this}"
  DESCRIPTION "The command slipstream with its man page: buckets, folds, artifacts and publishing.")
slip_debian(python python3-slipstream python ALL
  DEPENDS "python3 (>= 3.9), libslipstream0 ${slip_this}"
  DESCRIPTION "The Python package slipstream, over ctypes: watch, fold, read, export, publish.")
include(CPack)
