// The queue's drain: the loop is here, so that what a completion throws passes through C++ frames
// only.
#include "tombolo/completion_queue.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "queue_impl.hpp"

TOMBOLO_NAMESPACE_BEGIN

namespace {

/// How many completions of operations that its last completions start anew a queue that is
/// destroyed runs: one that answers each end with a new start would never come to rest. What is
/// started after that is let go unheard.
constexpr std::size_t kStartedAnew = 65536;

/// A drain that has begun, ended however it ends.
class Drain {
 public:
  explicit Drain(detail::QueueImpl& queue) noexcept : queue_(queue) {
    queue_.consumer = std::this_thread::get_id();
  }
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;
  ~Drain() {
    queue_.consumer = std::thread::id();
    ffi::queue_end(*queue_.queue);
  }

 private:
  detail::QueueImpl& queue_;
};

void run_quietly(detail::Completion* completion) noexcept {
  try {
    completion->run(completion);
  } catch (...) {  // NOLINT(bugprone-empty-catch): a destructor has nobody to tell
  }
}

/// Within a drain of a queue that was shut down: runs every completion that is left. What a worker
/// has not let go of goes first: what has finished by then is found in the queue afterwards.
void run_everything(const ffi::Queue& queue) noexcept {
  std::size_t left = ffi::queue_in_flight(queue) + kStartedAnew;
  do {
    while (auto* completion = ffi::queue_take_unfinished(queue)) {
      run_quietly(completion);
    }
    for (;;) {
      const std::size_t before = ffi::queue_in_flight(queue);
      auto* completion = ffi::queue_next(queue);
      if (completion == nullptr) {
        break;
      }
      // An operation's, not the release of a lent buffer.
      const bool counts = ffi::queue_in_flight(queue) != before;
      if (counts && left > 0 && --left == 0) {
        ffi::queue_hear_no_more(queue);
      }
      run_quietly(completion);
    }
  } while (ffi::queue_more(queue));
}

}  // namespace

CompletionQueue::CompletionQueue() noexcept = default;

CompletionQueue::CompletionQueue(std::shared_ptr<detail::QueueImpl> impl) noexcept
    : impl_(std::move(impl)), handle_(impl_->queue) {}

Result<CompletionQueue> CompletionQueue::create(Options options) {
  detail::RawError error;
  auto* queue = ffi::queue_open(options.capacity, options.edge_triggered, error);
  if (queue == nullptr) {
    return unexpected(Error(error));
  }
  return CompletionQueue(std::make_shared<detail::QueueImpl>(queue));
}

CompletionQueue::CompletionQueue(CompletionQueue&& other) noexcept
    : impl_(std::move(other.impl_)), handle_(std::exchange(other.handle_, nullptr)) {}

CompletionQueue& CompletionQueue::operator=(CompletionQueue&& other) noexcept {
  if (this != &other) {
    close();
    impl_ = std::move(other.impl_);
    handle_ = std::exchange(other.handle_, nullptr);
  }
  return *this;
}

CompletionQueue::~CompletionQueue() { close(); }

void CompletionQueue::close() noexcept {
  if (impl_ == nullptr) {
    return;
  }
  // Shared with a drain that may be under way further up this thread's stack; and `impl_` stays
  // for now, since the last completions may try to start something on this queue.
  const std::shared_ptr<detail::QueueImpl> impl = impl_;
  const ffi::Queue& queue = *impl->queue;
  ffi::queue_shut_down(queue);
  detail::RawError error;
  if (impl->consumer == std::this_thread::get_id()) {
    run_everything(queue);  // inside one of its own completions
  } else if (ffi::queue_begin(queue, error)) {
    const Drain drain(*impl);
    run_everything(queue);
  } else {
    ffi::error_drop(error);  // a forked child
  }
  impl_.reset();
  handle_ = nullptr;
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
  const Drain drain(*impl);
  std::size_t ran = 0;
  while (auto* completion = ffi::queue_next(queue)) {
    ++ran;
    completion->run(completion);
  }
  return ran;
}

Result<std::size_t> CompletionQueue::wait_for(std::chrono::nanoseconds timeout) {
  using Clock = std::chrono::steady_clock;
  // So that times can always be added and subtracted.
  const std::chrono::nanoseconds least(0);
  const std::chrono::nanoseconds most = std::chrono::hours(24 * 365);
  const auto deadline = Clock::now() + std::clamp(timeout, least, most);
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

std::shared_ptr<detail::QueueImpl> CompletionQueue::share() const noexcept { return impl_; }

TOMBOLO_NAMESPACE_END
