// Logs: what the Rust core has to say, for the service's own log.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tombolo/completion_queue.hpp"
#include "tombolo/result.hpp"

TOMBOLO_NAMESPACE_BEGIN

/// How much is told: each level includes those before it. `off` tells nothing, and no record has
/// it.
enum class LogLevel : std::uint8_t { off = 0, error = 1, warn = 2, info = 3, debug = 4, trace = 5 };

/// Its name, as in `LogOptions::targets`.
[[nodiscard]] TOMBOLO_API std::string_view to_string(LogLevel level) noexcept;

/// An event of the core. It is made where it happens and capped there: 8 KiB of text and 32 fields
/// for an event, 1 KiB and 32 fields for each of its spans, and 16 spans.
struct LogRecord {
  struct Field {
    /// What the value was before it was text.
    enum class Kind : std::uint8_t { text = 0, number = 1, boolean = 2 };

    std::string name;
    std::string value;
    Kind kind = Kind::text;
  };

  /// Something that takes its time, such as an operation: what happens meanwhile happens within.
  struct Span {
    std::string name;
    std::vector<Field> fields;
  };

  LogLevel level = LogLevel::off;
  /// The part of the core that it comes from, as "tombolo::blob::folder".
  std::string target;
  std::string message;
  std::chrono::system_clock::time_point time;
  /// The thread that it happened on: the kernel's number, and its name at its first record.
  std::uint32_t thread_id = 0;
  std::string thread_name;
  std::vector<Field> fields;
  /// The outermost first. An operation's is named "operation", with its service, its name and a
  /// number that no other has.
  std::vector<Span> spans;
  /// How many records were lost between the one before and this one.
  std::uint64_t lost_before = 0;
  /// Whether something was left out to keep within the caps. Text is cut between characters.
  bool cut = false;

  /// One line, without the time and the thread; characters that would break it are escaped.
  [[nodiscard]] TOMBOLO_API std::string to_string() const;
};

struct LogOptions {
  LogOptions() {}

  /// The level of the targets that `targets` does not name.
  LogLevel level = LogLevel::info;
  /// Levels of targets by name, as "tombolo=warn,tombolo::blob::folder=debug". A name stands for
  /// the modules within it, too, and the longest decides. A level without a name takes the place of
  /// `level`.
  std::string targets;
  /// How many records may wait, and how much memory they may take, for the service to drain the
  /// queue. What comes beyond is dropped and counted. 1 to 16,777,216, and at least 64 KiB.
  std::size_t capacity = 8192;
  std::size_t capacity_bytes = std::size_t{4} << 20;
};

namespace detail {

/// Defined in the library.
class LogCore;

/// The function of a sink, without its type.
struct LogFunction {
  void (*run)(LogFunction* self, LogRecord record);
  void (*destroy)(LogFunction* self) noexcept;
};

/// Gives the records to `function`, which it takes over, also where it fails.
[[nodiscard]] TOMBOLO_API Result<std::shared_ptr<LogCore>> open_log(const CompletionQueue& queue,
                                                                    LogFunction* function,
                                                                    const LogOptions& options);
TOMBOLO_API void close_log(LogCore& log) noexcept;

}  // namespace detail

/// A function that is given the core's log records, in a drain of a completion queue and nowhere
/// else: `void function(LogRecord)` or `void function(const LogRecord&)`. There is one sink at a
/// time in the process; without one, logging costs next to nothing.
///
/// Whoever emits never waits: what the service is too slow for is dropped and counted, in
/// `LogRecord::lost_before` and in `metrics()`. So is what the function causes itself: all that is
/// emitted on its thread while it runs, and all that comes of operations which it starts. What it
/// throws comes out of `poll()`, as with every callback; the sink goes on with the next record.
///
/// While it lives, one operation of its own is in flight on the queue. Destroying it ends it, and
/// what waits is dropped and counted. Destroyed on the thread that drains the queue, it is sure
/// that the function never runs afterwards; the function itself may do it. A queue that is shut
/// down or destroyed ends it, too, after giving it what is there. In a forked child it does
/// nothing.
class [[nodiscard]] LogSink {
 public:
  /// No sink, to be assigned to.
  LogSink() noexcept = default;
  LogSink(LogSink&& other) noexcept = default;
  LogSink& operator=(LogSink&& other) noexcept {
    LogSink old(std::move(*this));
    core_ = std::move(other.core_);
    return *this;
  }
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;
  ~LogSink() {
    if (core_ != nullptr) {
      detail::close_log(*core_);
    }
  }

  /// Begins. Answers `invalid_argument` for options that it cannot read, which it quotes, and for a
  /// queue that was not created; `failed_precondition` while there is another sink, or if the Rust
  /// of this process has a subscriber of its own; `cancelled` for a queue that was shut down.
  template <class F>
  [[nodiscard]] static Result<LogSink> create(const CompletionQueue& queue, F&& function,
                                              const LogOptions& options = {}) {
    static_assert(std::is_invocable_v<std::decay_t<F>&, LogRecord>,
                  "the function must take a tombolo::LogRecord");
    auto* erased = new FunctionOf<std::decay_t<F>>(std::forward<F>(function));
    return detail::open_log(queue, erased, options).transform([](auto core) {
      return LogSink(std::move(core));
    });
  }

 private:
  template <class F>
  struct FunctionOf final : detail::LogFunction {
    template <class G>
    explicit FunctionOf(G&& from) : LogFunction{&run, &destroy}, function(std::forward<G>(from)) {}

    static void run(LogFunction* self, LogRecord record) {
      static_cast<void>(static_cast<FunctionOf*>(self)->function(std::move(record)));
    }
    static void destroy(LogFunction* self) noexcept { delete static_cast<FunctionOf*>(self); }

    F function;
  };

  explicit LogSink(std::shared_ptr<detail::LogCore> core) noexcept : core_(std::move(core)) {}

  std::shared_ptr<detail::LogCore> core_;
};

TOMBOLO_NAMESPACE_END
