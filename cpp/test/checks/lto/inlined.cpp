// Calls Rust from functions that have a section each to themselves, and so can be disassembled
// alone.
#include <cstdint>
#include <cstdlib>

#include "tombolo-test-core/src/handles.rs.h"
#include "tombolo-test-core/src/lib.rs.h"

namespace test = tombolo_test;

extern "C" __attribute__((noinline, used, section("scalar"))) std::uint64_t scalar_from_cpp(
    std::uint64_t x) {
  return test::add_plain(x) + 100;
}

extern "C" __attribute__((noinline, used, section("method"))) std::uint64_t method_from_cpp(
    test::Tally& tally, std::uint64_t x) {
  return tally.add(x) + 100;
}

int main(int count, char**) {
  const auto x = static_cast<std::uint64_t>(count);
  auto tally = test::new_tally();
  const bool right = scalar_from_cpp(x) == test::add_plain(x) + 100 &&
                     method_from_cpp(*tally, x) == x + 100 && tally->add(0) == x;
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
