// Law 10: a runtime ends with the last that holds it, whoever and wherever that is; its end has a
// bound; and no operation is lost by it.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support.hpp"
#include "thread_names.hpp"
#include "tombolo-test-core/src/probes.rs.h"
#include "tombolo-test-core/src/runtimes.rs.h"
#include "tombolo/metrics.hpp"
#include "tombolo/runtime.hpp"

namespace tombolo_test {
namespace {

using Clock = std::chrono::steady_clock;
using tombolo::Runtime;
using tombolo::RuntimeOptions;

/// A runtime whose threads begin with "own", and whose end may take so long.
std::optional<Runtime> own(std::chrono::nanoseconds teardown = kPatience) {
  RuntimeOptions options;
  options.thread_name = "own";
  options.teardown = teardown;
  return Runtime::create(options).value();
}

Answer wait(Ticket ticket) { return operation<Number>(ticket).wait(); }

bool no_thread_is_left() {
  return eventually([] { return threads_named("own").empty(); });
}

bool one_thread_is_held() {
  return eventually([] { return workers_held() == 1; });
}

/// Whether the operations of before have let go of their runtimes, wherever that was.
bool nothing_else_holds_one() {
  return eventually([] { return tombolo::metrics().slots_in_use == 0; });
}

std::size_t descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Counts the threads that it was made on and that have ended.
struct CountsItsEnd {
  std::atomic<int>* ended = nullptr;
  ~CountsItsEnd() {
    if (ended != nullptr) {
      ++*ended;
    }
  }
};

// Not by and by, but at once: the destructor has waited for them to their last thread-local.
TEST(RuntimeEnd, Law10ItsThreadsHaveEndedWhenTheLastHandleIsGone) {
  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;
  RuntimeOptions options;
  options.thread_name = "own";
  options.teardown = kPatience;
  options.on_thread_start = [&] {
    thread_local CountsItsEnd end;
    end.ended = &ended;
    ++begun;
  };
  auto runtime = std::make_optional(Runtime::create(options).value());
  ASSERT_TRUE(operation<std::string>(blocking_thread_at(runtime->raw())).wait());
  ASSERT_TRUE(eventually([&] { return begun == 3; }));
  ASSERT_TRUE(nothing_else_holds_one());
  auto other = std::make_optional(*runtime);
  runtime.reset();
  EXPECT_EQ(ended, 0);
  other.reset();
  EXPECT_EQ(ended, 3);
  EXPECT_TRUE(no_thread_is_left());
}

TEST(RuntimeEnd, Law10ManyOfThemLeaveNothingBehind) {
  EXPECT_TRUE(wait(hop_at(own()->raw(), true)));
  EXPECT_TRUE(no_thread_is_left());
  const auto threads = threads_named().size();
  const auto open = descriptors();
  for (int i = 0; i < 50; ++i) {
    auto runtime = own();
    EXPECT_TRUE(wait(background_at(runtime->raw())));
    EXPECT_TRUE(wait(hop_at(runtime->raw(), i % 2 == 0)));
    runtime.reset();
    // Its worker may be the last to let go of the operation.
    EXPECT_TRUE(eventually([&] { return threads_named().size() == threads; }));
  }
  EXPECT_EQ(descriptors(), open);
  EXPECT_EQ(alive(), 0U) << "a task that nobody waited for is still there";
}

TEST(RuntimeEnd, Law2WhatIsInFlightKeepsItAndEndsFirst) {
  auto queue = make_queue();
  for (const bool on_worker : {true, false}) {
    auto runtime = own();
    std::optional<Answer> answer;
    operation<Number>(hop_at(runtime->raw(), on_worker)).then(queue, [&](Answer got) {
      answer = std::move(got);
    });
    auto later = operation<Number>(sleep_ms_at(runtime->raw(), 1)).future();
    runtime.reset();
    ASSERT_TRUE(drain_until(queue, [&] { return answer.has_value(); }));
    EXPECT_EQ(answer->value(), 2U);
    EXPECT_EQ(later.get().value(), 1U);
    EXPECT_TRUE(no_thread_is_left());
  }
}

TEST(RuntimeEnd, Law2AnOperationThatHasNotStartedKeepsItToo) {
  auto runtime = own();
  auto unstarted = operation<Number>(hop_at(runtime->raw(), true));
  auto never = std::make_optional(operation<Number>(hop_at(runtime->raw(), true)));
  runtime.reset();
  EXPECT_TRUE(std::move(unstarted).wait());
  EXPECT_FALSE(threads_named("own").empty());
  never.reset();
  EXPECT_TRUE(no_thread_is_left());
}

// The worker holds the last reference to the operation when it has told the future.
TEST(RuntimeEnd, Law10TheLastHandleGoesOnItsOwnWorker) {
  for (int i = 0; i < 20; ++i) {
    auto runtime = own();
    auto answer = operation<Number>(hop_at(runtime->raw(), true)).future();
    runtime.reset();
    EXPECT_EQ(answer.get().value(), 2U);
    EXPECT_TRUE(no_thread_is_left());
  }
}

// Nobody hears of it any more; what its worker sends to the queue is dropped in a drain.
TEST(RuntimeEnd, Law10TheLastHandleGoesWithAnOperationThatWasDestroyed) {
  auto queue = make_queue();
  for (int i = 0; i < 20; ++i) {
    auto runtime = own();
    auto running = std::make_optional(
        operation<Number>(never_at(runtime->raw(), true)).start(queue, [](const auto&) {}));
    runtime.reset();
    running.reset();
    ASSERT_TRUE(drain_until(queue, [&] { return queue.in_flight() == 0; }));
    EXPECT_TRUE(no_thread_is_left());
    EXPECT_TRUE(nothing_stays_alive());
  }
}

TEST(RuntimeEnd, Law10TheLastHandleGoesOnItsOwnBlockingThread) {
  auto runtime = own();
  ASSERT_TRUE(wait(let_go_on_blocking_thread(runtime->raw())));
  runtime.reset();
  ASSERT_TRUE(one_thread_is_held());
  EXPECT_TRUE(eventually([] { return threads_named("own").size() == 3; }));
  release_workers();
  EXPECT_TRUE(no_thread_is_left());
}

TEST(RuntimeEnd, Law10TheLastHandleGoesInACallbackOfADrain) {
  auto queue = make_queue();
  auto runtime = own();
  bool done = false;
  operation<Number>(hop_at(runtime->raw(), true))
      .then(queue, [held = *runtime, &done](const Answer& answer) mutable {
        done = answer.has_value();
        held = Runtime();
      });
  runtime.reset();
  ASSERT_TRUE(drain_until(queue, [&] { return done; }));
  EXPECT_TRUE(no_thread_is_left());
}

// A thread that never ends while the handle is let go of: without a bound, this would hang.
TEST(RuntimeEnd, Law10ItsEndDoesNotWaitForABlockingThreadThatIsStuck) {
  constexpr auto kBound = 50ms;
  auto queue = make_queue();
  auto runtime = own(kBound);
  auto running = std::make_optional(
      operation<Number>(hold_blocking_at(runtime->raw(), true)).start(queue, [](auto) {}));
  ASSERT_TRUE(one_thread_is_held());
  running.reset();
  ASSERT_TRUE(drain_until(queue, [&] { return queue.in_flight() == 0; }));
  ASSERT_TRUE(nothing_else_holds_one());
  const auto began = Clock::now();
  runtime.reset();
  const auto took = Clock::now() - began;
  EXPECT_EQ(workers_held(), 1U) << "it waited for the thread";
  EXPECT_GE(took, kBound) << "it did not wait for the threads at all";
  RecordProperty("teardown_us", static_cast<int>(took / 1us));
  release_workers();
  EXPECT_TRUE(no_thread_is_left());
}

TEST(RuntimeEnd, Law10ItsEndDoesNotWaitForAWorkerThatIsStuck) {
  for (const auto bound : {0ms, 50ms}) {
    auto runtime = own(bound);
    ASSERT_TRUE(wait(hold_worker_in_background_at(runtime->raw())));
    ASSERT_TRUE(one_thread_is_held());
    ASSERT_TRUE(nothing_else_holds_one());
    runtime.reset();
    EXPECT_EQ(workers_held(), 1U) << "it waited for the worker";
    release_workers();
    EXPECT_TRUE(no_thread_is_left());
  }
}

TEST(RuntimeEnd, Law2AShutdownAnswersWhatIsInFlight) {
  auto queue = make_queue();
  const auto runtime = own();
  std::vector<Answer> answers;
  const auto keep = [&](Answer answer) { answers.push_back(std::move(answer)); };
  for (const bool on_worker : {true, false}) {
    operation<Number>(never_at(runtime->raw(), on_worker)).then(queue, keep);
  }
  auto of_default = operation<Number>(never()).start(queue, keep);
  auto later = operation<Number>(never_at(runtime->raw(), true)).future();
  std::thread waiting([&] { keep(wait(never_at(runtime->raw(), false))); });
  ASSERT_TRUE(eventually([&] { return runtime->in_flight() == 4; }));

  runtime->shutdown();
  waiting.join();
  ASSERT_TRUE(drain_until(queue, [&] { return answers.size() == 3; }));
  answers.push_back(later.get());
  for (const Answer& answer : answers) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::cancelled);
    EXPECT_EQ(answer.error().kind(), ErrorKind::shutdown);
    EXPECT_EQ(answer.error().message(), "the runtime was shut down");
  }
  EXPECT_EQ(queue.in_flight(), 1U) << "that of the default runtime goes on";
  EXPECT_TRUE(eventually([&] { return runtime->in_flight() == 0; }));

  for (const bool on_worker : {true, false}) {
    const auto refused = wait(hop_at(runtime->raw(), on_worker));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::shutdown);
  }
  Runtime().shutdown();
  EXPECT_TRUE(wait(hop(1))) << "the default runtime was shut down";
}

// It is admitted before the shutdown, and not yet in the list of what is in flight.
TEST(RuntimeEnd, Law2AShutdownAnswersWhatIsJustStarting) {
  const auto runtime = own();
  std::optional<Answer> answer;
  std::thread starting([&] { answer = wait(hold_first_poll_at(runtime->raw())); });
  ASSERT_TRUE(one_thread_is_held());
  EXPECT_EQ(runtime->in_flight(), 0U);
  runtime->shutdown();
  release_workers();
  starting.join();
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error().kind(), ErrorKind::shutdown);
}

// Those that start while it is shut down are refused or answered, and none stays.
TEST(RuntimeEnd, Law2AShutdownRacesStarts) {
  for (int round = 0; round < 50; ++round) {
    const auto runtime = own();
    std::vector<std::future<Answer>> answers;
    std::thread starting([&] {
      for (int i = 0; i < 20; ++i) {
        answers.push_back(operation<Number>(never_at(runtime->raw(), i % 2 == 0)).future());
      }
    });
    runtime->shutdown();
    starting.join();
    for (auto& answer : answers) {
      ASSERT_EQ(answer.wait_for(kPatience), std::future_status::ready) << "it was forgotten";
      EXPECT_EQ(answer.get().error().kind(), ErrorKind::shutdown);
    }
  }
}

}  // namespace
}  // namespace tombolo_test
