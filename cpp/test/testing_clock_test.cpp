// The clock of tombolo::testing: deadlines and delays go by it, and nothing fires before it says
// so.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "draining.hpp"
#include "tombolo/testing.hpp"
#include "tombolo/tombolo.hpp"

namespace tombolo_test {
namespace {

using tombolo::Bytes;
using tombolo::ErrorCode;
using tombolo::Result;
using tombolo::testing::Call;
using tombolo::testing::Clock;
using tombolo::testing::FakeBlobStore;
using tombolo::testing::Gate;
using tombolo::testing::Outcome;

/// A store whose object "stuck" is never read, and what became of operations, in order.
struct AClock : testing::Test {
  AClock() {
    EXPECT_TRUE(fake.store().put("a", std::string("hello")).wait());
    fake.on(Call::get).key("stuck").at(never).answer();
  }

  /// Begins a read that notes `name` when it ends, with a mark for an error.
  void get(const std::string& key, std::chrono::nanoseconds timeout, std::string name) {
    fake.store().get(key).timeout(timeout).then(
        queue, [this, name = std::move(name)](const Result<Bytes>& got) {
          if (got || got.error().code() == ErrorCode::deadline_exceeded) {
            ended.push_back(got ? name : name + "!");
          } else {
            ended.push_back(name + got.error().to_string());
          }
        });
  }

  /// What has ended, once the queue is drained as it is now, without waiting for more.
  std::vector<std::string> drained() {
    while (queue.poll().value() > 0) {
    }
    return ended;
  }

  using Names = std::vector<std::string>;

  FakeBlobStore fake;
  Gate never;
  Names ended;
  CompletionQueue queue = make_queue();  // it goes first, and its callbacks then note what ends
};

TEST_F(AClock, Law8FiresTheDeadlinesThatAreDueAndNoOthers) {
  const auto clock = Clock::hold().value();
  get("stuck", 30s, "30");
  get("stuck", 10s, "10");
  get("stuck", 20s, "20");
  EXPECT_TRUE(clock.advance(10s - 1ns));
  EXPECT_EQ(drained(), Names());
  EXPECT_TRUE(clock.advance(1ns));
  EXPECT_EQ(drained(), Names({"10!"}));
  EXPECT_TRUE(clock.advance(15s));
  EXPECT_EQ(drained(), Names({"10!", "20!"}));
  EXPECT_TRUE(clock.advance(1h));
  EXPECT_EQ(drained(), Names({"10!", "20!", "30!"}));
  EXPECT_EQ(clock.elapsed(), 1h + 25s);
}

TEST_F(AClock, Law8FiresInOrderWithinOneAdvance) {
  const auto clock = Clock::hold().value();
  Names expected;
  for (int i = 0; i < 50; ++i) {
    const int seconds = 1 + i * 7 % 50;  // 7 has no divisor in common with 50
    get("stuck", std::chrono::seconds(seconds), std::to_string(seconds));
    expected.push_back(std::to_string(i + 1) + "!");
  }
  EXPECT_TRUE(clock.advance(50s));
  EXPECT_EQ(drained(), expected);
}

// Long enough for a timer of real time to fire, were there one.
TEST_F(AClock, RealTimeFiresNothingWhileItIsHeld) {
  const auto clock = Clock::hold().value();
  fake.on(Call::get).key("a").delay(1ms).answer();
  get("stuck", 1ms, "deadline");
  get("a", 1h, "delay");
  ASSERT_TRUE(never.wait_for_calls(1, kPatience));
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(drained(), Names());
  EXPECT_EQ(clock.elapsed(), 0s);
  EXPECT_TRUE(clock.advance(1ms));
  EXPECT_EQ(drained().size(), 2U);
}

TEST_F(AClock, HoldsADeadlineThatRanBefore) {
  get("stuck", 1h, "before");
  ASSERT_TRUE(never.wait_for_calls(1, kPatience));
  const auto clock = Clock::hold().value();
  EXPECT_TRUE(clock.advance(30min));
  EXPECT_EQ(drained(), Names());
  EXPECT_TRUE(clock.advance(30min));
  EXPECT_EQ(drained(), Names({"before!"}));
}

TEST_F(AClock, ADelayIsOverBeforeALaterDeadline) {
  const auto clock = Clock::hold().value();
  fake.on(Call::get).key("a").delay(10s).answer();
  get("a", 10s - 1ns, "too late");
  get("a", 10s, "at its deadline");
  get("a", 11s, "in time");
  EXPECT_TRUE(clock.advance(1h));
  EXPECT_EQ(drained(), Names({"too late!", "at its deadline", "in time"}));
  EXPECT_EQ(fake.calls(Call::get).at(0).outcome, Outcome::dropped);
}

// The thread that fires deadlines by real time must not come between a delay and a deadline. It
// would look about as often as these are due.
TEST_F(AClock, OnlyAnAdvanceFires) {
  const auto clock = Clock::hold().value();
  fake.on(Call::get).key("a").delay(50us).answer();
  for (int i = 0; i < 3000; ++i) {
    get("a", 50us, "a");
    ASSERT_TRUE(clock.advance(50us));
    ASSERT_EQ(drained(), Names({"a"}));
    ended.clear();
  }
}

TEST_F(AClock, DelaysEndInOrder) {
  const auto clock = Clock::hold().value();
  for (const int seconds : {3, 1, 2}) {
    fake.on(Call::get).key("a").next(1).delay(std::chrono::seconds(seconds)).answer();
  }
  for (const int seconds : {3, 1, 2}) {
    get("a", 1h, std::to_string(seconds));
  }
  EXPECT_TRUE(clock.advance(1s));
  EXPECT_EQ(drained(), Names({"1"}));
  EXPECT_TRUE(clock.advance(10s));
  EXPECT_EQ(drained(), Names({"1", "2", "3"}));
}

/// Reads, and tries again at once after each failure.
void read_on(FakeBlobStore& fake, CompletionQueue& queue, int& attempts, bool& done) {
  ++attempts;
  fake.store().get("a").timeout(1h).then(queue, [&](const Result<Bytes>& got) {
    done = got.has_value();
    if (!done) {
      read_on(fake, queue, attempts, done);
    }
  });
}

TEST_F(AClock, AnAdvanceThatDrainsLetsCallbacksGoOn) {
  const auto clock = Clock::hold().value();
  fake.on(Call::get).key("a").next(3).delay(10s).fail(ErrorCode::unavailable);
  int attempts = 0;
  bool done = false;
  read_on(fake, queue, attempts, done);
  EXPECT_EQ(clock.advance(30s - 1ns, queue).value(), 2U);
  EXPECT_EQ(attempts, 3);
  EXPECT_FALSE(done);
  EXPECT_EQ(clock.advance(1ns, queue).value(), 2U) << "the last failure, and the success at once";
  EXPECT_EQ(attempts, 4);
  EXPECT_TRUE(done);
}

TEST_F(AClock, AThreadThatWaitsMeetsItsDeadline) {
  const auto clock = Clock::hold().value();
  std::optional<ErrorCode> code;
  std::thread waits([&] { code = fake.store().get("stuck").timeout(24h).wait().error().code(); });
  ASSERT_TRUE(never.wait_for_calls(1, kPatience));
  EXPECT_TRUE(clock.advance(24h));
  waits.join();
  EXPECT_EQ(code, ErrorCode::deadline_exceeded);
}

TEST_F(AClock, TellsTheAgesOfWhatIsInFlight) {
  const auto clock = Clock::hold().value();
  get("stuck", 1h, "stuck");
  ASSERT_TRUE(clock.advance(20min));
  const auto all = tombolo::operations_in_flight();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].age, 20min);
  EXPECT_EQ(all[0].left, 40min);
  ASSERT_TRUE(clock.advance(40min));
}

TEST_F(AClock, AHandlerOutlastsIt) {
  const auto clock = Clock::hold().value();
  using Handler = tombolo::Handler<std::uint64_t, std::uint64_t>;
  auto handler = Handler::create(queue, [](std::uint64_t number) { return number; }).value();
  EXPECT_TRUE(clock.advance(24h * 180, queue));
  EXPECT_EQ(queue.in_flight(), 1U);
}

TEST_F(AClock, ALogSinkOutlastsItToo) {
  std::vector<std::string> told;
  const auto log = tombolo::LogSink::create(queue, [&](const tombolo::LogRecord& record) {
                     told.push_back(record.message);
                   }).value();
  // Longer than any deadline: the operation that it waits with ends, and another takes its place.
  for (int half_years = 0; half_years < 3; ++half_years) {
    const auto clock = Clock::hold().value();
    EXPECT_TRUE(clock.advance(24h * 180, queue));
  }
  EXPECT_EQ(queue.in_flight(), 1U);
  const auto runtime = tombolo::Runtime::create().value();
  ASSERT_TRUE(drain_until(queue, [&] { return !told.empty(); }));
  EXPECT_EQ(told.back(), "the runtime has started");
}

TEST_F(AClock, IsOneAtATime) {
  {
    const auto clock = Clock::hold().value();
    const auto another = Clock::hold();
    ASSERT_FALSE(another);
    EXPECT_EQ(another.error().code(), ErrorCode::failed_precondition);
    EXPECT_EQ(another.error().message(),
              "the clock is held already: one at a time; destroy the other one first");
  }
  auto clock = Clock::hold().value();
  const auto moved = std::move(clock);
  EXPECT_TRUE(moved.advance(1s));
  EXPECT_EQ(moved.elapsed(), 1s);
}

TEST_F(AClock, RefusesWhatIsNoTime) {
  const auto clock = Clock::hold().value();
  EXPECT_EQ(clock.advance(-1ns).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(clock.advance(-1ns, queue).error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(clock.advance(24h * 180));
  const auto too_far = clock.advance(1ns);
  ASSERT_FALSE(too_far);
  EXPECT_EQ(too_far.error().message(), "duration: the clock can be advanced by 180 days in all");
  EXPECT_EQ(clock.advance(std::chrono::nanoseconds::max()).error().code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(clock.elapsed(), 24h * 180);
  CompletionQueue none;
  EXPECT_EQ(clock.advance(0s, none).error().code(), ErrorCode::failed_precondition);
}

TEST_F(AClock, ReleasedTimeGoesOnFromWhereItIs) {
  fake.on(Call::get).key("a").delay(1h).answer();
  {
    const auto clock = Clock::hold().value();
    get("stuck", 2h, "in an hour");
    get("stuck", 1h + 20ms, "deadline");
    get("a", 3h, "delay");
    EXPECT_TRUE(clock.advance(1h - 1ms));
    EXPECT_EQ(drained(), Names());
  }
  EXPECT_TRUE(drain_until(queue, [&] { return ended.size() == 2; }));
  EXPECT_EQ(ended, Names({"delay", "deadline!"}));
  ASSERT_TRUE(eventually([] { return tombolo::operations_in_flight().size() == 1; }));
  EXPECT_GT(tombolo::operations_in_flight().at(0).left, 50min);
}

TEST_F(AClock, HoldsDelaysThatBeganByRealTime) {
  fake.on(Call::get).key("a").delay(1h).answer();
  get("a", 2h, "delay");
  ASSERT_TRUE(drain_until(queue, [&] { return fake.calls(Call::get).size() == 1; }));
  const auto clock = Clock::hold().value();
  EXPECT_TRUE(clock.advance(1h));
  EXPECT_EQ(drained(), Names({"delay"}));
}

TEST(ADelayOfAFake, IsOfRealTimeWhereNoClockIsHeld) {
  FakeBlobStore fake;
  fake.on(Call::get).delay(20ms).fail(ErrorCode::unavailable);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(fake.store().get("a").wait().error().code(), ErrorCode::unavailable);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 20ms);
}

TEST_F(AClock, Law11IsAdvancedByManyThreads) {
  const auto clock = Clock::hold().value();
  for (int i = 1; i <= 100; ++i) {
    get("stuck", std::chrono::seconds(i), std::to_string(i));
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int step = 0; step < 100; ++step) {
        EXPECT_TRUE(clock.advance(1s));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(ended.size(), 100U);
}

}  // namespace
}  // namespace tombolo_test
