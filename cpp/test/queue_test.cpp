// The completion queue: one consumer, bounded drains, capacity, shutdown, and whose thread runs
// what.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;
namespace test = tombolo_test;
using tombolo::Bytes;
using tombolo::CompletionQueue;
using tombolo::ErrorCode;
using tombolo::ErrorKind;
using tombolo::operation;
using Number = std::uint64_t;
using Answer = tombolo::Result<Number>;

CompletionQueue make(std::size_t capacity = 65536) {
  CompletionQueue::Options options;
  options.capacity = capacity;
  return CompletionQueue::create(options).value();
}

bool readable(const CompletionQueue& queue, int timeout_ms) {
  pollfd fd{queue.fd(), POLLIN, 0};
  return poll(&fd, 1, timeout_ms) == 1;
}

void drain_all(CompletionQueue& queue) {
  for (int i = 0; i < 600 && !queue.drained(); ++i) {
    static_cast<void>(queue.wait_for(100ms).value());
  }
  ASSERT_TRUE(queue.drained());
}

TEST(Queue, IsReadableOnlyWhileThereIsSomething) {
  auto queue = make();
  EXPECT_FALSE(readable(queue, 0));
  operation<Number>(test::ready(1)).then(queue, [](Answer) {});
  EXPECT_TRUE(readable(queue, 10000));
  EXPECT_EQ(queue.poll().value(), 1U);
  EXPECT_FALSE(readable(queue, 0));
}

TEST(Queue, OneSignalWakesALevelTriggeredLoopAtMostTwice) {
  auto queue = make();
  for (int i = 0; i < 500; ++i) {
    int wake_ups = 0;
    bool done = false;
    operation<Number>(test::hop_on_worker(1)).then(queue, [&](Answer) { done = true; });
    while (!done) {
      ASSERT_TRUE(readable(queue, 10000));
      ++wake_ups;
      static_cast<void>(queue.poll().value());
    }
    // What came late of the signal.
    while (readable(queue, 0)) {
      ++wake_ups;
      static_cast<void>(queue.poll().value());
    }
    ASSERT_LE(wake_ups, 2);
  }
}

TEST(Queue, ADrainIsBoundedAndTheRestKeepsTheDescriptorReadable) {
  auto queue = make();
  constexpr std::size_t kMany = 1000;
  for (std::size_t i = 0; i < kMany; ++i) {
    operation<Number>(test::ready(i)).then(queue, [](Answer) {});
  }
  std::size_t ran = 0;
  while (ran < kMany) {
    ASSERT_TRUE(readable(queue, 10000));
    const auto now = queue.poll().value();
    EXPECT_LE(now, 256U);
    ran += now;
  }
  EXPECT_FALSE(readable(queue, 0));
}

TEST(Queue, HasOneConsumerAtATime) {
  auto queue = make();
  std::optional<ErrorCode> nested;
  operation<Number>(test::ready(1)).then(queue, [&](Answer) {
    nested = queue.poll().error().code();
  });
  static_cast<void>(queue.poll().value());
  EXPECT_EQ(nested, ErrorCode::failed_precondition);
}

TEST(Queue, Law4WaitInsideADrainIsRefused) {
  auto queue = make();
  std::optional<ErrorKind> kind;
  operation<Number>(test::ready(1)).then(queue, [&](Answer) {
    kind = operation<Number>(test::hop(1)).wait().error().kind();
  });
  static_cast<void>(queue.poll().value());
  EXPECT_EQ(kind, ErrorKind::would_deadlock);
}

TEST(Queue, BeyondItsCapacityAnOperationIsAnsweredResourceExhausted) {
  auto queue = make(2);
  std::vector<ErrorCode> codes;
  std::vector<tombolo::Running> running;
  for (int i = 0; i < 3; ++i) {
    running.push_back(operation<Number>(test::never()).start(queue, [&](Answer answer) {
      codes.push_back(answer.error().code());
    }));
  }
  static_cast<void>(queue.wait_for(10s).value());
  EXPECT_EQ(codes, std::vector<ErrorCode>{ErrorCode::resource_exhausted});
  running.clear();
  drain_all(queue);
  EXPECT_EQ(codes.size(), 1U);
}

TEST(Queue, ShutdownCompletesWhatIsInFlightAsCancelled) {
  auto queue = make();
  std::vector<ErrorKind> kinds;
  const auto note = [&](Answer answer) { kinds.push_back(answer.error().kind()); };
  operation<Number>(test::never()).then(queue, note);
  operation<Number>(test::never_on_worker()).then(queue, note);
  queue.shutdown();
  operation<Number>(test::ready(1)).then(queue, note);
  drain_all(queue);
  EXPECT_EQ(kinds, (std::vector<ErrorKind>(3, ErrorKind::shutdown)));
}

TEST(Queue, DestroyedItCompletesEverythingOnceWithoutWaitingForAStuckWorker) {
  int completions = 0;
  {
    auto queue = make();
    const auto count = [&](Answer answer) {
      ++completions;
      EXPECT_FALSE(answer.has_value());
    };
    operation<Number>(test::never()).then(queue, count);
    operation<Number>(test::never_on_worker()).then(queue, count);
    operation<Number>(test::stuck_ms(300)).then(queue, count);
  }
  EXPECT_EQ(completions, 3);
  std::this_thread::sleep_for(400ms);
  EXPECT_EQ(completions, 3);
}

TEST(Queue, MayBeDestroyedByItsOwnCallback) {
  auto queue = std::make_unique<CompletionQueue>(make());
  int cancelled = 0;
  operation<Number>(test::never()).then(*queue, [&](Answer) { ++cancelled; });
  operation<Number>(test::ready(1)).then(*queue, [&](Answer) { queue.reset(); });
  static_cast<void>(queue->poll().value());
  EXPECT_EQ(queue, nullptr);
  EXPECT_EQ(cancelled, 1);
}

TEST(Queue, WhatACallbackThrowsComesOutOfTheDrainAndTheRestIsKept) {
  auto queue = make();
  int ran = 0;
  operation<Number>(test::ready(1)).then(queue, [](Answer) { throw std::runtime_error("mine"); });
  operation<Number>(test::ready(1)).then(queue, [&](Answer) { ++ran; });
  EXPECT_THROW(static_cast<void>(queue.poll()), std::runtime_error);
  EXPECT_TRUE(readable(queue, 10000));
  EXPECT_EQ(queue.poll().value(), 1U);
  EXPECT_EQ(ran, 1);
}

TEST(Running, DestroyedOnTheConsumersThreadItsCallbackNeverRuns) {
  auto queue = make();
  for (int i = 0; i < 2000; ++i) {
    bool ran = false;
    {
      const auto running = operation<Number>(i % 2 == 0 ? test::hop(1) : test::hop_on_worker(1))
                               .start(queue, [&](Answer) { ran = true; });
      if (i % 3 == 0) {
        static_cast<void>(queue.poll().value());
      }
      ran = false;
    }
    static_cast<void>(queue.poll().value());
    ASSERT_FALSE(ran);
  }
  drain_all(queue);
  for (int i = 0; i < 500 && test::alive() != 0; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(test::alive(), 0U);
}

TEST(Lent, Law3ADeleterRunsInADrain) {
  auto queue = make();
  const auto here = std::this_thread::get_id();
  std::thread::id released;
  std::shared_ptr<std::string> text(new std::string("lent"), [&](std::string* gone) {
    released = std::this_thread::get_id();
    delete gone;
  });
  const char* at = text->data();
  {
    auto bytes = Bytes::lend(text, text->data(), text->size(), queue).value();
    EXPECT_EQ(static_cast<const void*>(bytes.data()), at);
    text.reset();
    const auto size = operation<Number>(test::hold_bytes_ms(std::move(bytes).release(), 5)).wait();
    EXPECT_EQ(size.value(), 4U);
  }
  EXPECT_EQ(released, std::thread::id());
  for (int i = 0; i < 600 && released == std::thread::id(); ++i) {
    static_cast<void>(queue.wait_for(100ms).value());
  }
  EXPECT_EQ(released, here);
}

TEST(BytesCross, Law6WithoutACopyBothWays) {
  std::string text(1 << 20, 'x');
  const void* at = text.data();
  Bytes bytes(std::move(text));
  EXPECT_EQ(static_cast<const void*>(bytes.data()), at);
  const auto back = operation<Bytes>(test::echo_bytes(std::move(bytes).release())).wait().value();
  EXPECT_EQ(static_cast<const void*>(back.data()), at);
  const Bytes slice = back.slice(10, 20);
  EXPECT_EQ(slice.data(), back.data() + 10);
  EXPECT_EQ(slice.size(), 20U);
}

TEST(Fork, Law10InTheChildEveryCallAnswersAndTheParentGoesOn) {
  auto queue = make();
  ASSERT_TRUE(operation<Number>(test::hop_on_worker(1)).wait().has_value());
  operation<Number>(test::never()).then(queue, [](Answer) {});
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(20);
    const bool forked =
        operation<Number>(test::ready(1)).wait().error().kind() == ErrorKind::forked &&
        queue.poll().error().kind() == ErrorKind::forked &&
        CompletionQueue::create().error().kind() == ErrorKind::forked &&
        tombolo::BlobStore::open("mem:").error().kind() == ErrorKind::forked &&
        operation<Number>(test::hop(1)).future().get().error().kind() == ErrorKind::forked;
    queue = CompletionQueue();
    std::_Exit(forked ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_FALSE(readable(queue, 0)) << "the child wrote to the parent's descriptor";
  EXPECT_EQ(operation<Number>(test::hop_on_worker(1)).wait().value(), 2U);
}

}  // namespace
