// What the tests of logs share.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "support.hpp"
#include "tombolo-test-core/src/logs.rs.h"
#include "tombolo/log.hpp"

namespace tombolo_test {

using tombolo::LogLevel;
using tombolo::LogOptions;
using tombolo::LogRecord;
using tombolo::LogSink;
using tombolo::Metrics;
using Records = std::vector<LogRecord>;

/// The target of the test core's own events.
constexpr const char* kTarget = "tombolo_test_core::logs";

inline LogOptions only(const std::string& targets) {
  LogOptions options;
  options.level = LogLevel::off;
  options.targets = targets;
  return options;
}

/// A sink of what the test core emits, and nothing else. Not of traces, unless it is said: then
/// each operation is told of, and has its span from the first.
template <class F>
LogSink sink(const CompletionQueue& queue, F function,
             const std::string& targets = "tombolo_test_core=debug") {
  return LogSink::create(queue, std::move(function), only(targets)).value();
}

/// So that the runtime's start, once in a process, is not among the records.
inline void start_the_runtime() { EXPECT_TRUE(operation<Number>(ready(1)).wait()); }

/// Keeps what it is given.
inline auto into(Records& records) {
  return [&records](LogRecord record) { records.push_back(std::move(record)); };
}

inline std::vector<std::string> messages(const Records& records) {
  std::vector<std::string> all;
  for (const LogRecord& record : records) {
    all.push_back(record.message);
  }
  return all;
}

inline std::string line(const LogRecord::Field& field) {
  return field.name + "=" + field.value + "/" + std::to_string(static_cast<int>(field.kind));
}

inline std::vector<std::string> lines(const std::vector<LogRecord::Field>& fields) {
  std::vector<std::string> all;
  for (const auto& field : fields) {
    all.push_back(line(field));
  }
  return all;
}

/// Whether it is in the span of an operation of this name.
inline bool is_in(const LogRecord& record, const std::string& operation) {
  return std::any_of(record.spans.begin(), record.spans.end(), [&](const LogRecord::Span& span) {
    return span.name == "operation" && line(span.fields.at(1)) == "operation=" + operation + "/0";
  });
}

/// What has become of records since it was made.
class RecordsSince {
 public:
  [[nodiscard]] std::uint64_t delivered() const {
    return tombolo::metrics().log_records_delivered - before_.log_records_delivered;
  }
  [[nodiscard]] std::uint64_t lost() const {
    return tombolo::metrics().log_records_lost - before_.log_records_lost;
  }
  [[nodiscard]] static std::uint64_t waiting() { return tombolo::metrics().log_records_waiting; }

 private:
  Metrics before_ = tombolo::metrics();
};

}  // namespace tombolo_test
