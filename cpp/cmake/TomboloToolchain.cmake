# The flags that both languages need alike: sanitizers and cross-language LTO. Installed with the
# package, since a core of one's own is compiled like the rest of its program.
include_guard()

set(tombolo_cxx_flags "")  # for C++ compilers, CMake's and the one that cargo runs
set(tombolo_link_flags "")
set(tombolo_rust_flags "")
set(tombolo_rust_bootstrap OFF)

if(TOMBOLO_SANITIZE)
  string(REPLACE ";" "," sanitizers "${TOMBOLO_SANITIZE}")
  list(APPEND tombolo_cxx_flags -fsanitize=${sanitizers} -fno-omit-frame-pointer)
  list(APPEND tombolo_link_flags -fsanitize=${sanitizers})
  # Rust knows no UndefinedBehaviorSanitizer, and its stock library cannot do with the others.
  # A static library brings no runtime, so the C++ compiler's is the only one in the program.
  if(sanitizers MATCHES "address")
    list(APPEND tombolo_rust_flags -Zsanitizer=address)
    set(tombolo_rust_bootstrap ON)  # the flag is unstable, and there is one stable toolchain
  endif()
endif()

if(TOMBOLO_LTO)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "TOMBOLO_LTO needs clang, of the LLVM that rustc uses: see `rustc -vV`.")
  endif()
  find_program(TOMBOLO_LLD NAMES ld.lld-${CMAKE_CXX_COMPILER_VERSION_MAJOR} ld.lld-22 ld.lld)
  mark_as_advanced(TOMBOLO_LLD)
  if(NOT TOMBOLO_LLD)
    message(FATAL_ERROR "TOMBOLO_LTO needs lld, of the LLVM that rustc uses.")
  endif()
  list(APPEND tombolo_cxx_flags -flto=thin)
  list(APPEND tombolo_link_flags -flto=thin --ld-path=${TOMBOLO_LLD})
  list(APPEND tombolo_rust_flags -Clinker-plugin-lto)
endif()

# Cached, since functions that read them run where they are called, outside this scope.
foreach(variable IN ITEMS tombolo_cxx_flags tombolo_link_flags tombolo_rust_flags
    tombolo_rust_bootstrap)
  set(${variable} "${${variable}}" CACHE INTERNAL "")
endforeach()
