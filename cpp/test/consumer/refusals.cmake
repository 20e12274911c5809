# What must fail when it is configured, and the words in which it does.
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

set(build ${work}/refusals)
file(REMOVE_RECURSE ${build})
refuse("no backend 'tape'. Known: folder, memory" ${CMAKE_COMMAND} -S ${source} -B ${build}/backend
  ${like_this} -D TOMBOLO_BACKENDS=tape)
refuse("TOMBOLO_LTO needs clang [0-9]+" ${CMAKE_COMMAND} -S ${source} -B ${build}/lto
  ${like_this} -D CMAKE_CXX_COMPILER=g++ -D TOMBOLO_LTO=ON)
refuse("TOMBOLO_BACKENDS names no backend" ${CMAKE_COMMAND} -S ${source} -B ${build}/none
  ${like_this} -D TOMBOLO_BACKENDS=)
refuse("Tests and examples use every embedded backend" ${CMAKE_COMMAND} -S ${source} -B ${build}/lean
  ${like_this} -D TOMBOLO_BACKENDS=memory)
refuse("THE_ONE_RUST_LIBRARY_OF_A_BINARY" ${CMAKE_COMMAND} -S ${here}/app -B ${build}/two
  ${like_this} -D HOW=add_subdirectory -D TOMBOLO_SOURCE=${source}
  -D WITH_SECOND_CORE=${source}/examples/own-core/Cargo.toml)
refuse("THE_ONE_RUST_LIBRARY_OF_A_BINARY" ${CMAKE_COMMAND} -S ${here}/app -B ${build}/testing
  ${like_this} -D HOW=add_subdirectory -D TOMBOLO_SOURCE=${source} -D TOMBOLO_TESTING=ON
  -D WITH_TESTING=ON)
refuse("there is no manifest" ${CMAKE_COMMAND} -S ${here}/app -B ${build}/manifest
  ${like_this} -D HOW=add_subdirectory -D TOMBOLO_SOURCE=${source}
  -D WITH_SECOND_CORE=${source}/nowhere/Cargo.toml)
