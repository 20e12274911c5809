// Where an operation is polled: placed on the caller, by the thread that starts it and the thread
// that drains its queue; placed on a worker, by one and the same worker.
// programs/threads.cpp has which threads there are, and that they take no signals.
#include <unistd.h>

#include <string>
#include <vector>

#include "coroutine.hpp"
#include "support.hpp"
#include "tombolo-test-core/src/probes.rs.h"

namespace tombolo_test {
namespace {

using Polled = tombolo::Result<Polls>;
using Threads = std::vector<std::uint64_t>;

std::uint64_t this_thread() { return static_cast<std::uint64_t>(gettid()); }

tombolo::Operation<Polls> polled(bool on_worker) {
  return operation<Polls>(polls(on_worker), take_polls);
}

Threads threads_of(const Polls& polls) { return {polls.threads.begin(), polls.threads.end()}; }

bool is_worker(const std::string& name) { return name == "tombolo-0" || name == "tombolo-1"; }

void expect_one_worker(const Polls& polls) {
  ASSERT_EQ(polls.threads.size(), 2U);
  EXPECT_EQ(polls.threads[0], polls.threads[1]) << "it has moved to another worker";
  for (const auto& one : polls.names) {
    const std::string name(one);
    EXPECT_TRUE(is_worker(name)) << name;
  }
}

/// Started by this thread and drained by another.
Polls started_here_drained_there(bool on_worker, std::uint64_t& there) {
  auto queue = make_queue();
  std::optional<Polls> result;
  polled(on_worker).then(queue, [&](Polled one) { result = std::move(one).value(); });
  std::thread([&] {
    there = this_thread();
    EXPECT_TRUE(drain_all(queue));
  }).join();
  return std::move(result).value();
}

TEST(OnTheCaller, ItIsPolledByTheStartingAndTheDrainingThread) {
  std::uint64_t there = 0;
  const Polls polls = started_here_drained_there(false, there);
  EXPECT_EQ(threads_of(polls), (Threads{this_thread(), there}));
}

TEST(OnTheCaller, ItIsPolledByTheThreadThatWaits) {
  for (int i = 0; i < 100; ++i) {
    const Polls polls = polled(false).wait().value();
    ASSERT_EQ(threads_of(polls), Threads(2, this_thread()));
  }
}

TEST(OnTheCaller, ItIsPolledByTheThreadThatAwaitsInALoop) {
  auto queue = make_queue();
  Threads seen;
  [](const CompletionQueue& on, Threads& out) -> Task {
    const Polls polls = (co_await polled(false).on(on)).value();
    out = threads_of(polls);
  }(queue, seen);
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(seen, Threads(2, this_thread()));
}

// Nobody drains for a future: it begins where it is started, and a worker goes on with it.
TEST(OnTheCaller, OfAFutureAWorkerGoesOn) {
  const Polls polls = polled(false).future().get().value();
  ASSERT_EQ(polls.threads.size(), 2U);
  EXPECT_EQ(polls.threads[0], this_thread());
  const std::string second(polls.names[1]);
  EXPECT_TRUE(is_worker(second)) << second;
}

TEST(OnAWorker, ItIsPolledByOneWorkerAlone) {
  for (int i = 0; i < 100; ++i) {
    std::uint64_t there = 0;
    expect_one_worker(started_here_drained_there(true, there));
    expect_one_worker(polled(true).wait().value());
    expect_one_worker(polled(true).future().get().value());
  }
}

TEST(OnAWorker, TheyTakeTurns) {
  const Polls first = polled(true).wait().value();
  const Polls second = polled(true).wait().value();
  EXPECT_NE(first.threads[0], second.threads[0]);
}

}  // namespace
}  // namespace tombolo_test
