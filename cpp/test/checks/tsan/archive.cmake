# Core, bridge, test core, Rust's own library and generated C++ in the archive all call the
# sanitizer, and none of them brings it along: the program's C++ compiler does, once.
execute_process(COMMAND ${NM} -A ${ARCHIVE}
  COMMAND grep -E " (U __tsan_(read|write)[0-9]+|T __tsan_init)$"
  OUTPUT_VARIABLE symbols ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
foreach(part IN ITEMS tombolo- tombolo_bridge- tombolo_test_core std- core- alloc- tokio- ffi.rs.o blob.rs.o)
  if(NOT symbols MATCHES "\\.a:[^\n:]*${part}[^\n]* U __tsan_")
    message(FATAL_ERROR "not instrumented: ${part} in ${ARCHIVE}")
  endif()
endforeach()
if(symbols MATCHES " T __tsan_init")
  message(FATAL_ERROR "a runtime of its own: ${ARCHIVE}")
endif()
