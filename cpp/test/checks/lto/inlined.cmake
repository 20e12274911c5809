# Runs the program, then looks for a call in the disassembly of its section "caller".
execute_process(COMMAND ${PROGRAM} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${OBJDUMP} -d -j caller ${PROGRAM}
  OUTPUT_VARIABLE code COMMAND_ERROR_IS_FATAL ANY)
if(NOT code MATCHES "<caller_in_cpp>:")
  message(FATAL_ERROR "caller_in_cpp is not in ${PROGRAM}")
endif()
if(code MATCHES "\t(call|jmp)")
  message(FATAL_ERROR "it still calls:\n${code}")
endif()
