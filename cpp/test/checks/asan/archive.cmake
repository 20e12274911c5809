# Core, bridge, test core and generated C++ in the archive all call the sanitizer.
execute_process(COMMAND ${NM} -A --undefined-only ${ARCHIVE}
  OUTPUT_VARIABLE symbols ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
foreach(part IN ITEMS tombolo- tombolo_bridge- tombolo_test_core ffi.rs.o blob.rs.o)
  if(NOT symbols MATCHES "[^\n]*\\.a:[^\n:]*${part}[^\n]* U __asan_report_")
    message(FATAL_ERROR "not instrumented: ${part} in ${ARCHIVE}")
  endif()
endforeach()
