# Installs headers, libraries and the CMake package. Generated headers stay behind: they are for
# cpp/src, and name cxx's version.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tombolo)

install(TARGETS tombolo_cpp tombolo EXPORT tomboloTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN *.hpp PATTERN *.ipp)
install(FILES gdb/tombolo-gdb.py DESTINATION ${CMAKE_INSTALL_DATADIR}/tombolo)
if(NOT TOMBOLO_SHARED)
  install(TARGETS tombolo_with_stock EXPORT tomboloTargets)
  install(FILES $<TARGET_PROPERTY:tombolo::stock,IMPORTED_LOCATION>
    DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()

if(TOMBOLO_TESTING)
  install(TARGETS tombolo_testing_cpp tombolo_testing EXPORT tomboloTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(FILES $<TARGET_PROPERTY:tombolo::testing_core,IMPORTED_LOCATION>
    DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()

install(EXPORT tomboloTargets NAMESPACE tombolo:: DESTINATION ${package_dir})
configure_package_config_file(cmake/tomboloConfig.cmake.in tomboloConfig.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(tomboloConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/tomboloConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/tomboloConfigVersion.cmake
  cmake/TomboloCargo.cmake cmake/TomboloCargoBuild.cmake cmake/TomboloCore.cmake
  cmake/TomboloToolchain.cmake
  DESTINATION ${package_dir})
