// co_await: the completion lives in the coroutine's frame, so nothing is allocated. Without
// <coroutine>, so that every translation unit sees the same class, whatever its standard.
#pragma once

#include <utility>

#include "tombolo/cancellation.hpp"
#include "tombolo/detail/op.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {

/// What `Operation::on` returns.
template <class T>
class [[nodiscard]] Awaiter : private Completion {
 public:
  Awaiter(Op op, Collector<T> collector, const CompletionQueue& queue,
          CancellationToken token) noexcept
      : Completion{&resume},
        op_(std::move(op)),
        collector_(collector),
        queue_(&queue),
        token_(std::move(token)) {}
  Awaiter(const Awaiter&) = delete;
  Awaiter& operator=(const Awaiter&) = delete;
  ~Awaiter() {
    if (suspended_) {
      // The frame is destroyed while it waits. That it is not being resumed meanwhile is the
      // caller's promise: it destroys coroutines on the thread that drains.
      static_cast<void>(op_.abandon());
    }
  }

  [[nodiscard]] static constexpr bool await_ready() noexcept { return false; }

  /// Starts the operation. False if it is done: the coroutine goes straight on.
  template <class Handle>
  [[nodiscard]] bool await_suspend(Handle coroutine) {
    registration_.enter(token_, op_);
    frame_ = coroutine.address();
    resume_ = [](void* frame) { Handle::from_address(frame).resume(); };
    suspended_ = true;
    // Once started, this frame may be gone: another thread may drain the queue.
    const Ticket ticket = op_.ticket();
    const auto outcome = Op::start(ticket, *queue_, this);
    if (outcome == Op::Outcome::pending) {
      return true;
    }
    outcome_ = outcome;
    suspended_ = false;
    return false;
  }

  Result<T> await_resume() {
    registration_.reset();
    return collector_(op_, outcome_);
  }

 private:
  static void resume(Completion* completion) {
    auto* self = static_cast<Awaiter*>(completion);
    self->suspended_ = false;
    self->resume_(self->frame_);
  }

  Op op_;
  Collector<T> collector_;
  const CompletionQueue* queue_;
  CancellationToken token_;
  CancelRegistration registration_;
  void* frame_ = nullptr;
  void (*resume_)(void*) = nullptr;
  bool suspended_ = false;
  Op::Outcome outcome_ = Op::Outcome::pending;
};

}  // namespace detail
TOMBOLO_NAMESPACE_END
