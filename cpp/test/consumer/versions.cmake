# Two plug-ins with two versions of Tombolo in one process, all their symbols global: they share no
# name, and each answers. The other version is this one under another name.
cmake_minimum_required(VERSION 3.22)  # IN_LIST
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

set(renamed -D CMAKE_CXX_FLAGS=-DTOMBOLO_VERSION_NAMESPACE=v0_999)
set(tree ${work}/renamed-tree)
file(REMOVE_RECURSE ${work}/renamed-prefix)
run(${CMAKE_COMMAND} -S ${source} -B ${tree} ${like_this} ${renamed}
  -D TOMBOLO_BUILD_TESTS=OFF -D TOMBOLO_BUILD_EXAMPLES=OFF -D TOMBOLO_BUILD_BENCHES=OFF
  -D TOMBOLO_TESTING=OFF)
run(${CMAKE_COMMAND} --build ${tree} -j2)
run(${CMAKE_COMMAND} --install ${tree} --prefix ${work}/renamed-prefix)
consume(renamed -D HOW=find_package -D CMAKE_PREFIX_PATH=${work}/renamed-prefix ${renamed})

set(theirs ${build}/libplugin.so)
set(ours ${work}/installed/libplugin.so)  # consumer.installed has built it
run(${build}/host ${ours} ${ours} ${theirs} ${theirs})

dynamic_symbols(our_symbols ${ours})
dynamic_symbols(their_symbols ${theirs})
list(FILTER our_symbols INCLUDE REGEX "tombolo")
if(NOT our_symbols)
  message(FATAL_ERROR "The plug-in shows nothing of Tombolo's: there is nothing to compare.")
endif()
foreach(symbol IN LISTS our_symbols)
  if(symbol IN_LIST their_symbols)
    message(FATAL_ERROR "Both versions show: ${symbol}")
  endif()
endforeach()
