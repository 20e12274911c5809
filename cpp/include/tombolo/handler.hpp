// Handlers: C++ functions that Rust calls, on the service's own thread.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "tombolo/detail/call.hpp"

TOMBOLO_NAMESPACE_BEGIN

/// The reply to one call: answers it once, at once or later, on any thread. Dropped without an
/// answer, it answers with an error.
template <class Answer>
class [[nodiscard]] Reply {
 public:
  using Function = typename detail::Answering<Answer>::Function;

  Reply() noexcept = default;
  /// For the library.
  Reply(detail::Call call, Function answer) noexcept : call_(std::move(call)), answer_(answer) {}

  /// Answers. False if that came too late: Rust has given the call up, or the handler has thrown.
  template <class Value>
  bool send(Value&& value) && noexcept {
    if constexpr (std::is_same_v<std::decay_t<Value>, Result<Answer>>) {
      return std::move(*this).send_result(std::forward<Value>(value));
    } else {
      return std::move(*this).answered([&](const detail::Call& call, Function answer) {
        return answer(call.raw(), Answer(std::forward<Value>(value)));
      });
    }
  }
  /// Answers with nothing, where that is the answer.
  template <class Nothing = Answer, class = std::enable_if_t<std::is_void_v<Nothing>>>
  bool send() && noexcept {
    return std::move(*this).answered(
        [](const detail::Call& call, Function answer) { return answer(call.raw()); });
  }
  /// Answers with an error.
  bool fail(Error error) && noexcept {
    return std::move(*this).answered(
        [&](const detail::Call& call, Function /*unused*/) { return call.fail(std::move(error)); });
  }

  /// Whether Rust still waits for the answer.
  [[nodiscard]] bool is_wanted() const noexcept { return call_.is_wanted(); }

 private:
  bool send_result(Result<Answer> result) && noexcept {
    if (!result) {
      return std::move(*this).fail(std::move(result.error()));
    }
    if constexpr (std::is_void_v<Answer>) {
      return std::move(*this).send();
    } else {
      return std::move(*this).send(*std::move(result));
    }
  }

  template <class How>
  bool answered(How how) && noexcept {
    const bool in_time = answer_ != nullptr && how(call_, answer_);
    call_.reset();
    return in_time;
  }

  detail::Call call_;
  Function answer_ = nullptr;
};

struct HandlerOptions {
  HandlerOptions() {}

  /// How many calls may be under way, taken and not yet answered. Further ones wait.
  std::size_t concurrency = 1;
};

/// A function that Rust calls through a completion queue: it runs in a drain of the queue and
/// nowhere else, and answers at once or later. It is one of
///
///     Answer function(Request)                   also Result<Answer>
///     void function(Request, Reply<Answer>)      which may keep the reply for later
///
/// What it throws, of whatever type, is an error on the Rust side. A request or an answer of type
/// void is left out.
///
/// While it lives, one operation of its own is in flight on the queue. Destroying it ends what was
/// not taken with an error; replies that are kept can still be sent. Destroyed on the thread that
/// drains the queue, it is sure that the function never runs afterwards. It may be destroyed by the
/// function itself. A queue that is shut down or destroyed ends it, too.
template <class Request, class Answer>
class [[nodiscard]] Handler {
 public:
  /// How requests and answers cross, where Tombolo does not know their types: bridge functions
  ///
  ///     fn take_x(call: &RawCall, out: &mut X) -> bool { call.take_request::<Y, X>(out) }
  ///     fn answer_x(call: &RawCall, value: X) -> bool { call.answer(Y::from(value)) }
  ///
  /// in wrappers that are noexcept. Known are void, bool, std::int64_t, std::uint64_t, double,
  /// std::string and Bytes, as for operations.
  using Take = typename detail::Taking<Request>::Function;
  using Put = typename detail::Answering<Answer>::Function;

  /// No handler, to be assigned to.
  Handler() noexcept = default;
  Handler(Handler&& other) noexcept = default;
  Handler& operator=(Handler&& other) noexcept {
    Handler old(std::move(*this));
    core_ = std::move(other.core_);
    return *this;
  }
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  ~Handler() {
    if (core_ != nullptr) {
      detail::close_handler(*core_);
    }
  }

  /// A handler of calls on `queue`. Fails for a queue that was not created, and for a concurrency
  /// of 0.
  template <class F>
  [[nodiscard]] static Result<Handler> create(const CompletionQueue& queue, F&& function,
                                              HandlerOptions options = {}) {
    return create(queue, std::forward<F>(function), &detail::Taking<Request>::known,
                  &detail::Answering<Answer>::known, options);
  }
  /// The same for types that Tombolo does not know.
  template <class F>
  [[nodiscard]] static Result<Handler> create(const CompletionQueue& queue, F&& function, Take take,
                                              Put put, HandlerOptions options = {}) {
    auto* erased = new FunctionOf<std::decay_t<F>>(std::forward<F>(function), take, put);
    return detail::open_handler(queue, erased, options.concurrency).transform([](auto core) {
      return Handler(std::move(core));
    });
  }

  /// What a bridge function that takes `RawHandler` is given, as often as need be.
  [[nodiscard]] RawHandler raw() const noexcept {
    return core_ == nullptr ? RawHandler() : detail::raw_handler(*core_);
  }

 private:
  template <class F>
  struct FunctionOf final : detail::HandlerFunction {
    template <class G>
    FunctionOf(G&& from, Take take_with, Put put_with)
        : HandlerFunction{&run, &destroy},
          function(std::forward<G>(from)),
          take(take_with),
          put(put_with) {}

    static void run(HandlerFunction* erased, detail::Call call) {
      auto* self = static_cast<FunctionOf*>(erased);
      if constexpr (std::is_void_v<Request>) {
        if (self->take(call.raw())) {
          return self->answer(std::move(call));
        }
      } else {
        Request request{};
        if (self->take(call.raw(), request)) {
          return self->answer(std::move(call), std::move(request));
        }
      }
      call.fail(detail::wrong_request());
    }
    static void destroy(HandlerFunction* erased) noexcept {
      delete static_cast<FunctionOf*>(erased);
    }

    template <class... Requests>
    void answer(detail::Call call, Requests&&... request) {
      Reply<Answer> reply(std::move(call), put);
      if constexpr (std::is_invocable_v<F&, Requests..., Reply<Answer>>) {
        static_cast<void>(function(std::forward<Requests>(request)..., std::move(reply)));
      } else if constexpr (std::is_void_v<std::invoke_result_t<F&, Requests...>>) {
        function(std::forward<Requests>(request)...);
        std::move(reply).send();
      } else {
        std::move(reply).send(function(std::forward<Requests>(request)...));
      }
    }

    F function;
    Take take;
    Put put;
  };

  explicit Handler(std::shared_ptr<detail::HandlerCore> core) noexcept : core_(std::move(core)) {}

  std::shared_ptr<detail::HandlerCore> core_;
};

TOMBOLO_NAMESPACE_END
