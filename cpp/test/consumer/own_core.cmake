# A team's own core over an installed Tombolo: the example as it would be outside this repository.
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

set(build ${work}/own-core)
file(REMOVE_RECURSE ${build} ${work}/own-prefix)
run(${CMAKE_COMMAND} --install ${build_tree} --prefix ${work}/own-prefix)
run(${CMAKE_COMMAND} -S ${source}/examples/own-core -B ${build} ${like_this}
  -D CMAKE_PREFIX_PATH=${work}/own-prefix)
run(${CMAKE_COMMAND} --build ${build} -j2)
run(${build}/own_core)
run(${CMAKE_COMMAND} --build ${build} -j2)
if(NOT output MATCHES "no work to do")
  message(FATAL_ERROR "a second build works:\n${output}")
endif()
