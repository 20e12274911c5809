# cmake -D CXX_PROGRAM= -D TOMBOLO_CARGO= -D MANIFEST= -D TARGET_DIR= -D TEST= -D FEATURES= -D LEAST=
#   -P registered.cmake
#
# A declared capability decides which cases of the shared table are registered, and each language asks
# for it in its own words: both must come to the same cases on the same stores.
execute_process(COMMAND ${CXX_PROGRAM} --list OUTPUT_VARIABLE cxx COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${TOMBOLO_CARGO} test --quiet --locked --manifest-path ${MANIFEST}
    --target-dir ${TARGET_DIR} --features "${FEATURES}" --test ${TEST} -- --list
  OUTPUT_VARIABLE rust COMMAND_ERROR_IS_FATAL ANY)

string(REGEX MATCHALL "[a-z_]+::[^\n]+" cxx "${cxx}")
string(REGEX MATCHALL "[a-z_]+::[^\n]+" rust "${rust}")
list(TRANSFORM rust REPLACE ": test$" "")
list(LENGTH cxx count)
if(count LESS LEAST)
  message(FATAL_ERROR "only ${count} cases are registered")
endif()
set(cxx_alone ${cxx})
list(REMOVE_ITEM cxx_alone ${rust})
set(rust_alone ${rust})
list(REMOVE_ITEM rust_alone ${cxx})
if(cxx_alone OR rust_alone)
  message(FATAL_ERROR "registered in C++ alone: ${cxx_alone}\nregistered in Rust alone: ${rust_alone}")
endif()
