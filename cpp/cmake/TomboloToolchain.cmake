# The flags that both languages need alike: sanitizers and cross-language LTO. Installed with the
# package, since a core of one's own is compiled like the rest of its program.
include_guard()

# Sets cache variable TOMBOLO_CARGO. Only for who builds Rust: a program that links an installed
# Tombolo needs no cargo.
function(_tombolo_find_cargo)
  find_program(TOMBOLO_CARGO cargo HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
  mark_as_advanced(TOMBOLO_CARGO)
  if(NOT TOMBOLO_CARGO)
    message(FATAL_ERROR "Tombolo needs cargo, Rust's build tool; set TOMBOLO_CARGO to it.")
  endif()
endfunction()

# What the group in regex matches of what the compiler that goes with cargo says about itself.
function(_tombolo_rustc_says out regex)
  _tombolo_find_cargo()
  get_filename_component(bin ${TOMBOLO_CARGO} DIRECTORY)
  find_program(TOMBOLO_RUSTC rustc HINTS ${bin})
  mark_as_advanced(TOMBOLO_RUSTC)
  execute_process(COMMAND ${TOMBOLO_RUSTC} -vV OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "${regex}" _ "${said}")
  set(${out} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()

# Rust's library can be built only where its source is.
function(_tombolo_require_rust_src)
  _tombolo_rustc_says(release "release: ([^\n]+)")
  execute_process(COMMAND ${TOMBOLO_RUSTC} --print sysroot OUTPUT_VARIABLE sysroot
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  if(NOT EXISTS "${sysroot}/lib/rustlib/src/rust/library/Cargo.lock")
    message(FATAL_ERROR "TOMBOLO_SANITIZE=thread builds Rust's own library, and the source of that "
      "of Rust ${release} is missing. Install it: rustup component add rust-src")
  endif()
endfunction()

set(tombolo_cxx_flags "")  # for C++ compilers, CMake's and the one that cargo runs
set(tombolo_link_flags "")
set(tombolo_rust_flags "")
set(tombolo_rust_bootstrap OFF)
set(tombolo_rust_build_std OFF)

if(TOMBOLO_SANITIZE)
  string(REPLACE ";" "," sanitizers "${TOMBOLO_SANITIZE}")
  list(APPEND tombolo_cxx_flags -fsanitize=${sanitizers} -fno-omit-frame-pointer)
  list(APPEND tombolo_link_flags -fsanitize=${sanitizers})
  # Rust knows no UndefinedBehaviorSanitizer. A static library brings no runtime, so the C++
  # compiler's is the only one in the program.
  if(sanitizers MATCHES "(address|thread)")
    list(APPEND tombolo_rust_flags -Zsanitizer=${CMAKE_MATCH_1})
    set(tombolo_rust_bootstrap ON)  # the flag is unstable, and there is one stable toolchain
  endif()
  if(sanitizers MATCHES "thread")
    # Whatever locks or counts without telling it is a race to it, so Rust's library is built, too.
    set(tombolo_rust_build_std ON)
    _tombolo_require_rust_src()
  endif()
endif()

if(TOMBOLO_LTO)
  _tombolo_rustc_says(rust_llvm "LLVM version: ([0-9]+)")
  string(REGEX MATCH "^[0-9]+" clang_llvm "${CMAKE_CXX_COMPILER_VERSION}")
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR NOT clang_llvm EQUAL rust_llvm)
    message(FATAL_ERROR "TOMBOLO_LTO needs clang ${rust_llvm}, of rustc's LLVM, and its lld; "
      "CMAKE_CXX_COMPILER is ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}.")
  endif()
  find_program(TOMBOLO_LLD NAMES ld.lld-${rust_llvm} ld.lld)
  mark_as_advanced(TOMBOLO_LLD)
  if(NOT TOMBOLO_LLD)
    message(FATAL_ERROR "TOMBOLO_LTO needs lld ${rust_llvm}.")
  endif()
  # An older one cannot read the objects that it is to list; GNU's lists none, and lld needs no list.
  execute_process(COMMAND ${CMAKE_AR} --version OUTPUT_VARIABLE ar_says)
  if(ar_says MATCHES "LLVM version ([0-9]+)" AND NOT CMAKE_MATCH_1 EQUAL rust_llvm)
    message(FATAL_ERROR "TOMBOLO_LTO needs llvm-ar ${rust_llvm}; CMAKE_AR is ${CMAKE_MATCH_1}'s.")
  endif()
  # The triple is rustc's, since the linker warns of every pair of modules that spell it differently.
  _tombolo_rustc_says(rust_triple "host: ([^\n]+)")
  list(APPEND tombolo_cxx_flags -flto=thin --target=${rust_triple})
  list(APPEND tombolo_link_flags -flto=thin --target=${rust_triple} --ld-path=${TOMBOLO_LLD})
  list(APPEND tombolo_rust_flags -Clinker-plugin-lto)
endif()

# Cached, since functions that read them run where they are called, outside this scope.
foreach(variable IN ITEMS tombolo_cxx_flags tombolo_link_flags tombolo_rust_flags
    tombolo_rust_bootstrap tombolo_rust_build_std)
  set(${variable} "${${variable}}" CACHE INTERNAL "")
endforeach()
