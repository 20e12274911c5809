// The queue through which completions reach the service's own loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "tombolo/result.hpp"

namespace tombolo::ffi {
struct Queue;
}

TOMBOLO_NAMESPACE_BEGIN

namespace detail {
struct QueueImpl;
}

/// A completion queue. Operations may be started on it from any thread; whoever drains it runs
/// their completions, polls what is placed on the caller and releases lent buffers.
///
/// One consumer at a time, on whatever thread: a second one is answered with
/// `failed_precondition`. Destroying a queue completes what is in flight as cancelled, on the
/// destroying thread, without waiting for anybody; exceptions of those completions are swallowed.
class TOMBOLO_API CompletionQueue {
 public:
  struct Options {
    /// How many operations may be in flight; beyond, starting one answers `resource_exhausted`.
    /// Threads that start at the same moment may go beyond it by their number.
    std::size_t capacity = 65536;
    /// Never read the descriptor. Only for raw epoll with EPOLLET: in a level-triggered loop it
    /// would then stay readable for ever.
    bool edge_triggered = false;
  };

  /// An unusable queue, to be assigned to.
  CompletionQueue() noexcept;
  /// Creates a queue. `resource_exhausted` if there is no descriptor left.
  [[nodiscard]] static Result<CompletionQueue> create(Options options);
  [[nodiscard]] static Result<CompletionQueue> create() { return create(Options()); }

  CompletionQueue(CompletionQueue&& other) noexcept;
  CompletionQueue& operator=(CompletionQueue&& other) noexcept;
  CompletionQueue(const CompletionQueue&) = delete;
  CompletionQueue& operator=(const CompletionQueue&) = delete;
  ~CompletionQueue();

  /// An eventfd that is readable when there is something to drain. For epoll, poll, libuv, Asio:
  /// watch it for reading, call `poll()` when it is readable, never read it yourself. One signal
  /// makes a level-triggered loop wake at most twice.
  [[nodiscard]] int fd() const noexcept;

  /// Drains without blocking: at most 256 items or about a millisecond, then the descriptor is
  /// readable again. Answers how many completions ran. What a completion throws comes out here,
  /// and the rest stays for the next drain.
  Result<std::size_t> poll();

  /// Blocks until something was drained or `timeout` has passed (0 then).
  Result<std::size_t> wait_for(std::chrono::nanoseconds timeout);

  /// Cancels what is in flight and refuses what is started from now on; both complete through the
  /// queue as cancelled. Does not block.
  void shutdown() noexcept;

  /// How many operations are in flight, their completions not yet run. Refused ones count too.
  [[nodiscard]] std::size_t in_flight() const noexcept;
  /// Whether nothing is in flight.
  [[nodiscard]] bool drained() const noexcept { return in_flight() == 0; }

  /// For the library, here and below.
  [[nodiscard]] ffi::Queue* handle() const noexcept { return handle_; }
  [[nodiscard]] std::shared_ptr<detail::QueueImpl> share() const noexcept;

 private:
  explicit CompletionQueue(std::shared_ptr<detail::QueueImpl> impl) noexcept;
  void close() noexcept;

  std::shared_ptr<detail::QueueImpl> impl_;
  ffi::Queue* handle_ = nullptr;  // the implementation's, at hand for every start
};

TOMBOLO_NAMESPACE_END
