// Law 11 for tombolo::testing: what C++ says about threads at compile time is what Rust proves.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "tombolo-testing/src/lib.rs.h"
#include "tombolo/testing.hpp"

namespace tombolo_test {
namespace {

using tombolo::is_sendable_v;
using tombolo::is_thread_safe_v;
namespace ours = tombolo::testing;

template <class T>
std::pair<bool, bool> said() {
  return {is_sendable_v<T>, is_thread_safe_v<T>};
}

TEST(ThreadSafetyOfTheTestingLibrary, Law11IsWhatRustProves) {
  const std::map<std::string, std::pair<bool, bool>> here = {
      {"Clock", said<ours::Clock>()},
      {"FakeBlobStore", said<ours::FakeBlobStore>()},
      {"Gate", said<ours::Gate>()},
  };
  std::map<std::string, std::pair<bool, bool>> there;
  for (const auto& fact : tombolo::ffi::testing::thread_safety()) {
    there.emplace(std::string(fact.name), std::make_pair(fact.send, fact.sync));
  }
  EXPECT_EQ(here, there);
}

}  // namespace
}  // namespace tombolo_test
