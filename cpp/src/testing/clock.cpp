// The held clock: what it takes to go from one moment to the next is Rust's, the draining is here.
#include "tombolo/testing/clock.hpp"

#include "handles.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace testing {

namespace {

using std::chrono::nanoseconds;

/// Goes on to `elapsed() + by`. Before that, and at each moment at which something was due, calls
/// `drain` until it had nothing to do, with the workers at rest in between. How much it did.
template <class F>
Result<std::size_t> advance_by(ffi::testing::Clock& clock, nanoseconds by, F drain) {
  const auto from = clock.elapsed_ns();
  if (by < nanoseconds::zero()) {
    return unexpected(Error(ErrorCode::invalid_argument, "duration: time does not go back"));
  }
  const auto until = from + static_cast<std::uint64_t>(by.count());
  std::size_t all = 0;
  for (bool more = true; more;) {
    for (std::size_t ran = 1; ran > 0; all += ran) {
      auto settled = testing_detail::checked([&](auto& error) { clock.settle(error); });
      auto drained = settled ? drain() : unexpected(std::move(settled.error()));
      if (!drained) {
        return drained;
      }
      ran = *drained;
    }
    auto stepped = testing_detail::checked([&](auto& error) { more = clock.step(until, error); });
    if (!stepped) {
      return unexpected(std::move(stepped.error()));
    }
  }
  return all;
}

}  // namespace

Result<Clock> Clock::hold() {
  return testing_detail::made<ffi::testing::Clock>(&ffi::testing::clock_hold,
                                                   &ffi::testing::clock_free)
      .transform([](auto clock) { return Clock(std::move(clock)); });
}

Clock::Clock(std::shared_ptr<ffi::testing::Clock> clock) noexcept : clock_(std::move(clock)) {}

Result<void> Clock::advance(nanoseconds by) const {
  auto advanced = advance_by(*clock_, by, [] { return Result<std::size_t>(0); });
  return advanced ? Result<void>() : unexpected(std::move(advanced.error()));
}

Result<std::size_t> Clock::advance(nanoseconds by, CompletionQueue& queue) const {
  return advance_by(*clock_, by, [&] { return queue.poll(); });
}

nanoseconds Clock::elapsed() const noexcept {
  return nanoseconds(static_cast<std::int64_t>(clock_->elapsed_ns()));
}

}  // namespace testing
TOMBOLO_NAMESPACE_END
