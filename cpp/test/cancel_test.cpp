// Cancelling, by every way there is: destroying, asking, tokens, frames; and what is said of the
// effect.
#include <memory>
#include <vector>

#include "coroutine.hpp"
#include "support.hpp"
#include "tombolo/stop_token.hpp"

namespace tombolo_test {
namespace {

using tombolo::CancellationSource;
using tombolo::Running;

/// What must hold of an operation wherever it is placed.
struct Placed : testing::TestWithParam<bool> {
  static Ticket endless() { return GetParam() ? never_on_worker() : never(); }
  static Ticket hopping() { return GetParam() ? hop_on_worker(1) : hop(1); }
};

INSTANTIATE_TEST_SUITE_P(Cancel, Placed, testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "on_worker" : "on_caller");
});

TEST(CancelBeforeTheStart, DropsTheOperationWithItsArguments) {
  auto held = std::make_shared<std::string>("held");
  auto queue = make_queue();
  {
    auto bytes = Bytes::lend(held, held->data(), held->size(), queue).value();
    auto op = operation<Number>(hold_bytes_ms(std::move(bytes).release(), 1));
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(drain(queue), 1U);
  EXPECT_EQ(held.use_count(), 1);
}

TEST_P(Placed, Law9DestroyedWhileItRunsItsCallbackNeverRunsAndItsFutureIsDropped) {
  auto queue = make_queue();
  auto held = std::make_shared<int>(0);
  {
    const Running running = operation<Number>(endless()).start(
        queue, [held](Answer) { FAIL() << "the callback of a destroyed operation ran"; });
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1) << "the callback outlives its operation";
  EXPECT_TRUE(drain_all(queue));
  EXPECT_TRUE(nothing_stays_alive());
}

TEST_P(Placed, CancelIsAnsweredOnce) {
  auto queue = make_queue();
  std::vector<ErrorCode> codes;
  const Running running = operation<Number>(endless()).start(
      queue, [&](Answer answer) { codes.push_back(answer.error().code()); });
  running.cancel();
  running.cancel();
  EXPECT_TRUE(codes.empty()) << "a callback ran outside a drain";
  EXPECT_TRUE(drain_all(queue));
  running.cancel();
  EXPECT_EQ(drain(queue), 0U);
  EXPECT_EQ(codes, std::vector<ErrorCode>{ErrorCode::cancelled});
}

TEST_P(Placed, DetachedItGoesOn) {
  auto queue = make_queue();
  std::optional<Answer> answer;
  auto running =
      operation<Number>(hopping()).start(queue, [&](Answer one) { answer = std::move(one); });
  std::move(running).detach();
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(answer->value(), 2U);
}

TEST_P(Placed, ARunningMayGoInsideItsOwnCallbackAndAfterIt) {
  auto queue = make_queue();
  int ran = 0;
  Running inside;
  inside = operation<Number>(hopping()).start(queue, [&](Answer) {
    ++ran;
    inside = Running();
  });
  Running after = operation<Number>(hopping()).start(queue, [&](Answer) { ++ran; });
  EXPECT_TRUE(drain_all(queue));
  after = Running();
  EXPECT_EQ(ran, 2);
}

TEST_P(Placed, ATokenCancelsBeforeTheStart) {
  auto queue = make_queue();
  const CancellationSource source;
  source.cancel();
  EXPECT_TRUE(source.token().cancelled());
  std::optional<Answer> answer;
  operation<Number>(endless()).cancel_on(source.token()).then(queue, [&](Answer one) {
    answer = std::move(one);
  });
  EXPECT_TRUE(drain_all(queue));
  ASSERT_EQ(answer->error().code(), ErrorCode::cancelled);
  EXPECT_EQ(answer->error().effect(), Effect::none) << "it never began";
}

TEST_P(Placed, ATokenCancelsManyAndItsSourceMayGo) {
  auto queue = make_queue();
  int cancelled = 0;
  auto source = std::make_unique<CancellationSource>();
  for (int i = 0; i < 1000; ++i) {
    operation<Number>(endless()).cancel_on(source->token()).then(queue, [&](Answer answer) {
      cancelled += answer.error().code() == ErrorCode::cancelled ? 1 : 0;
    });
  }
  source->cancel();
  source.reset();
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(cancelled, 1000);
  EXPECT_TRUE(nothing_stays_alive());
}

TEST_P(Placed, ASourceThatGoesDoesNotCancelAndATokenAfterTheEndIsIdle) {
  auto queue = make_queue();
  std::optional<Answer> answer;
  auto source = std::make_unique<CancellationSource>();
  const auto token = source->token();
  operation<Number>(hopping()).cancel_on(token).then(queue,
                                                     [&](Answer one) { answer = std::move(one); });
  const CancellationSource same = *source;
  source.reset();
  EXPECT_TRUE(drain_all(queue));
  same.cancel();
  EXPECT_EQ(answer->value(), 2U);
  EXPECT_TRUE(token.cancelled());
}

TEST_P(Placed, AStopTokenCancels) {
  auto queue = make_queue();
  std::stop_source stop;
  std::vector<ErrorCode> codes;
  const auto note = [&](Answer answer) { codes.push_back(answer.error().code()); };
  const tombolo::StopLink link(stop.get_token());
  operation<Number>(endless()).cancel_on(link.token()).then(queue, note);
  stop.request_stop();
  operation<Number>(endless()).cancel_on(link.token()).then(queue, note);
  const tombolo::StopLink late(stop.get_token());
  operation<Number>(endless()).cancel_on(late.token()).then(queue, note);
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(codes, std::vector<ErrorCode>(3, ErrorCode::cancelled));
}

Frame await_forever(Ticket ticket, const CompletionQueue& queue, std::shared_ptr<int> held) {
  const Answer answer = co_await operation<Number>(ticket).on(queue);
  ADD_FAILURE() << "a coroutine that is gone was resumed: " << answer.has_value() << *held;
}

TEST_P(Placed, Law9AFrameDestroyedWhileItWaitsIsNeverResumed) {
  auto queue = make_queue();
  auto held = std::make_shared<int>(0);
  for (int i = 0; i < 100; ++i) {
    Frame frame = await_forever(i % 2 == 0 ? endless() : sleep_ms(60000), queue, held);
    if (i % 3 == 0) {
      drain(queue);
    }
    frame.destroy();
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_TRUE(drain_all(queue));
  EXPECT_TRUE(nothing_stays_alive());
}

TEST_P(Placed, ADroppedFutureDoesNotCancel) {
  const auto before = alive();
  {
    const auto future = operation<Number>(endless()).timeout(100ms).future();
    if (!GetParam()) {
      EXPECT_EQ(alive(), before + 1);
    }
  }
  if (!GetParam()) {
    EXPECT_EQ(alive(), before + 1) << "dropping a future cancelled its operation";
  }
  EXPECT_TRUE(nothing_stays_alive()) << "its deadline did not end it";
}

TEST_P(Placed, Law9TheEffectOfAnInterruptedWriteIsUnknown) {
  auto queue = make_queue();
  std::optional<Effect> effect;
  const Running running = operation<Number>(endless()).start(
      queue, [&](Answer answer) { effect = answer.error().effect(); });
  EXPECT_TRUE(eventually([] { return alive() == 1; })) << "it has not begun";
  running.cancel();
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(effect, Effect::unknown);
}

// A cancel that meets the first poll of an operation on the starting thread.
TEST(CancelInTheFirstPoll, IsAnsweredOnceAndCountedOnce) {
  auto queue = make_queue();
  for (int i = 0; i < 10; ++i) {
    const CancellationSource source;
    std::thread canceller([&] {
      std::this_thread::sleep_for(10ms);
      source.cancel();
    });
    int ran = 0;
    operation<Number>(slow_first_poll(40)).cancel_on(source.token()).then(queue, [&](Answer one) {
      ++ran;
      EXPECT_EQ(one.error().code(), ErrorCode::cancelled);
    });
    canceller.join();
    EXPECT_EQ(queue.in_flight(), 1U);
    drain(queue);
    EXPECT_EQ(ran, 1);
    ASSERT_EQ(queue.in_flight(), 0U) << "the queue believes that something is in flight";
  }
}

}  // namespace
}  // namespace tombolo_test
