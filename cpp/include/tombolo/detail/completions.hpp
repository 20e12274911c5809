// What waits for an operation on the C++ side: a callback in a drain, or a promise.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

#include "tombolo/cancellation.hpp"
#include "tombolo/detail/op.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {

/// A callback that waits for its operation.
///
/// References: one of the operation, given up when the callback runs or is abandoned; and one of
/// the `Running` that `start` returns.
class Callback : public Completion {
 public:
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;

  void start(Op op, const CompletionQueue& queue) {
    registration_.enter(op);
    op_ = std::move(op);
    // Once started, this object may be gone: another thread may drain the queue.
    const Ticket ticket = op_.ticket();
    if (Op::start(ticket, queue, this) == Op::Outcome::pending) {
      return;
    }
    switch (Op::deliver(ticket, queue)) {
      case Op::Delivery::sent:
        return;
      case Op::Delivery::no_queue:
        return run(this);
      case Op::Delivery::unheard:
        if (op_.abandon() != nullptr) {
          release();
        }
    }
  }

  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      destroy_(this);
    }
  }

  /// The `Running` goes: cancels, and makes sure that the callback does not run any more.
  void abandon(const Op& op) noexcept {
    if (op.abandon() != nullptr) {
      release();  // the operation's reference, since its completion will not be called
    }
    release();
  }

 protected:
  using Destroy = void (*)(Callback*) noexcept;
  Callback(void (*on_completion)(Completion*), Destroy destroy, int references,
           CancellationToken token) noexcept
      : Completion{on_completion},
        registration_(std::move(token)),
        destroy_(destroy),
        references_(references) {}
  ~Callback() = default;

  /// The operation is done: gives it up to the caller.
  [[nodiscard]] Op finish() noexcept {
    registration_.reset();
    return std::move(op_);
  }

 private:
  Op op_;
  CancelRegistration registration_;
  Destroy destroy_;
  std::atomic<int> references_;
};

template <class T, class F>
class CallbackOf final : public Callback {
 public:
  template <class G>
  CallbackOf(G&& callback, Collector<T> collector, int references, CancellationToken token)
      : Callback(&run, &destroy, references, std::move(token)),
        collector_(collector),
        callback_(std::forward<G>(callback)) {}

 private:
  static void run(Completion* completion) {
    auto* self = static_cast<CallbackOf*>(completion);
    Result<T> result = self->collector_(self->finish());
    F callback = std::move(self->callback_);
    self->release();  // before the callback, which may throw
    std::move(callback)(std::move(result));
  }
  static void destroy(Callback* self) noexcept { delete static_cast<CallbackOf*>(self); }

  Collector<T> collector_;
  F callback_;
};

template <class T, class F>
Callback* make_callback(F&& callback, Collector<T> collector, int references,
                        CancellationToken token) {
  static_assert(std::is_invocable_v<std::decay_t<F>, Result<T>>,
                "the callback must take a tombolo::Result<T>");
  return new CallbackOf<T, std::decay_t<F>>(std::forward<F>(callback), collector, references,
                                            std::move(token));
}

/// A promise that waits for its operation. Fulfilled on whatever thread finishes it; no code of the
/// service runs there.
template <class T>
struct Promise final : Completion {
  Promise(Collector<T> with, CancellationToken token) noexcept
      : Completion{&run}, collector(with), registration(std::move(token)) {}

  static void run(Completion* completion) {
    std::unique_ptr<Promise> self(static_cast<Promise*>(completion));
    self->registration.reset();
    self->promise.set_value(self->collector(self->op));
  }

  Op op;
  Collector<T> collector;
  CancelRegistration registration;
  std::promise<Result<T>> promise;
};

template <class T>
std::future<Result<T>> start_future(Op op, Collector<T> collector, CancellationToken token) {
  auto* node = new Promise<T>(collector, std::move(token));
  auto future = node->promise.get_future();
  node->registration.enter(op);
  node->op = std::move(op);
  const Ticket ticket = node->op.ticket();
  if (Op::start_direct(ticket, node) != Op::Outcome::pending) {
    Promise<T>::run(node);
  }
  return future;
}

}  // namespace detail
TOMBOLO_NAMESPACE_END
