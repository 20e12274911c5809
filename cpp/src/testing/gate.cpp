// Gates in front of the bridge's.
#include "tombolo/testing/gate.hpp"

#include <algorithm>

#include "handles.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace testing {

Gate::Gate()
    : gate_(testing_detail::made<ffi::testing::Gate>(&ffi::testing::gate_new,
                                                     &ffi::testing::gate_free)
                .value()) {}

void Gate::open() const noexcept { gate_->open(); }

void Gate::close() const noexcept { gate_->close(); }

void Gate::let_through(std::uint64_t calls) const noexcept { gate_->let_through(calls); }

std::size_t Gate::waiting() const noexcept { return gate_->waiting(); }

Result<void> Gate::wait_for_calls(std::size_t calls, std::chrono::nanoseconds patience) const {
  const auto longest = static_cast<std::uint64_t>(std::max<std::int64_t>(patience.count(), 0));
  return testing_detail::checked([&](auto& error) { gate_->wait_for(calls, longest, error); });
}

}  // namespace testing
TOMBOLO_NAMESPACE_END
