# The shared library: built, installed, consumed; it shows names of namespace tombolo and no other.
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

set(tree ${work}/shared-tree)
file(REMOVE_RECURSE ${work}/shared-prefix)
run(${CMAKE_COMMAND} -S ${source} -B ${tree} ${like_this} -D TOMBOLO_SHARED=ON
  -D TOMBOLO_BUILD_TESTS=OFF -D TOMBOLO_BUILD_EXAMPLES=OFF -D TOMBOLO_BUILD_BENCHES=OFF
  -D TOMBOLO_TESTING=OFF)
run(${CMAKE_COMMAND} --build ${tree} -j2)
run(${CMAKE_COMMAND} --install ${tree} --prefix ${work}/shared-prefix)

set(library ${work}/shared-prefix/lib/libtombolo.so)
dynamic_symbols(symbols ${library})
list(FILTER symbols EXCLUDE REGEX "^$|^[A-Za-z] ([a-z ]+ for )?tombolo::v[0-9_]+::")
none_matches("libtombolo.so" "." ${symbols})

consume(shared -D HOW=find_package -D CMAKE_PREFIX_PATH=${work}/shared-prefix)
