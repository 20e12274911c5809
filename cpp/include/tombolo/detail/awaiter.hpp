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
      : Completion{nullptr},
        op_(std::move(op)),
        collector_(collector),
        queue_(&queue),
        registration_(std::move(token)) {}
  Awaiter(const Awaiter&) = delete;
  Awaiter& operator=(const Awaiter&) = delete;
  ~Awaiter() {
    if (outcome_ == Op::Outcome::pending) {
      // The frame is destroyed while it waits. That it is not being resumed meanwhile is the
      // caller's promise: it destroys coroutines on the thread that drains.
      static_cast<void>(op_.abandon());
    }
  }

  [[nodiscard]] static constexpr bool await_ready() noexcept { return false; }

  /// Starts the operation. False if it is done: the coroutine goes straight on.
  template <class Handle>
  [[nodiscard]] bool await_suspend(Handle coroutine) {
    registration_.enter(op_);
    run = &resume<Handle>;
    frame_ = coroutine.address();
    outcome_ = Op::Outcome::pending;
    // Once started, this frame may be gone: another thread may drain the queue.
    const Ticket ticket = op_.ticket();
    const auto outcome = Op::start(ticket, *queue_, this, collector_.kind, &cell_);
    if (outcome == Op::Outcome::pending) {
      return true;
    }
    outcome_ = outcome;
    return false;
  }

  Result<T> await_resume() {
    registration_.reset();
    if constexpr (Known<T>::kind != 0) {
      if (outcome_ == Op::Outcome::given) {
        op_.forget();
        return Known<T>::result(cell_);
      }
    }
    return collector_(op_, outcome_);
  }

 private:
  template <class Handle>
  static void resume(Completion* completion) {
    auto* self = static_cast<Awaiter*>(completion);
    self->outcome_ = self->op_.outcome();
    Handle::from_address(self->frame_).resume();
  }

  Op op_;
  Collector<T> collector_;
  const CompletionQueue* queue_;
  CancelRegistration registration_;
  void* frame_ = nullptr;
  Op::Outcome outcome_ = Op::Outcome::error;  // `pending` while the coroutine waits
  typename Known<T>::Cell cell_;              // something after `given`
};

}  // namespace detail
TOMBOLO_NAMESPACE_END
