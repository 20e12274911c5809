# tombolo::testing as a team gets it, installed: unit tests link it, a library of the team's own that
# links tombolo::tombolo included; and nothing of it is in what a product links.
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

set(prefix ${work}/testing-prefix)
set(build ${work}/testing)
file(REMOVE_RECURSE ${prefix} ${build})
run(${CMAKE_COMMAND} --install ${build_tree} --prefix ${prefix})
run(${CMAKE_COMMAND} -S ${source}/examples/unit-test -B ${build} ${like_this}
  -D CMAKE_PREFIX_PATH=${prefix} -D TOMBOLO_CARGO=/nonexistent)
run(${CMAKE_COMMAND} --build ${build} -j2)
run(${build}/upload_test)
run(${build}/upload a/b ${CMAKE_CURRENT_LIST_FILE})

# symbols(<out> <regex> <file>): whether the file has symbols that match.
macro(symbols out regex file)
  execute_process(COMMAND ${CMAKE_NM} -C --defined-only ${file}
    OUTPUT_VARIABLE names ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "[^\n]*(${regex})[^\n]*" ${out} "${names}")
endmacro()

# What each part of the testing library is known by, in an archive that has it and one that must not.
macro(only_in_testing regex with without)
  symbols(found "${regex}" ${with})
  if(NOT found)
    message(FATAL_ERROR "no symbol ${regex} is found where they are, in ${with}")
  endif()
  symbols(found "${regex}" ${without})
  if(found)
    message(FATAL_ERROR "${without} has what is for tests alone: ${found}")
  endif()
endmacro()

set(cpp "tombolo::v[0-9_]+::testing::")
foreach(rust IN ITEMS "tombolo_testing::" "::held_clock::" "tombolo.ffi.testing")
  only_in_testing("${rust}" ${prefix}/lib/libtombolo_testing.a ${prefix}/lib/libtombolo_bridge.a)
  only_in_testing("${rust}" ${build}/upload_test ${build}/upload)
endforeach()
only_in_testing("${cpp}" ${prefix}/lib/libtombolo_testing_cpp.a ${prefix}/lib/libtombolo_cpp.a)
only_in_testing("${cpp}" ${build}/upload_test ${build}/upload)
