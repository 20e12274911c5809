# What a user of the build can choose.
include_guard()

option(TOMBOLO_SHARED "Make tombolo::tombolo a shared library" "${BUILD_SHARED_LIBS}")
option(TOMBOLO_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(TOMBOLO_BUILD_EXAMPLES "Build the examples" ${PROJECT_IS_TOP_LEVEL})
option(TOMBOLO_BUILD_BENCHES "Build the benches" ${PROJECT_IS_TOP_LEVEL})
option(TOMBOLO_INSTALL "Have an install target" ON)
option(TOMBOLO_TESTING "Have tombolo::testing, for unit tests of code that uses Tombolo" ${PROJECT_IS_TOP_LEVEL})
option(TOMBOLO_WARNINGS_AS_ERRORS "Fail on a compiler's warning in Tombolo's own sources" OFF)

set(TOMBOLO_BACKENDS "folder;memory" CACHE STRING
  "The blob backends of tombolo::tombolo, at least one")
set(TOMBOLO_BLOCKS "" CACHE STRING
  "The building blocks of tombolo::tombolo beside blobs: identity, secrets")
# The next three are read by TomboloCargo.cmake, also in a project that uses an installed Tombolo.
set(TOMBOLO_SANITIZE "" CACHE STRING
  "Sanitizers for C++, as for -fsanitize=; 'address' and 'thread' instrument the Rust too")
option(TOMBOLO_LTO "Optimise across the two languages: clang and lld of rustc's own LLVM" OFF)
option(TOMBOLO_OFFLINE "Build from the crates that scripts/vendor has put by, without a network" OFF)
set(TOMBOLO_VENDOR_DIR "${CMAKE_CURRENT_SOURCE_DIR}/vendor" CACHE PATH "Where scripts/vendor put them")

set(tombolo_known_backends folder memory azure gcs s3)
if(NOT TOMBOLO_BACKENDS)
  message(FATAL_ERROR "TOMBOLO_BACKENDS names no backend.")
endif()
foreach(backend IN LISTS TOMBOLO_BACKENDS)
  if(NOT backend IN_LIST tombolo_known_backends)
    list(JOIN tombolo_known_backends ", " known)
    message(FATAL_ERROR "TOMBOLO_BACKENDS: there is no backend '${backend}'. Known: ${known}.")
  endif()
endforeach()

set(tombolo_known_blocks identity secrets)
foreach(block IN LISTS TOMBOLO_BLOCKS)
  if(NOT block IN_LIST tombolo_known_blocks)
    list(JOIN tombolo_known_blocks ", " known)
    message(FATAL_ERROR "TOMBOLO_BLOCKS: there is no block '${block}'. Known: ${known}.")
  endif()
endforeach()

# With those that cargo takes by default, its defaults are meant, which other crates of the same build
# have as well.
set(tombolo_stock_features "")
set(tombolo_extras ${TOMBOLO_BACKENDS} ${TOMBOLO_BLOCKS})
list(REMOVE_ITEM tombolo_extras folder memory)
if(NOT "folder" IN_LIST TOMBOLO_BACKENDS OR NOT "memory" IN_LIST TOMBOLO_BACKENDS)
  set(tombolo_stock_features NO_DEFAULT_FEATURES FEATURES ${TOMBOLO_BACKENDS} ${TOMBOLO_BLOCKS})
  if(TOMBOLO_BUILD_TESTS OR TOMBOLO_BUILD_EXAMPLES)
    message(FATAL_ERROR "Tests and examples use every embedded backend; TOMBOLO_BACKENDS leaves one out.")
  endif()
elseif(tombolo_extras)
  set(tombolo_stock_features FEATURES ${tombolo_extras})
endif()

# A RelWithDebInfo default is for whoever builds Tombolo itself, never for a host project.
get_property(tombolo_multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT tombolo_multi_config)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, Release, RelWithDebInfo, MinSizeRel" FORCE)
endif()
