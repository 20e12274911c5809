// What goes on inside, as std's types.
#include "tombolo/diagnostics.hpp"

#include <cstdio>

#include "bridge.hpp"
#include "tombolo-bridge/src/crossing/diagnostics.rs.h"

TOMBOLO_NAMESPACE_BEGIN

namespace {

const char* name(OperationInFlight::Phase phase) noexcept {
  switch (phase) {
    case OperationInFlight::Phase::waiting:
      return "waiting";
    case OperationInFlight::Phase::queued:
      return "queued";
    case OperationInFlight::Phase::running:
      return "running";
    case OperationInFlight::Phase::cancelling:
      return "cancelling";
    case OperationInFlight::Phase::done:
      return "done";
  }
  return "unknown";
}

OperationInFlight to_std(const ffi::InFlight& one) {
  return {detail::to_std(one.service),
          detail::to_std(one.operation),
          std::chrono::nanoseconds(one.age_ns),
          std::chrono::nanoseconds(one.left_ns),
          static_cast<OperationInFlight::Phase>(one.phase),
          one.on_worker,
          detail::to_std(one.runtime)};
}

}  // namespace

std::string OperationInFlight::to_string() const {
  using Seconds = std::chrono::duration<double>;
  char text[128];
  std::snprintf(text, sizeof text, ": %s, %.3f s old, %.3f s left, on %s", name(phase),
                Seconds(age).count(), Seconds(left).count(), on_worker ? "a worker" : "the caller");
  return service + "." + operation + text + (runtime.empty() ? "" : ", runtime " + runtime);
}

std::vector<OperationInFlight> operations_in_flight() {
  std::vector<OperationInFlight> all;
  for (const ffi::InFlight& one : ffi::operations_in_flight()) {
    all.push_back(to_std(one));
  }
  return all;
}

std::uint64_t panics_contained() noexcept { return ffi::panics_contained(); }

TOMBOLO_NAMESPACE_END
