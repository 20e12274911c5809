// The metrics of queues, slots, threads and buffers.
#include <sys/eventfd.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "metrics_support.hpp"

namespace tombolo_test {
namespace {

void start_ready(CompletionQueue& queue, int many) {
  for (int i = 0; i < many; ++i) {
    operation<Number>(ready(1)).then(queue, [](Answer) {});
  }
}

TEST(QueueMetrics, CountQueues) {
  const Since since;
  {
    const auto queue = make_queue();
    auto second = make_queue();
    EXPECT_EQ(since.grown(&Metrics::queues), 2);
    second = CompletionQueue();
    EXPECT_EQ(since.grown(&Metrics::queues), 1);
  }
  EXPECT_EQ(since.grown(&Metrics::queues), 0);
}

TEST(QueueMetrics, TellHowMuchWaitsForADrain) {
  const Since since;
  {
    auto queue = make_queue();
    start_ready(queue, 5);
    EXPECT_EQ(since.grown(&Metrics::queue_depth), 5);
    EXPECT_EQ(since.grown(&Metrics::operations_in_flight), 0);
    EXPECT_TRUE(drain_all(queue));
    EXPECT_EQ(since.grown(&Metrics::queue_depth), 0);
    // A completion of a worker, and the release of a buffer.
    operation<Number>(hop_on_worker(1)).then(queue, [](Answer) {});
    { const auto lent = Bytes::lend(std::make_shared<int>(1), "text", 4, queue).value(); }
    EXPECT_TRUE(eventually([&] { return since.grown(&Metrics::queue_depth) == 2; }));
    // What is left goes with the queue.
  }
  EXPECT_EQ(since.grown(&Metrics::queue_depth), 0);
}

TEST(QueueMetrics, WhatComesToAQueueThatIsGoneWaitsForNoDrainOfIt) {
  auto queue = make_queue();
  auto lent = Bytes::lend(std::make_shared<int>(1), "text", 4, queue).value();
  queue = CompletionQueue();
  const Since since;
  lent = Bytes();
  EXPECT_EQ(since.grown(&Metrics::queue_depth), 0);
  EXPECT_EQ(since.grown(&Metrics::buffers_orphaned), 1) << "it has not come to the queue";
}

TEST(QueueMetrics, CountOperationsInFlight) {
  auto queue = make_queue();
  const Since since;
  {
    const auto one = operation<Number>(never()).start(queue, [](Answer) {});
    const auto other = operation<Number>(never_on_worker()).start(queue, [](Answer) {});
    EXPECT_EQ(since.grown(&Metrics::operations_in_flight), 2);
  }
  EXPECT_TRUE(nothing_stays_in_flight());
  EXPECT_EQ(since.grown(&Metrics::operations_in_flight), 0);
}

TEST(QueueMetrics, CountWritesToTheDescriptor) {
  auto queue = make_queue();
  const Since since;
  start_ready(queue, 3);
  EXPECT_EQ(since.grown(&Metrics::queue_wakeups), 1) << "wake-ups coalesce";
  EXPECT_TRUE(drain_all(queue));
  start_ready(queue, 1);
  EXPECT_EQ(since.grown(&Metrics::queue_wakeups), 2);
  eventfd_t written = 0;
  EXPECT_EQ(eventfd_read(queue.fd(), &written), 0);
  EXPECT_EQ(written, 1U);
}

TEST(QueueMetrics, CountDrainsByWhatTheyRan) {
  auto queue = make_queue();
  const Since since;
  std::vector<std::uint64_t> expected(Metrics::kDrainBounds.size() + 1);
  std::int64_t ran = 0;
  std::int64_t drains = 0;
  for (const int many : {0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 100, 128, 129, 600}) {
    start_ready(queue, many);
    do {
      // A slow drain ends early: what it says it has run is what counts.
      const std::size_t size = drain(queue);
      ran += static_cast<std::int64_t>(size);
      ++drains;
      std::size_t bound = 0;
      while (Metrics::kDrainBounds[bound] < size) {
        ++bound;
      }
      ++expected[bound];
    } while (!queue.drained());
  }
  EXPECT_EQ(since.drains(), expected);
  EXPECT_EQ(since.grown(&Metrics::completions_drained), ran);
  EXPECT_EQ(ran, 0 + 1 + 2 + 3 + 4 + 5 + 8 + 9 + 16 + 17 + 100 + 128 + 129 + 600);
  EXPECT_GE(drains, 14);
}

TEST(QueueMetrics, CountTheDrainOfAQueueThatIsDestroyed) {
  const Since since;
  {
    auto queue = make_queue();
    start_ready(queue, 1000);
    operation<Number>(never()).then(queue, [](Answer) {});
  }
  EXPECT_EQ(since.grown(&Metrics::completions_drained), 1001);
  EXPECT_EQ(since.drains().back(), 1U);
}

TEST(SlotMetrics, CountSlots) {
  // A worker gives up an operation of the test before a moment after its completion.
  ASSERT_TRUE(eventually([] { return tombolo::metrics().slots_in_use == 0; }));
  const Since since;
  std::vector<tombolo::Operation<Number>> unstarted;
  for (int i = 0; i < 2000; ++i) {
    unstarted.push_back(operation<Number>(never()));
  }
  EXPECT_EQ(since.grown(&Metrics::slots_in_use), 2000);
  const auto many = tombolo::metrics();
  const auto size = many.slots_bytes / (many.slots_in_use + many.slots_free);
  EXPECT_EQ(size % 64, 0U);
  EXPECT_GT(size, 256U);
  unstarted.clear();
  EXPECT_EQ(since.grown(&Metrics::slots_in_use), 0);
  const auto few = tombolo::metrics();
  EXPECT_GE(few.slots_free, 1024U) << "the pool keeps some";
  EXPECT_LT(few.slots_free, 1200U) << "the memory of the others was given back";
  EXPECT_EQ(few.slots_bytes, size * (few.slots_in_use + few.slots_free));
}

TEST(SlotMetrics, ThoseOfThreadsThatHaveEndedServeOthers) {
  constexpr int kMany = 40;  // more than a thread keeps
  std::vector<tombolo::Operation<Number>> unstarted;
  const auto make = [&] { unstarted.push_back(operation<Number>(never())); };
  for (int i = 0; i < kMany; ++i) {
    make();
  }
  for (int i = 0; i < kMany; ++i) {
    std::thread([one = std::move(unstarted.back())]() mutable {
      auto gone = std::move(one);
    }).join();
    unstarted.pop_back();
  }
  const Since since;
  for (int i = 0; i < kMany; ++i) {
    make();
  }
  EXPECT_EQ(since.grown(&Metrics::slots_bytes), 0) << "in place of what the threads had kept";
}

TEST(SlotMetrics, CountThreads) {
  static_cast<void>(operation<Number>(panic_in_blocking_work()).wait());
  EXPECT_EQ(tombolo::metrics().workers, 2U);
  EXPECT_GE(tombolo::metrics().blocking_threads, 1U);
}

TEST(SlotMetrics, CountBuffers) {
  const Since since;
  Bytes bytes;
  {
    auto queue = make_queue();
    bytes = Bytes::lend(std::make_shared<int>(1), "text", 4, queue).value();
    const auto store = tombolo::BlobStore::open("mem:").value();
    auto op = store.get_into("key", std::string(10, 'x'));
    EXPECT_EQ(since.grown(&Metrics::buffers_lent), 2);
  }
  EXPECT_EQ(since.grown(&Metrics::buffers_lent), 1);
  EXPECT_EQ(since.grown(&Metrics::buffers_orphaned), 0);
  bytes = Bytes();
  EXPECT_EQ(since.grown(&Metrics::buffers_orphaned), 1);
  EXPECT_EQ(since.grown(&Metrics::buffers_lent), 1);
  auto other = make_queue();
  EXPECT_EQ(drain(other), 1U);
  EXPECT_EQ(since.grown(&Metrics::buffers_lent), 0);
  EXPECT_EQ(since.grown(&Metrics::buffers_orphaned), 0);
}

}  // namespace
}  // namespace tombolo_test
