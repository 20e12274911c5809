// An operation that crosses the seam, and the ways to consume it.
#pragma once

#include <chrono>
#include <cstdint>
#include <future>
#include <string_view>
#include <utility>

#include "tombolo/cancellation.hpp"
#include "tombolo/completion_queue.hpp"
#include "tombolo/detail/awaiter.hpp"
#include "tombolo/detail/completions.hpp"
#include "tombolo/detail/op.hpp"
#include "tombolo/result.hpp"

TOMBOLO_NAMESPACE_BEGIN

/// An operation that was started. Destroying it cancels the operation; if that happens on the
/// thread that drains the queue, the callback never runs afterwards.
class [[nodiscard]] Running {
 public:
  Running() noexcept = default;
  Running(Running&& other) noexcept = default;
  Running& operator=(Running&& other) noexcept {
    Running old(std::move(*this));
    op_ = std::move(other.op_);
    node_ = std::exchange(other.node_, nullptr);
    return *this;
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    if (op_) {
      node_->abandon(op_);
    }
  }

  /// Asks the operation to end: its callback gets `cancelled`, or what it has become.
  void cancel() const noexcept {
    if (op_) {
      op_.cancel();
    }
  }

  /// Lets the operation go on by itself.
  void detach() && noexcept {
    if (op_) {
      node_->release();
      op_.reset();
    }
  }

 private:
  template <class T>
  friend class Operation;
  Running(detail::Op op, detail::Callback* node) noexcept : op_(std::move(op)), node_(node) {}

  detail::Op op_;
  detail::Callback* node_ = nullptr;
};

/// An operation: created with its arguments, not started. It is started once, by one of the ways
/// below, each of which consumes it; destroyed unstarted, it never runs.
///
/// Every operation has a total deadline, 60 seconds unless `timeout` says otherwise, counted from
/// its start on the monotonic clock. May be created, started and cancelled on any thread.
template <class T>
class [[nodiscard]] Operation {
 public:
  using value_type = T;

  /// For bridges of one's own; see `tombolo::operation`.
  Operation(detail::Op op, detail::Collector<T> collector) noexcept
      : op_(std::move(op)), collector_(collector) {}

  /// Sets the total deadline; it covers everything, retries included.
  Operation timeout(std::chrono::nanoseconds total) && noexcept {
    if (op_) {
      op_.set_timeout(total);
    }
    return std::move(*this);
  }

  /// How often each request of the operation is sent at most, in place of what its store would do:
  /// 1 for no retry. What asks no service has nothing to try again. 0 is answered with
  /// `invalid_argument`.
  Operation max_attempts(std::uint32_t attempts) && noexcept {
    if (op_) {
      op_.set_max_attempts(attempts);
    }
    return std::move(*this);
  }

  /// After so long without an answer, a read of an object in a cloud is sent a second time, and the
  /// first answer counts; zero for never. In place of what its store would do.
  Operation hedge_after(std::chrono::nanoseconds after) && noexcept {
    if (op_) {
      op_.set_hedge_after(after);
    }
    return std::move(*this);
  }

  /// The trace that the operation belongs to, a `traceparent` of W3C's Trace Context, as in
  /// "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01": a service that is asked gets it
  /// with each request. Copied. What is no such text is answered with `invalid_argument`.
  Operation trace_parent(std::string_view text) && noexcept {
    if (op_) {
      op_.set_trace_parent(text);
    }
    return std::move(*this);
  }

  /// Lets a token cancel the operation.
  Operation cancel_on(CancellationToken token) && noexcept {
    token_ = std::move(token);
    return std::move(*this);
  }

  /// Runs the operation and blocks this thread until it is done. Answers `failed_precondition`,
  /// kind `would_deadlock`, on a worker of the runtime and inside a drain.
  Result<T> wait() && {
    const detail::Op op = std::move(op_).take();
    detail::CancelRegistration registration(std::move(token_));
    registration.enter(op);
    return collector_(op, op.wait());
  }

  /// Runs the operation in the background. Dropping the future does not cancel.
  [[nodiscard]] std::future<Result<T>> future() && {
    return detail::start_future<T>(std::move(op_).take(), collector_, std::move(token_));
  }

  /// Starts the operation; `callback(Result<T>)` runs in a drain of `queue`, never inside this
  /// call, but for a queue that was never created: nobody drains that, so the callback hears of it
  /// at once. Nobody holds the operation: cancel it by a token.
  template <class F>
  void then(const CompletionQueue& queue, F&& callback) && {
    auto* node =
        detail::make_callback<T>(std::forward<F>(callback), collector_, 1, std::move(token_));
    node->start(std::move(op_).take(), queue);
  }

  /// As `then`, and destroying what is returned cancels the operation.
  template <class F>
  [[nodiscard]] Running start(const CompletionQueue& queue, F&& callback) && {
    auto* node =
        detail::make_callback<T>(std::forward<F>(callback), collector_, 2, std::move(token_));
    detail::Op op = std::move(op_).take();
    Running running(op.share(), node);
    node->start(std::move(op), queue);
    return running;
  }

  /// For `co_await operation.on(queue)` (C++20): resumes in a drain of `queue`, or goes straight on
  /// if the operation is done at once. Destroying the coroutine cancels it; do that on the thread
  /// that drains the queue.
  [[nodiscard]] detail::Awaiter<T> on(const CompletionQueue& queue) && noexcept {
    return detail::Awaiter<T>(std::move(op_).take(), collector_, queue, std::move(token_));
  }

  /// For the library and other ways to consume an operation: its parts.
  struct Parts {
    detail::Op op;
    detail::Collector<T> collector;
    CancellationToken token;
  };
  [[nodiscard]] Parts release() && noexcept {
    return {std::move(op_).take(), collector_, std::move(token_)};
  }

 private:
  detail::Op op_;
  detail::Collector<T> collector_;
  CancellationToken token_;
};

/// An operation that fails with `error`, for code that finds out early.
template <class T>
Operation<T> failed(Error error) {
  return Operation<T>(detail::failed_op(std::move(error)), {&detail::collect<T>, nullptr, 0});
}

TOMBOLO_NAMESPACE_END
