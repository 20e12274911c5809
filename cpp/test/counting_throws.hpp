// Counts the exceptions that are thrown in this process: errors are values, also inside the
// library. Include in one source of a program: it puts itself before the C++ runtime's own
// `__cxa_throw`, for every library.
#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <atomic>

namespace tombolo_test {

inline std::atomic<int> g_exceptions = 0;

/// Fails every test of the program in which an exception is thrown. A test that throws on purpose
/// takes `g_exceptions` back to zero.
class NothingIsThrown : public testing::EmptyTestEventListener {
 public:
  static bool listen() {
    testing::UnitTest::GetInstance()->listeners().Append(new NothingIsThrown());
    return true;
  }
  void OnTestStart(const testing::TestInfo& /*test*/) override { g_exceptions = 0; }
  void OnTestEnd(const testing::TestInfo& /*test*/) override {
    EXPECT_EQ(g_exceptions, 0) << "exceptions were thrown on the way";
  }
};

}  // namespace tombolo_test

// By its assembler name: compilers declare `__cxa_throw` by themselves, and not alike.
extern "C" [[noreturn]] void tombolo_test_throw(void* thrown, void* type,
                                                void (*destroy)(void*)) __asm__("__cxa_throw");

void tombolo_test_throw(void* thrown, void* type, void (*destroy)(void*)) {
  using Throw = void (*)(void*, void*, void (*)(void*));
  static const auto real = reinterpret_cast<Throw>(dlsym(RTLD_NEXT, "__cxa_throw"));
  ++tombolo_test::g_exceptions;
  real(thrown, type, destroy);
  __builtin_unreachable();
}
