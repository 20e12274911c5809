# What is built again, and what is not, on a copy of the sources: by ${generator}.
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

set(tree ${work}/rebuild-${generator})
string(REPLACE " " "-" tree ${tree})
file(REMOVE_RECURSE ${tree})
file(MAKE_DIRECTORY ${tree}/source)
file(COPY ${source}/Cargo.toml ${source}/Cargo.lock ${source}/CMakeLists.txt ${source}/bridge
  ${source}/benches ${source}/rust ${source}/cpp DESTINATION ${tree}/source PATTERN target EXCLUDE)

# What many a Rust developer has in the environment; the build has a folder and a target of its own.
set(ENV{CARGO_TARGET_DIR} ${tree}/elsewhere)
set(ENV{CARGO_BUILD_TARGET} no-such-target)
set(ENV{CARGO_TERM_COLOR} never)  # what cargo says is read here

# The default build type of cargo's is the slow one; nobody runs what comes out.
run(${CMAKE_COMMAND} -S ${tree}/source -B ${tree}/build -G ${generator}
  -D CMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER} -D CMAKE_BUILD_TYPE=Debug
  -D TOMBOLO_CARGO_TARGET_DIR=${work}/rebuild-cargo -D TOMBOLO_BUILD_TESTS=OFF
  -D TOMBOLO_TESTING=OFF
  -D TOMBOLO_BUILD_EXAMPLES=OFF -D TOMBOLO_BUILD_BENCHES=OFF)

# build(<what has happened> <regex that the output must match> <regex that it must not>)
macro(build what must must_not)
  run(${CMAKE_COMMAND} --build ${tree}/build)
  if(NOT output MATCHES "${must}")
    message(FATAL_ERROR "${what}: not built again (${must}):\n${output}")
  endif()
  if(output MATCHES "${must_not}")
    message(FATAL_ERROR "${what}: '${CMAKE_MATCH_0}' was done for nothing:\n${output}")
  endif()
endmacro()

set(cargo "Building Rust crate")
set(cxx "Building CXX")
set(link "Linking CXX")
set(compiles "Compiling")

build("first" "${cargo}.*${cxx}" "^$")
build("nothing changed" "." "${cargo}|${cxx}|${link}|${compiles}")

file(APPEND ${tree}/source/rust/core/src/lib.rs "// A comment.\n")
build("a Rust source changed" "${cargo}.*${compiles}" "${cxx}")
string(REGEX MATCHALL "Compiling [^ ]+" compiled "${output}")
list(REMOVE_DUPLICATES compiled)
if(NOT compiled STREQUAL "Compiling tombolo;Compiling tombolo-bridge")
  message(FATAL_ERROR "a Rust source changed, and compiled were: ${compiled}")
endif()
build("nothing changed since" "." "${cargo}|${cxx}|${link}|${compiles}")

file(TOUCH ${tree}/source/Cargo.toml)
build("a manifest was touched" "${cargo}" "${cxx}|${compiles}")
build("nothing changed since the manifest" "." "${cargo}|${cxx}|${link}|${compiles}")

# Another build tree's headers, as a folder of cargo's that trees share has them, are not this one's.
set(links ${work}/rebuild-cargo/cxxbridge/tombolo-bridge/src)
file(REMOVE_RECURSE ${links})
file(WRITE ${links}/blob.rs.h "#error of another tree\n")
file(TOUCH ${tree}/source/Cargo.toml)
build("another tree was built" "${cargo}" "${cxx}|${compiles}")

# Trees that share that folder wait for each other: while the lock is held here, the build does.
file(LOCK ${work}/rebuild-cargo/tombolo.lock)
set(build_alone ${CMAKE_COMMAND} -D SETTINGS=${tree}/build/cpp/tombolo_stock.cargo/settings.cmake
  -P ${tree}/source/cpp/cmake/TomboloCargoBuild.cmake)
execute_process(COMMAND ${build_alone} TIMEOUT 10 RESULT_VARIABLE result)
if(NOT result MATCHES "timeout")
  message(FATAL_ERROR "a build did not wait for the lock (${result})")
endif()
file(LOCK ${work}/rebuild-cargo/tombolo.lock RELEASE)
run(${build_alone})

# A generated header that changes must reach the C++ in the same build, not in the next.
file(READ ${tree}/source/bridge/src/crossing/ffi.rs text)
string(REPLACE "fn in_forked_child() -> bool;" "fn in_forked_child() -> bool;\n        fn added();" text "${text}")
string(APPEND text "fn added() {}\n")
file(WRITE ${tree}/source/bridge/src/crossing/ffi.rs "${text}")
build("a bridge changed" "${cargo}.*${cxx}" "^$")
build("nothing changed since the bridge" "." "${cargo}|${cxx}|${link}|${compiles}")
