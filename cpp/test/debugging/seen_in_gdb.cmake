# Runs one case in gdb and looks for what must be seen, each in a line below the one before it.
cmake_minimum_required(VERSION 3.22)

set(begin "")
set(look bt)
if(CASE STREQUAL "crash_in_callback")
  set(seen "received signal SIGSEGV"
    "operator\\(\\).*cases\\.cpp" "CallbackOf::run.*completions\\.hpp" "CompletionQueue::poll"
    "CompletionQueue::wait_for" "crash_in_callback" " main")
elseif(CASE STREQUAL "overflow_in_rust")
  set(look "bt -18")
  set(seen "\"tombolo-[01]\" received signal SIGSEGV"
    "overflow_stack.*operations\\.rs" "poll .*erased\\.rs" "run .*slot/run\\.rs" "drain .*worker\\.rs")
elseif(CASE STREQUAL "panic_on_caller")
  set(begin -ex "set breakpoint pending on" -ex "break rust_panic")
  set(seen "\"debugging_cases\" hit Breakpoint 1"
    "panic_now .*operations\\.rs" "poll .*erased\\.rs" "run .*slot/run\\.rs"
    "CompletionQueue::poll" "CompletionQueue::wait_for" " main")
elseif(CASE STREQUAL "panic_on_worker")
  set(begin -ex "set breakpoint pending on" -ex "break rust_panic")
  set(seen "\"tombolo-[01]\" hit Breakpoint 1"
    "panic_now .*operations\\.rs" "poll .*erased\\.rs" "run .*slot/run\\.rs" "drain .*worker\\.rs")
elseif(CASE STREQUAL "stuck")
  set(look "tombolo operations" "thread apply all bt")
  set(seen "received signal SIGINT"
    "^test\\.probe: running, .* on a worker$" "^test\\.probe: running, .* on a worker$"
    "^test\\.read: queued, .* on a worker$" "^test\\.write: waiting, .* on the caller$"
    "^Thread .*\"tombolo-1\"" "async_block.*probes\\.rs" "drain .*worker\\.rs"
    "^Thread .*\"tombolo-0\"" "async_block.*probes\\.rs" "drain .*worker\\.rs"
    "^Thread .*\"tombolo-timer\"" "turn .*deadline/mod\\.rs" "^Thread .*\"debugging_cases\"" "::stuck .*cases\\.cpp")
else()
  message(FATAL_ERROR "There is no case '${CASE}'.")
endif()

set(looks "")
foreach(command IN LISTS look)
  list(APPEND looks -ex ${command})
endforeach()
execute_process(
  COMMAND ${GDB} -q -nx -batch -iex "set debuginfod enabled off" -ex "set width 0"
    -ex "source ${SCRIPT}" ${begin} -ex run ${looks} --args ${PROGRAM} ${CASE}
  OUTPUT_VARIABLE said ERROR_VARIABLE said TIMEOUT 250)
string(REPLACE ";" "," lines "${said}")
string(REGEX REPLACE "[][]" "|" lines "${lines}")
string(REPLACE "\n" ";" lines "${lines}")
foreach(line IN LISTS lines)
  list(GET seen 0 next)
  if(line MATCHES "${next}")
    list(POP_FRONT seen)
    if(NOT seen)
      return()
    endif()
  endif()
endforeach()
message(FATAL_ERROR "Not seen, in this order: ${seen}\n${said}")
