# Installs, moves the prefix, and consumes it from where it is then: nothing may remember the old
# place, the sources or the build tree. What the program's plug-ins show is checked as well.
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

file(REMOVE_RECURSE ${work}/prefix ${work}/moved)
run(${CMAKE_COMMAND} --install ${build_tree} --prefix ${work}/prefix)
file(RENAME ${work}/prefix ${work}/moved)

file(GLOB_RECURSE files ${work}/moved/*)
foreach(file IN LISTS files)
  if(file MATCHES "rust/cxx\\.h$|\\.rs\\.h$")
    message(FATAL_ERROR "a generated header is installed: ${file}")
  endif()
  if(file MATCHES "\\.(cmake|[hi]pp)$")
    file(READ ${file} text)
    foreach(path IN ITEMS ${work}/prefix ${build_tree} ${source})
      string(FIND "${text}" "${path}" at)
      if(NOT at EQUAL -1)
        message(FATAL_ERROR "${file} names ${path}")
      endif()
    endforeach()
  endif()
endforeach()

# No cargo: who consumes an installed Tombolo needs no Rust.
consume(installed -D HOW=find_package -D CMAKE_PREFIX_PATH=${work}/moved -D TOMBOLO_CARGO=/nonexistent)

dynamic_symbols(symbols ${build}/libplugin.so)
none_matches("a plug-in" "${rust_symbols}" ${symbols})
# Inline functions of the headers are weak in the plug-in's own objects, as any header's are.
none_matches("a plug-in" "^[A-UX-Z] .*tombolo" ${symbols})
dynamic_symbols(symbols ${build}/libhidden_plugin.so)
none_matches("a plug-in that hides its own" "${rust_symbols}|tombolo" ${symbols})
