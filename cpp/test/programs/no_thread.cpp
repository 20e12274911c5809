// A system that has no thread to give: what needs one answers so, and nothing of it is remembered.
// The default runtime starts at the first call that finds all its threads.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "../draining.hpp"
#include "../thread_names.hpp"
#include "creating_threads.hpp"
#include "run_again.hpp"
#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo-test-core/src/runtimes.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using Number = std::uint64_t;
using tombolo::ErrorCode;
using tombolo::operation;
using tombolo::Runtime;
using tombolo_test::must;
using tombolo_test::threads_named;
namespace test = tombolo_test;

int g_left = 0;

/// Lets so many threads be made.
void give(int threads) {
  g_left = threads;
  test::g_creating = +[] { return g_left-- > 0; };
}

template <class T>
void must_be_refused(const tombolo::Result<T>& answer) {
  must(!answer && answer.error().code() == ErrorCode::resource_exhausted, "it was not refused");
  must(answer.error().message() == "a thread of the runtime could not be created",
       answer.error().to_string().c_str());
  must(answer.error().retryable(), "a retry is said to be of no use");
}

/// Those that were made before the one that was refused end again, by and by, and are not counted
/// any more; so many others are.
void no_worker_may_be_left(const char* prefix, std::uint64_t others) {
  alarm(test::kWatchdogSeconds);
  while (!threads_named(prefix).empty() || tombolo::metrics().workers != others) {
    usleep(1000);
  }
  alarm(0);
}

/// A sink is told of each start that fails, but for those that it causes itself.
class Told {
 public:
  Told() { must(tombolo::metrics().log_records_waiting == 1, "its own first start is not told"); }

  /// Drains, and tells of no more for that.
  void must_not_grow() {
    for (int i = 0; i < 3; ++i) {
      const auto before = tombolo::metrics().log_records_waiting;
      must(queue_.poll().has_value(), "the queue of logs cannot be drained");
      must(tombolo::metrics().log_records_waiting == before, "logging has fed itself");
    }
  }

  void must_be(const std::vector<std::string>& lines) {
    alarm(test::kWatchdogSeconds);
    while (lines_.size() < lines.size()) {
      must(queue_.wait_for(std::chrono::milliseconds(10)).has_value(), "it cannot be drained");
    }
    alarm(0);
    must(lines_ == lines, lines_.back().c_str());
  }

 private:
  std::vector<std::string> lines_;
  tombolo::CompletionQueue queue_ = test::make_queue();
  tombolo::LogSink log_ =
      tombolo::LogSink::create(queue_, [this](const tombolo::LogRecord& record) {
        lines_.push_back(record.to_string());
      }).value();
};

void the_default_one_starts_when_it_can() {
  give(0);
  Told told;
  auto queue = test::make_queue();
  // The thread of deadlines, and two workers. What was made of deadlines stays.
  for (const int threads : {0, 0, 1, 1}) {
    give(threads);
    must_be_refused(operation<Number>(test::ready_on_worker(1)).wait());
    must_be_refused(operation<Number>(test::ready(1)).future().get());
    bool refused = false;
    operation<Number>(test::ready(1)).then(queue, [&](const auto& answer) { refused = !answer; });
    must(queue.poll().has_value() && refused, "the queue has not told of it");
    no_worker_may_be_left("tombolo-0", 0);
    told.must_not_grow();
  }
  tombolo::RuntimeOptions options;
  options.thread_name = "chosen";
  must(tombolo::configure_runtime(options).has_value(), "it runs, and was not to start");
  give(2);
  must(operation<Number>(test::ready_on_worker(1)).wait().value() == 2, "it did not start");
  must(operation<Number>(test::sleep_ms(1)).wait().value() == 1, "it does not work");
  must(!tombolo::configure_runtime(options).has_value(), "it was configured while it runs");
  // One of the sink itself, and those of four times three operations.
  std::vector<std::string> lines(
      13,
      "error tombolo::crossing: the runtime could not be started error=\"a thread of the runtime "
      "could not be created (resource_exhausted)\"");
  lines.emplace_back(
      "info tombolo::crossing: the runtime has started thread_name=\"chosen\" workers=2 "
      "blocking_threads=64");
  told.must_be(lines);
}

void one_of_its_own_is_refused_or_whole() {
  tombolo::RuntimeOptions options;
  options.thread_name = "own";
  options.workers = 3;
  for (const int threads : {0, 1, 2}) {
    give(threads);
    must_be_refused(Runtime::create(options));
    no_worker_may_be_left("own", 2);
  }
  give(3);
  const auto runtime = Runtime::create(options);
  must(runtime.has_value(), "it was refused");
  must(operation<Number>(test::sleep_ms_at(runtime->raw(), 1)).wait().value() == 1, "it is dead");
}

}  // namespace

int main() {
  the_default_one_starts_when_it_can();
  one_of_its_own_is_refused_or_whole();
  test::g_creating = nullptr;
  return EXIT_SUCCESS;
}
