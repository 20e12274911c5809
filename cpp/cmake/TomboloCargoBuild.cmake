# Runs cargo for one crate: cmake -D SETTINGS=<file> -P TomboloCargoBuild.cmake
#
# Leaves, in ${dir}: the archive, include/ with the generated headers, `built` (the time of this
# run) and `built.d` (what cargo read, for the build tool).
cmake_minimum_required(VERSION 3.22)
include(${SETTINGS})

# Cargo locks the folder while it builds, not while the archive is copied out of it; and the archive
# has one path there, whatever the features of the build tree that made it.
file(MAKE_DIRECTORY ${TOMBOLO_CARGO_TARGET_DIR})
file(LOCK ${TOMBOLO_CARGO_TARGET_DIR}/tombolo.lock GUARD PROCESS)

# What is edited while cargo runs must count as newer than this run: take the time now.
file(TOUCH ${dir}/started)

set(ENV{CXX} ${CMAKE_CXX_COMPILER})
set(ENV{CXXFLAGS} "${cxx_flags}")
if(CMAKE_C_COMPILER)
  set(ENV{CC} ${CMAKE_C_COMPILER})
endif()
if(CMAKE_AR)
  set(ENV{AR} ${CMAKE_AR})
endif()
if(rust_flags)
  set(ENV{RUSTFLAGS} "$ENV{RUSTFLAGS} ${rust_flags}")
endif()
if(tombolo_rust_bootstrap)
  set(ENV{RUSTC_BOOTSTRAP} 1)
endif()
if(tombolo_rust_bootstrap)
  # Under a sanitizer, optimising all crates as one takes minutes and finds nothing.
  set(ENV{CARGO_PROFILE_RELEASE_LTO} off)
endif()

# Build scripts would heed the first, and the second would have cargo put the archive elsewhere.
unset(ENV{CARGO_TARGET_DIR})
unset(ENV{CARGO_BUILD_TARGET})

set(options --package ${crate} --lib --crate-type staticlib --profile ${profile}
  --manifest-path ${manifest} --target-dir ${TOMBOLO_CARGO_TARGET_DIR} ${cargo_options})
set(artifacts ${TOMBOLO_CARGO_TARGET_DIR})
if(triple)
  list(APPEND options --target ${triple})
  string(APPEND artifacts /${triple})
endif()
if(arg_NO_DEFAULT_FEATURES)
  list(APPEND options --no-default-features)
endif()
if(arg_FEATURES)
  list(JOIN arg_FEATURES "," features)
  list(APPEND options --features ${features})
endif()

# In the crate's folder, so that its own .cargo/config.toml and rust-toolchain.toml count.
execute_process(COMMAND ${TOMBOLO_CARGO} rustc ${options} --message-format json-render-diagnostics
  WORKING_DIRECTORY ${crate_dir} RESULT_VARIABLE result OUTPUT_VARIABLE messages)
if(result)
  message(FATAL_ERROR "cargo could not build ${crate}.")
endif()

# The headers that this crate's build script has made. Under cxxbridge/ in cargo's folder are links
# to those of whichever build script ran last.
set(executed "{[^\n]*\"build-script-executed\"[^\n]*[/#]${crate}[#@][^\n]*")
if(headers)
  if(NOT messages MATCHES "${executed}")
    message(FATAL_ERROR "${crate} has a bridge, and no build.rs that generates its headers.")
  endif()
  string(JSON out_dir GET "${CMAKE_MATCH_0}" out_dir)
endif()
if(profile STREQUAL "dev")
  string(APPEND artifacts /debug)
else()
  string(APPEND artifacts /${profile})
endif()
file(COPY_FILE ${artifacts}/lib${lib_name}.a ${archive} ONLY_IF_DIFFERENT)
foreach(header IN LISTS headers)
  set(generated ${out_dir}/cxxbridge/include/${header})
  if(NOT EXISTS ${generated})
    message(FATAL_ERROR "${crate} has generated no ${header}. Does its build.rs name the file, and "
      "leave cxx_build::CFG.include_prefix as it is?")
  endif()
  get_filename_component(folder ${dir}/include/${header} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  file(REAL_PATH ${generated} generated)
  file(COPY_FILE ${generated} ${dir}/include/${header} ONLY_IF_DIFFERENT)
endforeach()

# Cargo's dep-info names sources and what build scripts watch; it leaves manifests and lock out.
file(READ ${artifacts}/lib${lib_name}.d info)
string(REPLACE "\\ " "?" info "${info}")
string(REGEX REPLACE "^[^\n]*\\.a:" "" info "${info}")
string(REGEX MATCHALL "[^ \n]+" read "${info}")
set(inputs "")
foreach(file IN LISTS read)
  string(REPLACE "?" " " file "${file}")
  cmake_path(NORMAL_PATH file)
  list(APPEND inputs "${file}")
  cmake_path(GET file PARENT_PATH folder)
  # Up to the folder of the workspace; each is looked at once.
  while(NOT folder IN_LIST seen AND NOT folder STREQUAL "/")
    list(APPEND seen "${folder}")
    foreach(name IN ITEMS Cargo.toml Cargo.lock)
      if(EXISTS "${folder}/${name}")
        list(APPEND inputs "${folder}/${name}")
      endif()
    endforeach()
    cmake_path(GET folder PARENT_PATH folder)
  endwhile()
endforeach()
list(REMOVE_DUPLICATES inputs)
list(TRANSFORM inputs REPLACE " " "\\\\ ")
list(JOIN inputs " \\\n  " inputs)
string(REPLACE " " "\\ " output ${dir}/built)
file(WRITE ${dir}/built.d "${output}: ${inputs}\n")
file(RENAME ${dir}/started ${dir}/built)
