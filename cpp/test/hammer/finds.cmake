# The hammer must fail with a bug seeded: cmake -D HAMMER=<program> -D BUG=<name> -P finds.cmake
set(ENV{TOMBOLO_SEEDED_BUG} ${BUG})
execute_process(COMMAND ${HAMMER} 200000 2 2 RESULT_VARIABLE result ERROR_VARIABLE complaints
  OUTPUT_VARIABLE said)
string(REGEX MATCHALL "[^\n]+" lines "${complaints}")
list(SUBLIST lines 0 5 first)
list(JOIN first "\n  " first)
message("It ended with '${result}'.\n  ${first}\n${said}")
if(result EQUAL 0)
  message(FATAL_ERROR "the hammer has not found the bug '${BUG}'")
endif()
