// Log sinks: an operation on the sink's queue says that there are records, which are then taken one
// by one.
#include "tombolo/log.hpp"

#include <chrono>
#include <mutex>
#include <utility>

#include "queue_impl.hpp"
#include "tombolo-bridge/src/crossing/log/ffi.rs.h"
#include "tombolo/detail/op.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {

namespace {

/// It waits as long as it takes for something to happen.
constexpr std::chrono::hours kPatience(24 * 365);
/// How many records one item of a drain may hand out, and how long it may take about; then the
/// drain looks whether its own time is over.
constexpr int kMostAtOnce = 64;
constexpr std::chrono::milliseconds kLongest(1);

/// Whether nothing more can come after `error`: its queue was shut down, or this is a forked child.
/// Else the operation ran out of patience or met a full queue, and is repeated.
bool is_the_end(const Error& error) noexcept {
  return error.code() != ErrorCode::deadline_exceeded &&
         error.code() != ErrorCode::resource_exhausted;
}

/// While it lives, what this thread emits is dropped, and what comes of operations it starts.
class Muted {
 public:
  Muted() noexcept : before_(ffi::log_mute(true)) {}
  Muted(const Muted&) = delete;
  Muted& operator=(const Muted&) = delete;
  ~Muted() { ffi::log_mute(before_); }

 private:
  bool before_;
};

struct FreeRecord {
  void operator()(ffi::LogRecord* record) const noexcept { ffi::log_record_free(record); }
};
using RecordHandle = std::unique_ptr<ffi::LogRecord, FreeRecord>;

std::string text(rust::Slice<const std::uint8_t> bytes) { return std::string(view(bytes)); }

/// The fields of the event, 0, or of a span, counted from 1.
std::vector<LogRecord::Field> fields(const ffi::LogRecord& from, std::size_t of) {
  std::vector<LogRecord::Field> to;
  const std::size_t count = ffi::log_fields(from, of);
  to.reserve(count);
  for (std::size_t at = 0; at < count; ++at) {
    to.push_back({text(ffi::log_field_name(from, of, at)), text(ffi::log_field_value(from, of, at)),
                  static_cast<LogRecord::Field::Kind>(ffi::log_field_kind(from, of, at))});
  }
  return to;
}

LogRecord to_std(const ffi::LogRecord& from) {
  using Time = std::chrono::system_clock::time_point;
  const ffi::LogFacts facts = ffi::log_facts(from);
  LogRecord to;
  to.level = static_cast<LogLevel>(facts.level);
  to.target = text(ffi::log_target(from));
  to.message = text(ffi::log_message(from));
  to.time =
      Time(std::chrono::duration_cast<Time::duration>(std::chrono::nanoseconds(facts.nanoseconds)));
  to.thread_id = facts.thread_id;
  to.thread_name = text(ffi::log_thread_name(from));
  to.fields = fields(from, 0);
  to.spans.reserve(facts.spans);
  for (std::size_t span = 0; span < facts.spans; ++span) {
    to.spans.push_back({text(ffi::log_span_name(from, span)), fields(from, span + 1)});
  }
  to.lost_before = facts.lost_before;
  to.cut = facts.cut;
  return to;
}

}  // namespace

/// One operation is under way at a time, whose completion this is; it keeps itself alive for that.
/// The lock is held for moments, and not while the function runs.
class LogCore : public Completion, public std::enable_shared_from_this<LogCore> {
 public:
  using Function = std::unique_ptr<LogFunction, void (*)(LogFunction*) noexcept>;

  LogCore(std::shared_ptr<QueueImpl> queue, Function function, ffi::LogOutlet* outlet)
      : Completion{&told},
        queue_(std::move(queue)),
        function_(std::move(function)),
        outlet_(outlet) {}
  LogCore(const LogCore&) = delete;
  LogCore& operator=(const LogCore&) = delete;
  ~LogCore() { ffi::log_free(outlet_); }

  /// Waits for records. Fails if none can come any more.
  Result<void> wait() noexcept {
    auto waiting = start_waiting();
    if (!waiting) {
      end_waiting();
    }
    return waiting;
  }

  void close() noexcept {
    if (ffi::in_forked_child()) {
      return;  // another thread may have held the lock at the fork
    }
    Op waiting;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      waiting = std::move(waiting_);
    }
    if (waiting && waiting.abandon() != nullptr) {
      end_waiting();
    }
    ffi::log_close(*outlet_);
  }

 private:
  Result<void> start_waiting() noexcept {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      return {};
    }
    waiting_ = Op(ffi::log_wait(*outlet_));
    waiting_.set_timeout(kPatience);
    in_flight_ = shared_from_this();
    // From here on it may complete on the thread that drains, which waits for the lock then.
    const auto started = Op::start(waiting_.ticket(), queue_->queue, this);
    if (started == Op::Outcome::pending) {
      return {};
    }
    if (started == Op::Outcome::error) {
      if (Error failure = waiting_.error(); is_the_end(failure)) {
        return unexpected(std::move(failure));
      }
    }
    ffi::op_deliver(waiting_.ticket(), *queue_->queue);
    return {};
  }

  /// Gives up what keeps this alive for the operation.
  std::shared_ptr<LogCore> end_waiting() noexcept {
    const std::lock_guard lock(mutex_);
    return std::move(in_flight_);
  }

  static void told(Completion* completion) {
    auto& self = *static_cast<LogCore*>(completion);
    const auto alive = self.end_waiting();
    self.take();
  }

  void take() {
    Op done;
    {
      const std::lock_guard lock(mutex_);
      if (closed_) {
        return;  // on another thread, at this very moment
      }
      done = std::move(waiting_);
    }
    const bool failed = done.outcome() == Op::Outcome::error;
    if (failed && is_the_end(done.error())) {
      done.reset();
      return give_the_rest();
    }
    done.reset();
    const GoOn go_on{*this};
    if (!failed) {
      give();
    }
  }

  /// Waits again, also after the function has thrown. Muted: a start that fails, since the system
  /// has no thread for the runtime, tells of it, and is repeated by the same drain.
  struct GoOn {
    LogCore& log;
    ~GoOn() {
      const Muted muted;
      if (!log.wait()) {
        log.close();
      }
    }
  };

  void give() {
    using Clock = std::chrono::steady_clock;
    const auto began = Clock::now();
    for (int given = 0; given < kMostAtOnce && give_one(); ++given) {
      if (Clock::now() - began >= kLongest) {
        return;
      }
    }
  }

  /// The queue goes: what is there is given now.
  void give_the_rest() {
    struct Close {
      LogCore& log;
      ~Close() { log.close(); }
    };
    const Close close{*this};
    ffi::log_detach(*outlet_);
    while (give_one()) {
    }
  }

  /// False if there is nothing more to give.
  bool give_one() {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) {
        return false;
      }
    }
    const RecordHandle record(ffi::log_take(*outlet_));
    if (record != nullptr) {
      const Muted muted;
      function_->run(function_.get(), to_std(*record));
    }
    return record != nullptr;
  }

  std::shared_ptr<QueueImpl> queue_;
  Function function_;
  ffi::LogOutlet* const outlet_;

  std::mutex mutex_;
  Op waiting_;
  std::shared_ptr<LogCore> in_flight_;
  bool closed_ = false;
};

Result<std::shared_ptr<LogCore>> open_log(const CompletionQueue& queue, LogFunction* function,
                                          const LogOptions& options) {
  LogCore::Function owned(function, function->destroy);
  if (queue.handle() == nullptr) {
    return unexpected(Error(ErrorCode::invalid_argument, "queue: it was not created"));
  }
  const ffi::LogOptions crossing{static_cast<std::uint32_t>(options.level), slice(options.targets),
                                 options.capacity, options.capacity_bytes};
  RawError error;
  auto* outlet = ffi::log_open(crossing, error);
  if (outlet == nullptr) {
    return unexpected(Error(error));
  }
  auto log = std::make_shared<LogCore>(queue.share(), std::move(owned), outlet);
  if (auto waiting = log->wait(); !waiting) {
    log->close();
    return unexpected(std::move(waiting.error()));
  }
  return log;
}

void close_log(LogCore& log) noexcept { log.close(); }

}  // namespace detail

TOMBOLO_NAMESPACE_END
