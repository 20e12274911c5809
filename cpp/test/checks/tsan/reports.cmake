# A race must be reported, with both its sides, and nothing else be wrong with the program:
# cmake -D PROGRAM=<program> -D WHERE=<argument> -D ONE=<frame> -D OTHER=<frame> -P reports.cmake
# A frame is one of that side's stack, such as "#0 add_in_cpp". Either side may be the second.
execute_process(COMMAND ${PROGRAM} ${WHERE} RESULT_VARIABLE result ERROR_VARIABLE report
  OUTPUT_VARIABLE said)
message("It ended with '${result}'.\n${report}\n${said}")

set(frame "    #[0-9]+ [^\n]*\n")
function(side out when named)
  string(REPLACE ".*" "[^\n]*" named "${named}")
  set(${out} "  ${when} of size [0-9]+ at 0x[0-9a-f]+ by [^\n]*:\n(${frame})*    ${named}[^\n]*\n(${frame})*\n"
    PARENT_SCOPE)
endfunction()

if(NOT result EQUAL 66)
  message(FATAL_ERROR "ThreadSanitizer has not failed it")
endif()
set(now "(Read|Write)")
set(before "Previous (read|write)")
foreach(order IN ITEMS "${ONE};${OTHER}" "${OTHER};${ONE}")
  list(GET order 0 first)
  list(GET order 1 second)
  side(first "${now}" "${first}")
  side(second "${before}" "${second}")
  if(report MATCHES "WARNING: ThreadSanitizer: data race \\(pid=[0-9]+\\)\n${first}${second}")
    return()
  endif()
endforeach()
message(FATAL_ERROR "no race of ${ONE} and ${OTHER} is reported")
