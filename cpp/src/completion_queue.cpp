// The queue's drain: the loop is here, so that what a completion throws passes through C++ frames
// only.
#include "tombolo/completion_queue.hpp"

#include <algorithm>
#include <utility>

#include "bridge.hpp"

namespace tombolo {
inline namespace v0 {

namespace detail {

struct QueueImpl {
  explicit QueueImpl(ffi::Queue* from) noexcept : queue(from) {}
  QueueImpl(const QueueImpl&) = delete;
  QueueImpl& operator=(const QueueImpl&) = delete;
  ~QueueImpl() { ffi::queue_free(queue); }

  ffi::Queue* queue;
};

}  // namespace detail

namespace {

/// How often a queue that is destroyed drains what its own completions start anew.
constexpr int kFinalDrains = 64;

/// Ends a drain however it ends.
class DrainEnd {
 public:
  explicit DrainEnd(const ffi::Queue& queue) noexcept : queue_(queue) {}
  DrainEnd(const DrainEnd&) = delete;
  DrainEnd& operator=(const DrainEnd&) = delete;
  ~DrainEnd() { ffi::queue_end(queue_); }

 private:
  const ffi::Queue& queue_;
};

void run_quietly(detail::Completion* completion) noexcept {
  try {
    completion->run(completion);
  } catch (...) {  // NOLINT(bugprone-empty-catch): a destructor has nobody to tell
  }
}

/// True if something was drained.
bool drain_quietly(const ffi::Queue& queue) noexcept {
  detail::RawError error;
  if (!ffi::queue_begin(queue, error)) {
    ffi::error_drop(error);
    return false;
  }
  const DrainEnd end(queue);
  bool some = false;
  while (auto* completion = ffi::queue_next(queue)) {
    run_quietly(completion);
    some = true;
  }
  return some;
}

}  // namespace

CompletionQueue::CompletionQueue() noexcept = default;

CompletionQueue::CompletionQueue(std::shared_ptr<detail::QueueImpl> impl) noexcept
    : impl_(std::move(impl)) {}

Result<CompletionQueue> CompletionQueue::create(Options options) {
  detail::RawError error;
  auto* queue = ffi::queue_open(options.capacity, options.edge_triggered, error);
  if (queue == nullptr) {
    return unexpected(Error(error));
  }
  return CompletionQueue(std::make_shared<detail::QueueImpl>(queue));
}

CompletionQueue::CompletionQueue(CompletionQueue&& other) noexcept = default;

CompletionQueue& CompletionQueue::operator=(CompletionQueue&& other) noexcept {
  if (this != &other) {
    close();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

CompletionQueue::~CompletionQueue() { close(); }

void CompletionQueue::close() noexcept {
  if (impl_ == nullptr) {
    return;
  }
  // Shared with a drain that may be under way further up this thread's stack.
  const std::shared_ptr<detail::QueueImpl> impl = std::move(impl_);
  const ffi::Queue& queue = *impl->queue;
  ffi::queue_shut_down(queue);
  for (int i = 0; i < kFinalDrains && drain_quietly(queue); ++i) {
  }
  while (auto* completion = ffi::queue_take_unfinished(queue)) {
    run_quietly(completion);
  }
}

int CompletionQueue::fd() const noexcept {
  return impl_ == nullptr ? -1 : ffi::queue_fd(*impl_->queue);
}

Result<std::size_t> CompletionQueue::poll() {
  if (impl_ == nullptr) {
    return unexpected(Error(ErrorCode::failed_precondition, "this queue was not created"));
  }
  // A completion may destroy this object.
  const std::shared_ptr<detail::QueueImpl> impl = impl_;
  const ffi::Queue& queue = *impl->queue;
  detail::RawError error;
  if (!ffi::queue_begin(queue, error)) {
    return unexpected(Error(error));
  }
  const DrainEnd end(queue);
  std::size_t ran = 0;
  while (auto* completion = ffi::queue_next(queue)) {
    ++ran;
    completion->run(completion);
  }
  return ran;
}

Result<std::size_t> CompletionQueue::wait_for(std::chrono::nanoseconds timeout) {
  using Clock = std::chrono::steady_clock;
  const auto most = std::chrono::hours(24 * 365);
  const auto deadline = Clock::now() + std::min<std::chrono::nanoseconds>(timeout, most);
  for (;;) {
    auto ran = poll();
    if (!ran.has_value() || *ran > 0) {
      return ran;
    }
    const auto left = std::chrono::nanoseconds(deadline - Clock::now());
    if (left.count() <= 0) {
      return ran;
    }
    ffi::queue_wait_readable(*impl_->queue, static_cast<std::uint64_t>(left.count()));
  }
}

void CompletionQueue::shutdown() noexcept {
  if (impl_ != nullptr) {
    ffi::queue_shut_down(*impl_->queue);
  }
}

std::size_t CompletionQueue::in_flight() const noexcept {
  return impl_ == nullptr ? 0 : ffi::queue_in_flight(*impl_->queue);
}

ffi::Queue* CompletionQueue::handle() const noexcept {
  return impl_ == nullptr ? nullptr : impl_->queue;
}

}  // namespace v0
}  // namespace tombolo
