# For teams with their own Rust: their crate in place of the stock one. Installed with the package.
include_guard()
include(${CMAKE_CURRENT_LIST_DIR}/TomboloCargo.cmake)

# What links one Rust static library, marked so that CMake refuses a binary with two of them: each
# would bring a Rust runtime of its own, with its own threads and its own queues.
function(_tombolo_one_rust_library target name)
  set_property(TARGET ${target} PROPERTY INTERFACE_TOMBOLO_THE_ONE_RUST_LIBRARY_OF_A_BINARY ${name})
  set_property(TARGET ${target} APPEND PROPERTY
    COMPATIBLE_INTERFACE_STRING TOMBOLO_THE_ONE_RUST_LIBRARY_OF_A_BINARY)
endfunction()

# Links target to archives that stay out of the dynamic symbols of whatever links them in the end:
# a plug-in of the user's must export neither Rust's symbols nor SQLite's nor Tombolo's.
function(_tombolo_hide target)
  list(JOIN ARGN ":" archives)
  target_link_options(${target} INTERFACE LINKER:--exclude-libs,${archives})
endfunction()

# Whatever has Tombolo's code in it stays mapped once loaded: the threads that run it live as long as
# the process, and dlclose would take it from under them. On an executable this does nothing.
function(_tombolo_keep_mapped target scope)
  target_link_options(${target} ${scope} LINKER:-z,nodelete)
endfunction()

# tombolo_add_core(<target> MANIFEST <path/Cargo.toml> [CRATE <name>] [NO_DEFAULT_FEATURES]
#   [FEATURES <feature>...])
#
# Builds the crate, which depends on tombolo-bridge, as the program's one Rust static library.
# Linking <target> gives that library, Tombolo's C++ API and the crate's own generated headers
# ("<crate>/src/lib.rs.h"). A program links <target> or tombolo::tombolo, never both.
function(tombolo_add_core target)
  find_package(Threads REQUIRED)  # its target is known only where it was looked for
  tombolo_cargo_library(${target}_archive ${ARGN})
  get_target_property(include ${target}_archive TOMBOLO_GENERATED_INCLUDE)
  get_target_property(archive ${target}_archive IMPORTED_LOCATION)
  get_filename_component(archive ${archive} NAME)

  add_library(${target} INTERFACE)
  target_include_directories(${target} INTERFACE ${include})
  # The C++ calls the Rust, so it comes first.
  target_link_libraries(${target} INTERFACE tombolo::cpp ${target}_archive
    Threads::Threads ${CMAKE_DL_LIBS} m)
  add_dependencies(${target} ${target}_archive_cargo)
  _tombolo_hide(${target} libtombolo_cpp.a ${archive})
  _tombolo_keep_mapped(${target} INTERFACE)
  _tombolo_one_rust_library(${target} ${target})
endfunction()
