// Calls Rust from a function that has a section to itself, and so can be disassembled alone.
#include <cstdint>
#include <cstdlib>

#include "tombolo-test-core/src/lib.rs.h"

extern "C" __attribute__((noinline, used, section("caller"))) std::uint64_t caller_in_cpp(
    std::uint64_t x) {
  return tombolo_test::add_plain(x) + 100;
}

int main(int count, char**) {
  const auto x = static_cast<std::uint64_t>(count);
  return caller_in_cpp(x) == tombolo_test::add_plain(x) + 100 ? EXIT_SUCCESS : EXIT_FAILURE;
}
