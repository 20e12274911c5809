// How many slots are in use, which only a core with the feature `seeded-bugs` counts.
#include <algorithm>
#include <vector>

#include "support.hpp"
#include "tombolo-test-core/src/probes.rs.h"

namespace tombolo_test {
namespace {

using tombolo::Running;

constexpr int kMany = 100000;
constexpr int kBetweenDrains = 64;
/// A drain's worth, what other threads still hold of it, and what the threads keep at hand.
constexpr std::uint64_t kFew = 200;

TEST(Slots, AreCounted) {
  const auto before = live_slots();
  {
    const auto op = operation<Number>(ready(1));
    EXPECT_EQ(live_slots(), before + 1);
  }
  EXPECT_EQ(live_slots(), before);
}

/// Drains until few slots are in use. A woken or cancelled operation is held until the other thread
/// has come to it, and how soon that is, is the scheduler's: that it comes is what counts.
bool drain_until_few(CompletionQueue& queue) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (drain(queue); live_slots() >= kFew / 2; drain(queue)) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::yield();
  }
  return true;
}

/// Starts and gives up many operations, and drains after every 64; the most slots at a time.
std::uint64_t most_slots_of_cancels(Ticket (*make)()) {
  auto queue = make_queue();
  std::uint64_t most = 0;
  for (int i = 0; i < kMany; ++i) {
    {
      const Running given_up = operation<Number>(make()).start(queue, [](Answer) {});
    }
    most = std::max(most, live_slots());
    if (i % kBetweenDrains == 0 && !drain_until_few(queue)) {
      ADD_FAILURE() << live_slots() << " slots stay in use";
      break;
    }
  }
  EXPECT_TRUE(drain_all(queue));
  return most;
}

// A fast stream of cancels once grew the pool to thousands.
TEST(Slots, Law9OfCancelsStayFew) {
  const std::pair<const char*, Ticket (*)()> kinds[] = {
      {"never", [] { return never(); }},
      {"never_on_worker", [] { return never_on_worker(); }},
      {"hop", [] { return hop(1); }},
      {"hop_on_worker", [] { return hop_on_worker(1); }},
  };
  const auto before = live_slots();
  for (const auto& [name, make] : kinds) {
    EXPECT_LT(most_slots_of_cancels(make), before + kFew) << name;
    EXPECT_TRUE(eventually([&] { return live_slots() == before; })) << name;
  }
}

TEST(Slots, OfQueuesThatAreGoneComeBackWithTheirWakers) {
  const auto before = live_slots();
  for (int round = 0; round < 100; ++round) {
    {
      std::vector<CompletionQueue> queues;
      for (int i = 0; i < 100; ++i) {
        queues.push_back(make_queue());
        operation<Number>(park_waker(i % 2 == 0)).then(queues.back(), [](Answer) {});
      }
      ASSERT_TRUE(eventually([] { return parked_wakers() == 100; }));
    }
    EXPECT_GE(live_slots(), before + 100) << "the wakers are alive, and must find their slots";
    wake_parked();
    drop_parked();
  }
  EXPECT_TRUE(eventually([&] { return live_slots() == before; }));
}

}  // namespace
}  // namespace tombolo_test
