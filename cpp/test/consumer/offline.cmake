# Builds from vendored crates alone, moved as to another machine: no network, no registry, nothing in
# cargo's home.
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

set(tree ${work}/offline)
file(REMOVE_RECURSE ${tree})
file(MAKE_DIRECTORY ${tree}/cargo-home)
run(${source}/scripts/vendor ${tree}/vendor)
file(RENAME ${tree}/vendor ${tree}/moved)

set(ENV{CARGO_HOME} ${tree}/cargo-home)
set(ENV{CARGO_NET_OFFLINE} true)
run(${CMAKE_COMMAND} -S ${source} -B ${tree}/build -G Ninja
  -D CMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER} -D CMAKE_BUILD_TYPE=Debug
  -D TOMBOLO_CARGO=${TOMBOLO_CARGO}
  -D TOMBOLO_OFFLINE=ON -D TOMBOLO_VENDOR_DIR=${tree}/moved -D TOMBOLO_BUILD_TESTS=OFF
  -D TOMBOLO_BUILD_EXAMPLES=OFF -D TOMBOLO_BUILD_BENCHES=OFF -D TOMBOLO_TESTING=OFF)
run(${CMAKE_COMMAND} --build ${tree}/build -j2)
file(REMOVE_RECURSE ${tree})
