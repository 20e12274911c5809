# With a bug seeded the hammer must count it, and say so; a crash or a signal is no find:
# cmake -D HAMMER=<program> -D OPERATIONS=<number> -D BUG=<name>
#   -D COMPLAINT=<regex of what it says> -P finds.cmake
set(ENV{TOMBOLO_SEEDED_BUG} ${BUG})
execute_process(COMMAND ${HAMMER} ${OPERATIONS} 2 2 RESULT_VARIABLE result ERROR_VARIABLE complaints
  OUTPUT_VARIABLE said)
string(SUBSTRING "${complaints}" 0 400 first)
message("It ended with '${result}'.\n${first}\n${said}")
if(NOT result EQUAL 1 OR NOT complaints MATCHES "${COMPLAINT}")
  message(FATAL_ERROR "the hammer has not found the bug '${BUG}'")
endif()
