// A gate that calls of a fake wait at until the test lets them through.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "tombolo/result.hpp"

namespace tombolo::ffi::testing {
struct Gate;
}

TOMBOLO_NAMESPACE_BEGIN
namespace testing {

/// A gate, closed at first. A rule of a `FakeBlobStore` sends calls to it, where they wait until
/// the test lets them through, or are cancelled, or their deadline passes. The copies of a gate are
/// one gate. Safe to use from any thread; nothing but `wait_for_calls` blocks.
class Gate {
 public:
  Gate();

  /// Lets everybody through, from now on.
  void open() const noexcept;
  /// Nobody passes any more. Passes of `let_through` that were not used are void.
  void close() const noexcept;
  /// Lets so many through, in the order of their coming; those that are here, then those to come.
  void let_through(std::uint64_t calls) const noexcept;
  /// How many calls are here.
  [[nodiscard]] std::size_t waiting() const noexcept;
  /// Blocks this thread until at least so many calls are here, but for no longer than `patience`,
  /// of real time: `deadline_exceeded` then, which says how many there were.
  [[nodiscard]] Result<void> wait_for_calls(
      std::size_t calls, std::chrono::nanoseconds patience = std::chrono::seconds(10)) const;

 private:
  friend class CallsOf;
  std::shared_ptr<ffi::testing::Gate> gate_;
};

}  // namespace testing
TOMBOLO_NAMESPACE_END
