// The held clock: what it takes to go from one moment to the next is Rust's, the draining is here.
#include "tombolo/testing/clock.hpp"

#include "handles.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace testing {

namespace {

using std::chrono::nanoseconds;

/// Goes on to `elapsed() + by`; `at_each` is called before, and at each moment at which something
/// was due.
template <class F>
Result<void> advance_by(ffi::testing::Clock& clock, nanoseconds by, F at_each) {
  const auto from = clock.elapsed_ns();
  if (by < nanoseconds::zero()) {
    return unexpected(Error(ErrorCode::invalid_argument, "duration: time does not go back"));
  }
  const auto until = from + static_cast<std::uint64_t>(by.count());
  for (bool more = true; more;) {
    if (auto done = at_each(); !done) {
      return done;
    }
    auto stepped = testing_detail::checked([&](auto& error) { more = clock.step(until, error); });
    if (!stepped) {
      return stepped;
    }
  }
  return {};
}

}  // namespace

Result<Clock> Clock::hold() {
  return testing_detail::made<ffi::testing::Clock>(&ffi::testing::clock_hold,
                                                   &ffi::testing::clock_free)
      .transform([](auto clock) { return Clock(std::move(clock)); });
}

Clock::Clock(std::shared_ptr<ffi::testing::Clock> clock) noexcept : clock_(std::move(clock)) {}

Result<void> Clock::advance(nanoseconds by) const {
  return advance_by(*clock_, by, [] { return Result<void>(); });
}

Result<std::size_t> Clock::advance(nanoseconds by, CompletionQueue& queue) const {
  std::size_t ran = 0;
  auto advanced = advance_by(*clock_, by, [&]() -> Result<void> {
    for (;;) {
      auto drained = queue.poll();
      if (!drained) {
        return unexpected(std::move(drained.error()));
      }
      if (*drained == 0) {
        return {};
      }
      ran += *drained;
    }
  });
  if (!advanced) {
    return unexpected(std::move(advanced.error()));
  }
  return ran;
}

nanoseconds Clock::elapsed() const noexcept {
  return nanoseconds(static_cast<std::int64_t>(clock_->elapsed_ns()));
}

}  // namespace testing
TOMBOLO_NAMESPACE_END
