// Cancels that race everything else across threads: each operation is answered exactly once, or
// never if it was given up, and nothing stays behind.
#include <array>
#include <atomic>
#include <vector>

#include "coroutine.hpp"
#include "support.hpp"

namespace tombolo_test {
namespace {

using tombolo::CancellationSource;
using tombolo::CancellationToken;
using tombolo::Running;

constexpr int kOperations = 4000;

Ticket some(int i) {
  switch (i % 5) {
    case 0:
      return hop(1);
    case 1:
      return hop_on_worker(1);
    case 2:
      return never();
    case 3:
      return never_on_worker();
    default:
      return ready_on_worker(1);
  }
}

bool is_an_end(const Answer& answer) {
  return answer.has_value() || answer.error().code() == ErrorCode::cancelled ||
         answer.error().code() == ErrorCode::deadline_exceeded;
}

TEST(CancelRace, Law2ATokenOnAnotherThread) {
  auto queue = make_queue();
  std::vector<int> answered(kOperations);
  std::array<CancellationSource, 64> sources;
  std::atomic<int> started = 0;
  std::thread canceller([&] {
    for (std::size_t i = 0; i < sources.size(); ++i) {
      while (started < static_cast<int>((i * kOperations) / sources.size())) {
        std::this_thread::yield();
      }
      sources[i].cancel();
    }
    for (const auto& source : sources) {
      source.cancel();
    }
  });
  for (int i = 0; i < kOperations; ++i) {
    const auto& source = sources[i * sources.size() / kOperations];
    operation<Number>(some(i)).cancel_on(source.token()).then(queue, [&, i](Answer answer) {
      ++answered[i];
      EXPECT_TRUE(is_an_end(answer)) << answer.error().to_string();
    });
    ++started;
    if (i % 16 == 0) {
      drain(queue);
    }
  }
  canceller.join();
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(answered, std::vector<int>(kOperations, 1));
  EXPECT_TRUE(nothing_stays_alive());
  EXPECT_TRUE(nothing_stays_in_flight());
}

TEST(CancelRace, Law2TwoTokensADeadlineAndAHandle) {
  auto queue = make_queue();
  std::vector<int> answered(kOperations);
  for (int i = 0; i < kOperations; ++i) {
    const CancellationSource source;
    std::thread canceller;
    if (i % 8 == 0) {
      canceller = std::thread([source] { source.cancel(); });
    }
    const auto timeout = std::chrono::microseconds(i % 100);
    auto running = operation<Number>(some(i))
                       .timeout(timeout)
                       .cancel_on(source.token())
                       .start(queue, [&, i](Answer answer) {
                         ++answered[i];
                         EXPECT_TRUE(is_an_end(answer)) << answer.error().to_string();
                       });
    running.cancel();
    std::move(running).detach();
    if (canceller.joinable()) {
      canceller.join();
    }
    drain(queue);
  }
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(answered, std::vector<int>(kOperations, 1));
  EXPECT_TRUE(nothing_stays_in_flight());
}

TEST(CancelRace, Law9GivenUpOnTheConsumersThreadItIsNeverAnsweredAfterwards) {
  auto queue = make_queue();
  std::vector<char> given_up(kOperations);
  std::vector<Running> all(kOperations);
  for (int i = 0; i < kOperations; ++i) {
    all[i] = operation<Number>(some(i)).start(queue, [&, i](Answer) {
      EXPECT_FALSE(given_up[i]) << "a callback ran after its handle was destroyed";
    });
    if (i % 7 == 0) {
      drain(queue);
    }
    const int victim = (i * 13) % (i + 1);
    given_up[victim] = 1;
    all[victim] = Running();
  }
  for (int i = 0; i < kOperations; ++i) {
    given_up[i] = 1;
    all[i] = Running();
  }
  EXPECT_TRUE(drain_all(queue));
  EXPECT_TRUE(nothing_stays_alive());
  EXPECT_TRUE(nothing_stays_in_flight());
}

TEST(CancelRace, Law9GivenUpOnAnotherThreadItIsAnsweredAtMostOnce) {
  auto queue = make_queue();
  std::vector<std::atomic<int>> answered(kOperations);
  for (int round = 0; round < kOperations / 100; ++round) {
    std::vector<Running> running;
    for (int i = round * 100; i < (round + 1) * 100; ++i) {
      running.push_back(
          operation<Number>(some(i)).start(queue, [&answered, i](Answer) { ++answered[i]; }));
    }
    std::thread gives_up([&] { running.clear(); });
    drain(queue);
    gives_up.join();
  }
  EXPECT_TRUE(drain_all(queue));
  for (const auto& times : answered) {
    EXPECT_LE(times, 1);
  }
  EXPECT_TRUE(nothing_stays_alive());
}

Frame await_one(Ticket ticket, const CompletionQueue& queue, const CancellationToken& token,
                int& resumed) {
  const Answer answer = co_await operation<Number>(ticket).cancel_on(token).on(queue);
  EXPECT_TRUE(is_an_end(answer));
  ++resumed;
}

TEST(CancelRace, Law9FramesDestroyedAtRandom) {
  auto queue = make_queue();
  int resumed = 0;
  const CancellationSource source;
  std::vector<Frame> frames;
  for (int i = 0; i < kOperations; ++i) {
    frames.push_back(await_one(some(i), queue, source.token(), resumed));
    if (i % 3 == 0) {
      frames[static_cast<std::size_t>(i) / 2].destroy();
    }
    if (i % 11 == 0) {
      drain(queue);
    }
  }
  std::thread canceller([&] { source.cancel(); });
  while (frames.size() > kOperations / 2) {
    frames.pop_back();
  }
  canceller.join();
  EXPECT_TRUE(drain_all(queue));
  EXPECT_GT(resumed, 0);
  frames.clear();
  EXPECT_TRUE(nothing_stays_alive());
  EXPECT_TRUE(nothing_stays_in_flight());
}

TEST(CancelRace, Law2FuturesAreFulfilledOnceHoweverTheyEnd) {
  for (int round = 0; round < 20; ++round) {
    const CancellationSource source;
    std::vector<std::future<Answer>> futures;
    std::thread canceller([&] { source.cancel(); });
    for (int i = 0; i < 200; ++i) {
      auto op = operation<Number>(some(i)).timeout(20ms).cancel_on(source.token());
      futures.push_back(std::move(op).future());
    }
    canceller.join();
    for (auto& future : futures) {
      EXPECT_TRUE(is_an_end(future.get()));
    }
  }
  EXPECT_TRUE(nothing_stays_alive());
  EXPECT_TRUE(nothing_stays_in_flight());
}

}  // namespace
}  // namespace tombolo_test
