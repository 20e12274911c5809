// Runtimes and their options, on their way through the seam.
#include "tombolo/runtime.hpp"

#include <utility>

#include "bridge.hpp"
#include "tombolo-bridge/src/crossing/options.rs.h"

TOMBOLO_NAMESPACE_BEGIN

namespace {

/// Called again and again, on any thread, until Rust says that it is gone.
struct ThreadHook final : detail::Completion {
  struct Gone final : detail::Completion {
    explicit Gone(ThreadHook* of) : Completion{&run}, hook(of) {}
    static void run(Completion* self) noexcept { delete static_cast<Gone*>(self)->hook; }
    ThreadHook* hook;
  };

  explicit ThreadHook(std::function<void()> from)
      : Completion{&run}, hook(std::move(from)), gone(this) {}

  static void run(Completion* self) noexcept {
    try {
      static_cast<ThreadHook*>(self)->hook();
    } catch (...) {  // NOLINT(bugprone-empty-catch): there is nobody to tell
    }
  }

  std::function<void()> hook;
  Gone gone;
};

/// The options as they cross. The hook is Rust's from here on.
ffi::RuntimeOptions to_ffi(const RuntimeOptions& options) {
  auto* hook = options.on_thread_start ? new ThreadHook(options.on_thread_start) : nullptr;
  return {options.workers,
          options.blocking_threads,
          options.stack_size,
          detail::slice(options.thread_name),
          options.max_in_flight,
          options.teardown.count(),
          options.busy_poll.count(),
          hook,
          hook == nullptr ? nullptr : &hook->gone};
}

}  // namespace

Result<void> configure_runtime(const RuntimeOptions& options) {
  detail::RawError error;
  ffi::configure_runtime(to_ffi(options), error);
  if (error.is_error()) {
    return unexpected(Error(error));
  }
  return {};
}

Runtime::Runtime(const Runtime& other) noexcept : raw_(other.raw()) {}

Runtime::Runtime(Runtime&& other) noexcept : raw_(std::exchange(other.raw_, RawRuntime())) {}

Runtime& Runtime::operator=(const Runtime& other) noexcept { return *this = Runtime(other); }

Runtime& Runtime::operator=(Runtime&& other) noexcept {
  const Runtime old(std::move(*this));
  raw_ = std::exchange(other.raw_, RawRuntime());
  return *this;
}

Runtime::~Runtime() { ffi::runtime_drop(raw_); }

Result<Runtime> Runtime::create(const RuntimeOptions& options) {
  detail::RawError error;
  const RawRuntime runtime = ffi::runtime_create(to_ffi(options), error);
  if (error.is_error()) {
    return unexpected(Error(error));
  }
  return Runtime(runtime);
}

void Runtime::shutdown() const noexcept { ffi::runtime_shut_down(raw_); }

std::size_t Runtime::in_flight() const noexcept { return ffi::runtime_in_flight(raw_); }

RawRuntime Runtime::raw() const noexcept { return ffi::runtime_share(raw_); }

TOMBOLO_NAMESPACE_END
