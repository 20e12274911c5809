# tombolo::testing: what unit tests link in place of tombolo::tombolo. Its Rust archive is the stock one
# and the fakes together, so that a program of tests has one Rust library; no other target links it.
set(testing_manifest ${tombolo_SOURCE_DIR}/bridge/testing/Cargo.toml)
tombolo_cargo_library(tombolo::testing_core MANIFEST ${testing_manifest} ${tombolo_stock_features})

file(GLOB testing_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/testing/*.cpp)
add_library(tombolo_testing_cpp STATIC ${testing_sources})
set_target_properties(tombolo_testing_cpp PROPERTIES
  EXPORT_NAME testing_cpp
  CXX_EXTENSIONS OFF
  POSITION_INDEPENDENT_CODE ON)
target_link_libraries(tombolo_testing_cpp PUBLIC tombolo_cpp)
target_include_directories(tombolo_testing_cpp SYSTEM PRIVATE
  $<TARGET_PROPERTY:tombolo::testing_core,TOMBOLO_GENERATED_INCLUDE>
  $<TARGET_PROPERTY:tombolo::stock,TOMBOLO_GENERATED_INCLUDE>)
target_compile_options(tombolo_testing_cpp PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<BOOL:${TOMBOLO_WARNINGS_AS_ERRORS}>:-Werror>)
add_dependencies(tombolo_testing_cpp tombolo_testing_core_cargo tombolo_stock_cargo)

add_library(tombolo_testing INTERFACE)
add_library(tombolo::testing ALIAS tombolo_testing)
set_target_properties(tombolo_testing PROPERTIES EXPORT_NAME testing)
# The C++ calls the Rust, so it comes first.
target_link_libraries(tombolo_testing INTERFACE tombolo_testing_cpp tombolo_cpp tombolo::testing_core
  ${CMAKE_DL_LIBS} m)
_tombolo_hide(tombolo_testing libtombolo_testing_cpp.a libtombolo_cpp.a libtombolo_testing.a)
_tombolo_keep_mapped(tombolo_testing INTERFACE)
_tombolo_one_rust_library(tombolo_testing tombolo::testing)
