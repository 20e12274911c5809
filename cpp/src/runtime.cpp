// The options of the runtime, on their way to it.
#include "tombolo/runtime.hpp"

#include <memory>

#include "bridge.hpp"
#include "tombolo-bridge/src/crossing/options.rs.h"

TOMBOLO_NAMESPACE_BEGIN

namespace {

/// Called again and again, on any thread, so it is never freed.
struct ThreadHook final : detail::Completion {
  explicit ThreadHook(std::function<void()> from) : Completion{&run}, hook(std::move(from)) {}

  static void run(Completion* self) noexcept {
    try {
      static_cast<ThreadHook*>(self)->hook();
    } catch (...) {  // NOLINT(bugprone-empty-catch): there is nobody to tell
    }
  }

  std::function<void()> hook;
};

}  // namespace

Result<void> configure_runtime(const RuntimeOptions& options) {
  auto hook = options.on_thread_start ? std::make_unique<ThreadHook>(options.on_thread_start)
                                      : std::unique_ptr<ThreadHook>();
  const ffi::RuntimeOptions crossing{options.workers,       options.blocking_threads,
                                     options.stack_size,    detail::slice(options.thread_name),
                                     options.max_in_flight, hook.get()};
  detail::RawError error;
  ffi::configure_runtime(crossing, error);
  if (error.error != nullptr) {
    return unexpected(Error(error));
  }
  static_cast<void>(hook.release());
  return {};
}

TOMBOLO_NAMESPACE_END
