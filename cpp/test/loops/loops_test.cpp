// Every kind of operation through every loop of the examples, and what wakes these loops.
#include "crossing_loops.hpp"
#include "own_loops.hpp"
#include "standalone_asio.hpp"
#include "ways_cases.hpp"

namespace tombolo_test {
namespace {

const bool kRegistered =
    add_loop<EpollLoop<EpollQueue::Trigger::level>>() &&
    add_loop<EpollLoop<EpollQueue::Trigger::edge>>() && add_loop<PollLoop>() &&
    add_loop<UvLoop>() && add_loop<PoolLoop>() && add_loop<AsioLoop<1>>() &&
    add_loop<AsioLoop<3>>() &&
    add_ways<Way, CallbackOn<1>, CallbackOn<3>, AwaitableOn<1>, AwaitableOn<3>>();

TEST(Loops, AreAllRegistered) {
  EXPECT_TRUE(kRegistered);
  EXPECT_EQ(loops().size(), 9U);
  EXPECT_EQ(ways<Way>().size(), 2 * loops().size() + 8) << "and both Asios by tokens";
}

struct EveryLoop : testing::TestWithParam<WakeUpsOf> {};

TEST_P(EveryLoop, WakesAtMostTwiceForOneWrite) {
  for (int i = 0; i < 100; ++i) {
    const int count = GetParam().of_one_write();
    ASSERT_GE(count, 1);
    ASSERT_LE(count, 2);
  }
}

INSTANTIATE_TEST_SUITE_P(Loops, EveryLoop, testing::ValuesIn(loops()),
                         [](const auto& info) { return info.param.loop; });

}  // namespace
}  // namespace tombolo_test
