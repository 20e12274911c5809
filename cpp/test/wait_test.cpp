// Blocking: refused where it could never end, and free to be used from many threads.
#include <atomic>
#include <vector>

#include "support.hpp"

namespace tombolo_test {
namespace {

TEST(Wait, Law4InsideADrainIsRefused) {
  auto queue = make_queue();
  std::vector<ErrorKind> kinds;
  operation<Number>(ready(1)).then(queue, [&](Answer) {
    for (auto* make :
         {+[] { return ready(1); }, +[] { return hop(1); }, +[] { return hop_on_worker(1); }}) {
      const auto error = operation<Number>(make()).wait().error();
      EXPECT_EQ(error.code(), ErrorCode::failed_precondition);
      EXPECT_EQ(error.effect(), Effect::none);
      kinds.push_back(error.kind());
    }
  });
  EXPECT_EQ(drain(queue), 1U);
  EXPECT_EQ(kinds, std::vector<ErrorKind>(3, ErrorKind::would_deadlock));
  EXPECT_EQ(operation<Number>(hop(1)).wait().value(), 2U) << "the drain is over";
}

TEST(Wait, Law4InsideADrainOfADestructorIsRefused) {
  std::vector<ErrorKind> kinds;
  {
    auto queue = make_queue();
    const auto note = [&](Answer) {
      kinds.push_back(operation<Number>(hop(1)).wait().error().kind());
    };
    operation<Number>(never()).then(queue, note);
    operation<Number>(stuck_ms(200)).then(queue, note);
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(kinds, std::vector<ErrorKind>(2, ErrorKind::would_deadlock));
}

TEST(Wait, AfterADrainThatThrewIsNotInsideIt) {
  auto queue = make_queue();
  operation<Number>(ready(1)).then(queue, [](Answer) { throw 5; });
  EXPECT_THROW(static_cast<void>(queue.poll()), int);
  EXPECT_EQ(operation<Number>(hop(1)).wait().value(), 2U);
}

ErrorKind g_kind_on_worker = ErrorKind::general;

/// How a value is moved out; runs where a future is fulfilled, which is a worker. That is the one
/// place where C++ of a user's own bridge runs there.
bool wait_on_worker(const Ticket& op, Pair& out) noexcept {
  g_kind_on_worker = operation<Number>(hop(1)).wait().error().kind();
  return take_pair(op, out);
}

TEST(Wait, Law4OnAWorkerIsRefused) {
  auto future = operation<Pair>(hop_pair(3), wait_on_worker).future();
  EXPECT_EQ(future.get().value().number, 3U);
  EXPECT_EQ(g_kind_on_worker, ErrorKind::would_deadlock);
}

TEST(Wait, FromManyThreads) {
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (Number i = 0; i < 8; ++i) {
    threads.emplace_back([&right, i] {
      for (Number j = 0; j < 300; ++j) {
        auto op = operation<Number>(j % 3 == 0 ? ready(i) : j % 3 == 1 ? hop(i) : hop_on_worker(i));
        right += std::move(op).wait().value() == i + 1 ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(right, 8 * 300);
}

TEST(Wait, IsNotConfusedByWakeUpsOfEarlierOperations) {
  for (int i = 0; i < 300; ++i) {
    const auto interrupted =
        operation<Number>(i % 2 == 0 ? hop(1) : hop_on_worker(1)).timeout(0s).wait();
    EXPECT_TRUE(interrupted.has_value() ||
                interrupted.error().code() == ErrorCode::deadline_exceeded);
    ASSERT_EQ(operation<Number>(hop(5)).wait().value(), 6U);
  }
}

thread_local struct WaitsAtTheEnd {
  bool* ended = nullptr;
  ~WaitsAtTheEnd() {
    if (ended != nullptr) {
      *ended = operation<Number>(hop_on_worker(1)).wait().has_value() &&
               operation<Number>(hop(1)).wait().has_value();
    }
  }
} t_waits_at_the_end;

TEST(Wait, Law10WorksInADestructorOfAThreadLocal) {
  bool before = false;
  bool ended = false;
  std::thread([&] {
    t_waits_at_the_end.ended = &ended;
    before = operation<Number>(hop(1)).wait().has_value();
  }).join();
  EXPECT_TRUE(before);
  EXPECT_TRUE(ended);
}

TEST(Wait, OtherThreadsDrainMeanwhile) {
  auto queue = make_queue();
  int ran = 0;
  std::thread waits([] {
    for (int i = 0; i < 300; ++i) {
      ASSERT_TRUE(operation<Number>(hop_on_worker(1)).wait().has_value());
    }
  });
  for (int i = 0; i < 300; ++i) {
    operation<Number>(hop(1)).then(queue, [&](Answer) { ++ran; });
    drain(queue);
  }
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(ran, 300);
  waits.join();
}

}  // namespace
}  // namespace tombolo_test
