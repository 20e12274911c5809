// What does not hold is thrown: for what tests share whatever their framework.
#pragma once

#include <stdexcept>
#include <string>

namespace tombolo_test {

/// Something did not come out as it should.
struct Failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws `Failed` unless it holds.
inline void check(bool holds, const std::string& why) {
  if (!holds) {
    throw Failed(why);
  }
}

}  // namespace tombolo_test
