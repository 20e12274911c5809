// The clock of deadlines and delays, in the hands of a test.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "tombolo/completion_queue.hpp"
#include "tombolo/result.hpp"

namespace tombolo::ffi::testing {
struct Clock;
}

TOMBOLO_NAMESPACE_BEGIN
namespace testing {

/// The clock, held: time stands still until the test advances it.
///
/// By this clock go the total deadlines of all operations, whatever `timeout` set them, so also
/// what bounds the calls of handlers; the ages that `operations_in_flight` tells; and the delays of
/// fakes. By real time go `CompletionQueue::wait_for`, which is how long a thread sleeps; timers
/// that a Rust core of one's own takes from tokio (Tombolo's own has none); a folder's work on its
/// disk; the bound on a runtime's end; the times of logs and metrics; and
/// `ObjectMeta::last_modified`.
///
/// Deadlines that ran before the clock was held stand still as well. When the clock is destroyed,
/// time goes on from where it is: what was left of a deadline is left of it then. Safe to use from
/// any thread.
class Clock {
 public:
  /// Holds the clock. There is one in the process: `failed_precondition` while another `Clock` is
  /// alive.
  [[nodiscard]] static Result<Clock> hold();

  Clock(Clock&& other) noexcept = default;
  Clock& operator=(Clock&& other) noexcept = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  ~Clock() = default;

  /// Moves time on, from one moment at which something is due to the next, and fires what is due
  /// then: first the delays of fakes, then deadlines. Blocks at each until the workers of the
  /// runtime, and threads in `wait`, have done what there was to do, so that what completed is in
  /// its queue when this answers. Work on a folder is not waited for.
  ///
  /// No queue is drained meanwhile. So an operation that is polled in drains meets its deadline
  /// here even if it was woken in time, as it would in a service that drained nothing for as long.
  ///
  /// `invalid_argument` for a duration that is negative, or brings time beyond 180 days from where
  /// it was held; `unavailable` if a worker is stuck in an operation for ten seconds of real time.
  [[nodiscard]] Result<void> advance(std::chrono::nanoseconds by) const;
  /// As above, and drains `queue` at each of these moments, and before the first, until there is
  /// nothing to drain. What its callbacks start counts from the moment that they run at. How many
  /// completions ran; also what `CompletionQueue::poll` answers.
  [[nodiscard]] Result<std::size_t> advance(std::chrono::nanoseconds by,
                                            CompletionQueue& queue) const;

  /// How far it was advanced.
  [[nodiscard]] std::chrono::nanoseconds elapsed() const noexcept;

 private:
  explicit Clock(std::shared_ptr<ffi::testing::Clock> clock) noexcept;
  std::shared_ptr<ffi::testing::Clock> clock_;
};

}  // namespace testing
TOMBOLO_NAMESPACE_END
