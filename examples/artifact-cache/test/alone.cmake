# The service as the README builds it, outside this repository: it finds an installed Tombolo.
#   cmake -D tombolo=BUILD-FOLDER -D work=FOLDER -D compiler=CXX -P alone.cmake
file(REMOVE_RECURSE ${work})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${tombolo} --prefix ${work}/tombolo
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/.. -B ${work}/build -G Ninja
  -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_PREFIX_PATH=${work}/tombolo COMMAND_ERROR_IS_FATAL ANY)
# The one file that knows Tombolo; the rest is compiled as in the repository.
execute_process(COMMAND ${CMAKE_COMMAND} --build ${work}/build
  --target CMakeFiles/artifact-cache-service.dir/src/tombolo_store.cpp.o COMMAND_ERROR_IS_FATAL ANY)
