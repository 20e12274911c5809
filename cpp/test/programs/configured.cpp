// A runtime that is configured: what is wrong is named, what is right is kept, and it is done once,
// before the first operation starts.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "run_again.hpp"
#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/diagnostics.hpp"
#include "tombolo/runtime.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;
using Number = std::uint64_t;
using tombolo::configure_runtime;
using tombolo::ErrorCode;
using tombolo::operation;
using tombolo::RuntimeOptions;
using tombolo_test::must;
namespace test = tombolo_test;

template <class Change>
void must_be_refused(const char* message, Change change) {
  RuntimeOptions options;
  change(options);
  const auto refused = configure_runtime(options);
  must(!refused && refused.error().code() == ErrorCode::invalid_argument, message);
  must(refused.error().message() == message, std::string(refused.error().message()).c_str());
}

void must_refuse_what_is_wrong() {
  must_be_refused("workers: it is 0, and must be 1 to 1024", [](auto& o) { o.workers = 0; });
  must_be_refused("blocking_threads: it is 5000, and must be 1 to 4096",
                  [](auto& o) { o.blocking_threads = 5000; });
  must_be_refused("stack_size: it is 100, and must be 65536 to 1073741824",
                  [](auto& o) { o.stack_size = 100; });
  must_be_refused("max_in_flight: it is 0, and must be 1 to 18446744073709551615",
                  [](auto& o) { o.max_in_flight = 0; });
  must_be_refused("thread_name: it is not UTF-8 at byte 1",
                  [](auto& o) { o.thread_name = "a\xff"; });
  must_be_refused("thread_name: its length is 16, and must be 1 to 15",
                  [](auto& o) { o.thread_name = "sixteen_letters_"; });
}

void must_come_too_late(const char* message) {
  const auto late = configure_runtime(RuntimeOptions());
  must(!late && late.error().code() == ErrorCode::failed_precondition, message);
  must(late.error().message() == message, std::string(late.error().message()).c_str());
}

std::vector<std::string> thread_names() {
  std::vector<std::string> names;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::atomic<int> g_begun = 0;

}  // namespace

int main() {
  alarm(tombolo_test::kWatchdogSeconds);
  must_refuse_what_is_wrong();
  RuntimeOptions options;
  options.workers = 3;
  options.blocking_threads = 1;
  options.stack_size = 256 << 10;
  options.thread_name = "service";
  options.max_in_flight = 10;
  options.on_thread_start = [] {
    ++g_begun;
    throw std::runtime_error("swallowed");
  };
  must(configure_runtime(options).has_value(), "it was refused");
  must_come_too_late("the runtime was configured before; do it once, in one place");

  must(operation<Number>(test::ready_on_worker(1)).wait().has_value(), "an operation failed");
  must_come_too_late("the runtime runs already; configure it before the first operation");
  must(!operation<Number>(test::panic_in_blocking_work()).wait().has_value(), "it did not panic");
  const std::vector<std::string> expected = {"configured", "service-0",       "service-1",
                                             "service-2",  "service-blockin", "service-timer"};
  while (thread_names() != expected || g_begun != 5) {
    std::this_thread::sleep_for(1ms);  // a new thread takes its name when it first runs
  }

  while (!tombolo::operations_in_flight().empty()) {
    std::this_thread::sleep_for(
        1ms);  // a worker tells of the end of an operation, and then lets go
  }
  auto queue = tombolo::CompletionQueue::create().value();
  std::vector<tombolo::Running> running;
  for (int i = 0; i < 10; ++i) {
    running.push_back(operation<Number>(test::never()).start(queue, [](const auto&) {}));
  }
  const auto full = operation<Number>(test::hop(1)).wait();
  must(!full && full.error().code() == ErrorCode::resource_exhausted, "the ceiling is another");
  bool refused = false;
  operation<Number>(test::ready(1)).then(queue, [&](const auto& answer) {
    refused = !answer && answer.error().code() == ErrorCode::resource_exhausted;
  });
  must(queue.poll().has_value() && refused, "what is ready at once has no ceiling");
  running.pop_back();
  must(operation<Number>(test::hop(1)).wait().has_value(), "there is no room after one has gone");
  std::printf("%d threads of the runtime, as configured\n", g_begun.load());
  return EXIT_SUCCESS;
}
