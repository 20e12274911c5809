# What the scripts here share. Each is run as `cmake -D SETTINGS=<file> -P <script>`.
include(${SETTINGS})

# run(<command>...): must succeed; its output is in `output`, and is shown if it fails.
macro(run)
  _run(${ARGN})
  if(result)
    message(FATAL_ERROR "failed (${result}): ${command}\n${output}")
  endif()
endmacro()

# refuse(<regex> <command>...): must fail, and say what matches.
macro(refuse regex)
  _run(${ARGN})
  string(REGEX REPLACE "[ \n]+" " " said "${output}")  # CMake wraps its messages
  if(NOT result OR NOT said MATCHES "${regex}")
    message(FATAL_ERROR "should fail with '${regex}', got ${result}: ${command}\n${output}")
  endif()
endmacro()

macro(_run)
  list(JOIN ARGN " " command)
  message(STATUS "${command}")
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output
    ERROR_VARIABLE output ECHO_OUTPUT_VARIABLE ECHO_ERROR_VARIABLE)
endmacro()

# What a fresh build tree needs to be like the one under test, and to compile no crate again.
set(like_this -G Ninja -D CMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
  -D CMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE} -D TOMBOLO_CARGO_TARGET_DIR=${TOMBOLO_CARGO_TARGET_DIR})

# consume(<name> <-D option>...): configures and builds the project in app/, and runs what it makes.
# `library` is the shared library, if there is one; else each plug-in has Tombolo's code in itself.
macro(consume name)
  set(build ${work}/${name})
  file(REMOVE_RECURSE ${build})
  run(${CMAKE_COMMAND} -S ${here}/app -B ${build} ${like_this} ${ARGN})
  run(${CMAKE_COMMAND} --build ${build} -j2)
  run(${build}/app)
  run(${build}/lean)
  set(host ${build}/host)
  foreach(plugin IN ITEMS ${build}/libplugin.so ${build}/libhidden_plugin.so)
    if(library)
      list(APPEND host ${library} ${plugin})
    else()
      list(APPEND host ${plugin} ${plugin})
    endif()
  endforeach()
  run(${host})
endmacro()

# dynamic_symbols(<out> <file>): one "<type> <demangled name>" each.
macro(dynamic_symbols out file)
  execute_process(COMMAND ${CMAKE_NM} -D --defined-only -C ${file}
    OUTPUT_VARIABLE ${out} COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE ";" "," ${out} "${${out}}")
  string(REGEX REPLACE "(^|\n)[0-9a-f]+ " "\\1" ${out} "${${out}}")
  string(REPLACE "\n" ";" ${out} "${${out}}")
endmacro()

# none_matches(<what> <regex> <symbol>...)
macro(none_matches what regex)
  set(found ${ARGN})
  list(FILTER found INCLUDE REGEX "${regex}")
  if(found)
    list(JOIN found "\n  " found)
    message(FATAL_ERROR "${what} shows:\n  ${found}")
  endif()
endmacro()

# Whatever comes from the Rust archive, and cxx's own.
set(rust_symbols
  "rust_|_R[A-Z]|cxxbridge|rust::|sqlite3|core::|alloc::|tokio|tombolo::ffi|tombolo_bridge|::h[0-9a-f]+$")
