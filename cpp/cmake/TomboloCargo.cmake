# Builds a crate as a static library, with its generated C++ headers. Installed with the package.
include_guard()
include(${CMAKE_CURRENT_LIST_DIR}/TomboloToolchain.cmake)

set(TOMBOLO_CARGO_TARGET "" CACHE STRING "Rust's name of the platform to build for; empty: this one")
set(TOMBOLO_CARGO_PROFILE "" CACHE STRING "Cargo's profile; empty: dev in a Debug build, else release")
set(TOMBOLO_CARGO_TARGET_DIR "${CMAKE_BINARY_DIR}/cargo" CACHE PATH
  "Where cargo keeps what it compiles; trees of the same sources that share it compile crates once")
mark_as_advanced(TOMBOLO_CARGO_TARGET TOMBOLO_CARGO_PROFILE TOMBOLO_CARGO_TARGET_DIR)

# Cached, since functions run where they are called, and that may be outside this scope.
set(_tombolo_cargo_script ${CMAKE_CURRENT_LIST_DIR}/TomboloCargoBuild.cmake CACHE INTERNAL "")

# One cargo at a time: each uses every core, and they would wait for one another's lock.
get_property(_tombolo_pools GLOBAL PROPERTY JOB_POOLS)
if(NOT _tombolo_pools MATCHES "tombolo_cargo=")
  set_property(GLOBAL APPEND PROPERTY JOB_POOLS tombolo_cargo=1)
endif()

# tombolo_cargo_library(<target> MANIFEST <Cargo.toml> [CRATE <name>] [NO_DEFAULT_FEATURES]
#   [FEATURES <feature>...])
#
# Defines the imported library <target>, which is the crate's archive, with the property
# TOMBOLO_GENERATED_INCLUDE, the folder of its generated headers. Cargo runs when a file has changed
# that it had read, and touches neither archive nor headers that come out the same.
function(tombolo_cargo_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_DEFAULT_FEATURES" "MANIFEST;CRATE" "FEATURES")
  _tombolo_find_cargo()
  get_filename_component(manifest "${arg_MANIFEST}" ABSOLUTE)
  if(NOT EXISTS "${manifest}")
    message(FATAL_ERROR "${target}: there is no manifest '${manifest}'.")
  endif()
  get_filename_component(crate_dir ${manifest} DIRECTORY)
  set(crate "${arg_CRATE}")
  if(NOT crate)
    _tombolo_crate_name(crate ${manifest})
  endif()
  string(REPLACE "-" "_" lib_name ${crate})
  string(REPLACE "::" "_" file_name ${target})
  set(dir ${CMAKE_CURRENT_BINARY_DIR}/${file_name}.cargo)

  set(archive ${dir}/lib${lib_name}.a)
  _tombolo_bridge_headers(headers ${crate} ${crate_dir})
  set(header_paths ${headers})
  list(TRANSFORM header_paths PREPEND ${dir}/include/)
  # CMake wants an include folder to exist when it generates.
  file(MAKE_DIRECTORY ${dir}/include)

  _tombolo_cargo_settings(${dir}/settings.cmake)
  add_custom_command(
    OUTPUT ${dir}/built
    BYPRODUCTS ${archive} ${header_paths}
    COMMAND ${CMAKE_COMMAND} -D SETTINGS=${dir}/settings.cmake -P ${_tombolo_cargo_script}
    DEPENDS ${dir}/settings.cmake ${_tombolo_cargo_script} ${manifest}
    DEPFILE ${dir}/built.d
    JOB_POOL tombolo_cargo
    COMMENT "Building Rust crate ${crate}"
    VERBATIM)
  add_custom_target(${file_name}_cargo DEPENDS ${dir}/built)

  add_library(${target} STATIC IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION ${archive}
    TOMBOLO_GENERATED_INCLUDE ${dir}/include)
  add_dependencies(${target} ${file_name}_cargo)
endfunction()

# Everything that TomboloCargoBuild.cmake must know. Rewritten only if it has changed, so that
# cargo runs again when, and only when, a flag has.
function(_tombolo_cargo_settings path)
  set(profile "${TOMBOLO_CARGO_PROFILE}")
  if(NOT profile)
    set(profile release)
    if(CMAKE_BUILD_TYPE STREQUAL "Debug")
      set(profile dev)
    endif()
  endif()
  set(triple "${TOMBOLO_CARGO_TARGET}")
  if(NOT triple AND tombolo_rust_flags)
    # With a target named, build scripts and macros are compiled without these flags.
    _tombolo_rustc_says(triple "host: ([^\n]+)")
  endif()
  set(cargo_options "")
  if(TOMBOLO_OFFLINE)
    list(APPEND cargo_options --offline)
    if(EXISTS "${TOMBOLO_VENDOR_DIR}/cargo/config.toml")
      list(APPEND cargo_options --config ${TOMBOLO_VENDOR_DIR}/cargo/config.toml)
    endif()
  endif()
  if(tombolo_rust_build_std)
    list(APPEND cargo_options -Zbuild-std=std,panic_unwind)
  endif()
  list(JOIN tombolo_cxx_flags " " cxx_flags)
  string(STRIP "${CMAKE_CXX_FLAGS} ${cxx_flags}" cxx_flags)
  list(JOIN tombolo_rust_flags " " rust_flags)

  set(text "# Written by TomboloCargo.cmake; read by TomboloCargoBuild.cmake.\n")
  foreach(name IN ITEMS crate lib_name manifest crate_dir dir archive headers profile triple
      cargo_options arg_NO_DEFAULT_FEATURES arg_FEATURES cxx_flags rust_flags
      tombolo_rust_bootstrap tombolo_rust_build_std TOMBOLO_CARGO TOMBOLO_CARGO_TARGET_DIR CMAKE_C_COMPILER CMAKE_CXX_COMPILER CMAKE_AR)
    string(APPEND text "set(${name} [==[${${name}}]==])\n")
  endforeach()
  file(GENERATE OUTPUT ${path} CONTENT "${text}")
endfunction()

# The generated headers, as they are included: rust/cxx.h, and one per file with a bridge. CMake
# must know them beforehand: only then are C++ files compiled again in the build that changes one.
function(_tombolo_bridge_headers out crate crate_dir)
  set(headers rust/cxx.h)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE ${crate_dir} ${crate_dir}/src/*.rs)
  foreach(source IN LISTS sources)
    file(STRINGS ${crate_dir}/${source} bridge REGEX "^ *#\\[cxx::bridge" LIMIT_COUNT 1)
    if(bridge)
      list(APPEND headers ${crate}/${source}.h)
    endif()
  endforeach()
  if(headers STREQUAL "rust/cxx.h")
    set(headers "")  # a crate without cxx
  elseif(EXISTS ${crate_dir}/build.rs)
    # A file becomes a bridge by being named in build.rs.
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${crate_dir}/build.rs)
  endif()
  set(${out} ${headers} PARENT_SCOPE)
endfunction()

function(_tombolo_crate_name out manifest)
  file(STRINGS ${manifest} names REGEX "^name *= *\"")
  list(GET names 0 line)
  string(REGEX REPLACE "^name *= *\"([^\"]+)\".*" "\\1" name "${line}")
  set(${out} ${name} PARENT_SCOPE)
endfunction()
