# Runs the program, then looks for a call in the disassembly of the section CALLER.
execute_process(COMMAND ${PROGRAM} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${OBJDUMP} -d -j ${CALLER} ${PROGRAM}
  OUTPUT_VARIABLE code COMMAND_ERROR_IS_FATAL ANY)
if(NOT code MATCHES "<${CALLER}_from_cpp>:")
  message(FATAL_ERROR "${CALLER}_from_cpp is not in ${PROGRAM}")
endif()
if(code MATCHES "\t(call|jmp)")
  message(FATAL_ERROR "it still calls:\n${code}")
endif()
