# An example outside this repository, where it finds an installed Tombolo:
#   cmake -D example=FOLDER -D target=WHAT-TO-BUILD -D tombolo=BUILD-FOLDER -D work=FOLDER
#     -D compiler=CXX -P alone.cmake
file(REMOVE_RECURSE ${work})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${tombolo} --prefix ${work}/tombolo
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/${example} -B ${work}/build
  -G Ninja -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_PREFIX_PATH=${work}/tombolo
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${work}/build --target ${target}
  COMMAND_ERROR_IS_FATAL ANY)
