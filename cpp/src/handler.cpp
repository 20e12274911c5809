// Handlers: calls are pulled one by one, each pull an operation on the handler's queue.
#include "tombolo/handler.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <string>

#include "handler_calls.hpp"
#include "queue_impl.hpp"
#include "tombolo-bridge/src/crossing/handler/ffi.rs.h"
#include "tombolo/detail/op.hpp"
#include "tombolo/stream.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {

namespace {

/// A pull waits as long as it takes for somebody to call.
constexpr std::chrono::hours kPatience(24 * 365);

/// Of all handlers together.
std::atomic<std::uint64_t> g_calls_under_way{0};

/// Whether nothing more can be pulled after `error`: its queue was shut down, or this is a forked
/// child. Else the pull ran out of patience or met a full queue, and is repeated.
bool is_the_end(const Error& error) noexcept {
  return error.code() != ErrorCode::deadline_exceeded &&
         error.code() != ErrorCode::resource_exhausted;
}

Error threw(std::string_view what) {
  return {ErrorCode::unknown, std::string("the handler threw ").append(what), ErrorKind::exception};
}

}  // namespace

std::uint64_t calls_under_way() noexcept {
  return g_calls_under_way.load(std::memory_order_relaxed);
}

/// One pull is under way at a time, whose completion this is; it keeps itself alive for that. The
/// lock is held for moments, and not while the function runs.
class HandlerCore : public Completion, public std::enable_shared_from_this<HandlerCore> {
 public:
  using Function = std::unique_ptr<HandlerFunction, void (*)(HandlerFunction*) noexcept>;

  HandlerCore(std::shared_ptr<QueueImpl> queue, Function function, std::size_t concurrency,
              RawHandler raw, StreamHandle calls)
      : Completion{&pulled},
        queue_(std::move(queue)),
        function_(std::move(function)),
        concurrency_(concurrency),
        raw_(raw),
        calls_(std::move(calls)) {}
  HandlerCore(const HandlerCore&) = delete;
  HandlerCore& operator=(const HandlerCore&) = delete;
  ~HandlerCore() { ffi::handler_drop(raw_); }

  [[nodiscard]] const RawHandler& raw() const noexcept { return raw_; }

  void close() noexcept {
    if (ffi::in_forked_child()) {
      return;  // another thread may have held the lock at the fork
    }
    Op pull;
    StreamHandle calls;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      pull = std::move(pull_);
      calls = std::move(calls_);
    }
    if (pull && pull.abandon() != nullptr) {
      end_pull();
    }
  }

  /// A call is answered or dropped.
  void finished() noexcept {
    if (ffi::in_forked_child()) {
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      --under_way_;
    }
    g_calls_under_way.fetch_sub(1, std::memory_order_relaxed);
    pull();
  }

  /// Pulls the next call, if there is room for one.
  void pull() noexcept {
    if (!start_pull()) {
      close();
      end_pull();
    }
  }

 private:
  /// False if nothing can be pulled any more.
  bool start_pull() noexcept {
    const std::lock_guard lock(mutex_);
    if (closed_ || in_pull_ != nullptr || under_way_ >= concurrency_) {
      return true;
    }
    pull_ = calls_.next();
    pull_.set_timeout(kPatience);
    in_pull_ = shared_from_this();
    // From here on it may complete on the thread that drains, which waits for the lock then.
    const auto started = Op::start(pull_.ticket(), queue_->queue, this);
    if (started == Op::Outcome::pending) {
      return true;
    }
    if (started == Op::Outcome::error && is_the_end(pull_.error())) {
      return false;
    }
    ffi::op_deliver(pull_.ticket(), *queue_->queue);
    return true;
  }

  /// Gives up what keeps this alive for the pull.
  std::shared_ptr<HandlerCore> end_pull() noexcept {
    const std::lock_guard lock(mutex_);
    return std::move(in_pull_);
  }

  static void pulled(Completion* completion) { static_cast<HandlerCore*>(completion)->take_call(); }

  void take_call() noexcept {
    std::shared_ptr<HandlerCore> alive;
    Op done;
    {
      // In one step: an answer on another thread starts the next pull as soon as none is under way.
      const std::lock_guard lock(mutex_);
      alive = std::move(in_pull_);
      if (closed_) {
        return;  // on another thread, at this very moment; the call goes with the pull
      }
      done = std::move(pull_);
    }
    switch (done.outcome()) {
      case Op::Outcome::value: {
        RawCall call;
        if (ffi::take_call(done.ticket(), call)) {
          give(call);
        }
        return pull();
      }
      case Op::Outcome::end:
        return close();
      case Op::Outcome::error:
      case Op::Outcome::pending:
      case Op::Outcome::given:
        return is_the_end(done.error()) ? close() : pull();
    }
  }

  /// Runs the function.
  void give(RawCall call) noexcept {
    {
      const std::lock_guard lock(mutex_);
      ++under_way_;
    }
    g_calls_under_way.fetch_add(1, std::memory_order_relaxed);
    // A hold of our own: what the function throws comes out after its reply was dropped on the way.
    const Call ours(ffi::call_share(call), nullptr);
    try {
      function_->run(function_.get(), Call(call, shared_from_this()));
    } catch (const std::exception& thrown) {
      ours.fail(threw(thrown.what()));
    } catch (...) {
      ours.fail(threw("something that is no std::exception"));
    }
  }

  std::shared_ptr<QueueImpl> queue_;
  Function function_;
  const std::size_t concurrency_;
  const RawHandler raw_;

  std::mutex mutex_;
  StreamHandle calls_;
  Op pull_;
  std::shared_ptr<HandlerCore> in_pull_;
  std::size_t under_way_ = 0;
  bool closed_ = false;
};

Result<std::shared_ptr<HandlerCore>> open_handler(const CompletionQueue& queue,
                                                  HandlerFunction* function,
                                                  std::size_t concurrency) {
  HandlerCore::Function owned(function, function->destroy);
  if (queue.handle() == nullptr) {
    return unexpected(Error(ErrorCode::invalid_argument, "queue: it was not created"));
  }
  if (concurrency == 0) {
    return unexpected(Error(ErrorCode::invalid_argument, "concurrency: it must be at least 1"));
  }
  StreamTicket calls;
  RawError error;
  const RawHandler raw = ffi::handler_open(*queue.handle(), calls, error);
  if (error.is_error()) {
    return unexpected(Error(error));
  }
  auto handler = std::make_shared<HandlerCore>(queue.share(), std::move(owned), concurrency, raw,
                                               StreamHandle(calls));
  handler->pull();
  return handler;
}

RawHandler raw_handler(const HandlerCore& handler) noexcept {
  return ffi::handler_share(handler.raw());
}

void close_handler(HandlerCore& handler) noexcept { handler.close(); }

Error wrong_request() noexcept {
  return {ErrorCode::internal,
          "the request is not of the type that the handler takes: the Rust function that calls it "
          "and the C++ handler disagree"};
}

Call::Call(RawCall raw, std::shared_ptr<HandlerCore> handler) noexcept
    : raw_(raw), handler_(std::move(handler)) {}

Call::Call(Call&& other) noexcept
    : raw_(std::exchange(other.raw_, RawCall())), handler_(std::move(other.handler_)) {}

Call& Call::operator=(Call&& other) noexcept {
  Call old(std::move(*this));
  raw_ = std::exchange(other.raw_, RawCall());
  handler_ = std::move(other.handler_);
  return *this;
}

Call::~Call() { reset(); }

bool Call::fail(Error error) const noexcept {
  return ffi::call_fail(raw_, std::move(error).release());
}

bool Call::is_wanted() const noexcept { return ffi::call_is_wanted(raw_); }

void Call::reset() noexcept {
  ffi::call_drop(std::exchange(raw_, RawCall()));
  if (const auto handler = std::exchange(handler_, nullptr)) {
    handler->finished();
  }
}

bool take_request(const RawCall& call) noexcept { return ffi::request_unit(call); }

bool take_request(const RawCall& call, bool& out) noexcept { return ffi::request_bool(call, out); }

bool take_request(const RawCall& call, std::int64_t& out) noexcept {
  return ffi::request_i64(call, out);
}

bool take_request(const RawCall& call, std::uint64_t& out) noexcept {
  return ffi::request_u64(call, out);
}

bool take_request(const RawCall& call, double& out) noexcept { return ffi::request_f64(call, out); }

bool take_request(const RawCall& call, std::string& out) noexcept {
  rust::String text;
  const bool taken = ffi::request_string(call, text);
  out = to_std(text);
  return taken;
}

bool take_request(const RawCall& call, Bytes& out) noexcept {
  RawBytes raw;
  const bool taken = ffi::request_bytes(call, raw);
  out = Bytes(raw);
  return taken;
}

bool answer(const RawCall& call) noexcept { return ffi::answer_unit(call); }

bool answer(const RawCall& call, bool value) noexcept { return ffi::answer_bool(call, value); }

bool answer(const RawCall& call, std::int64_t value) noexcept {
  return ffi::answer_i64(call, value);
}

bool answer(const RawCall& call, std::uint64_t value) noexcept {
  return ffi::answer_u64(call, value);
}

bool answer(const RawCall& call, double value) noexcept { return ffi::answer_f64(call, value); }

bool answer(const RawCall& call, std::string value) noexcept {
  return ffi::answer_string(call, slice(value));
}

bool answer(const RawCall& call, Bytes value) noexcept {
  return ffi::answer_bytes(call, std::move(value).release());
}

}  // namespace detail
TOMBOLO_NAMESPACE_END
