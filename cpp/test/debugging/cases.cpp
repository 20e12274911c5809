// cases CASE: gets into the trouble that the guide's page on debugging tells how to look into.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo-test-core/src/probes.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;
using Number = std::uint64_t;
using tombolo::CompletionQueue;
using tombolo::operation;
namespace test = tombolo_test;

struct Session {
  Number answered = 0;
  void on_answer(Number answer) { answered = answer; }
};

/// A callback that uses what is gone.
void crash_in_callback(CompletionQueue& queue) {
  Session* volatile gone = nullptr;
  operation<Number>(test::hop(1)).then(queue, [gone](const auto& answer) {
    gone->on_answer(answer.value());
  });
  while (!queue.drained()) {
    if (!queue.wait_for(1s)) return;
  }
}

void panic_on_worker(CompletionQueue& /*queue*/) {
  static_cast<void>(operation<Number>(test::panic_in_poll(true)).wait());
}

/// Its future is polled in a drain.
void panic_on_caller(CompletionQueue& queue) {
  operation<Number>(test::panic_in_poll(false)).then(queue, [](const auto&) {});
  while (!queue.drained()) {
    if (!queue.wait_for(1s)) return;
  }
}

void overflow_in_rust(CompletionQueue& /*queue*/) {
  static_cast<void>(operation<Number>(test::overflow_stack()).wait());
}

/// Both workers are held, so that what comes after them stands still; and nobody drains the queue.
/// Then it stops, as a service does that somebody interrupts in the debugger.
void stuck(CompletionQueue& queue) {
  for (int i = 0; i < 2; ++i) {
    operation<void>(test::hold_worker()).then(queue, [](const auto&) {});
  }
  while (test::workers_held() < 2) std::this_thread::sleep_for(1ms);
  operation<Number>(test::hop_on_worker(1)).then(queue, [](const auto&) {});
  operation<Number>(test::never()).then(queue, [](const auto&) {});
  std::raise(SIGINT);
  test::release_workers();
}

}  // namespace

int main(int count, char** arguments) {
  auto queue = CompletionQueue::create().value();
  const std::string_view way = count > 1 ? arguments[1] : "";
  if (way == "crash_in_callback") crash_in_callback(queue);
  if (way == "panic_on_worker") panic_on_worker(queue);
  if (way == "panic_on_caller") panic_on_caller(queue);
  if (way == "overflow_in_rust") overflow_in_rust(queue);
  if (way == "stuck") stuck(queue);
  return EXIT_SUCCESS;
}
