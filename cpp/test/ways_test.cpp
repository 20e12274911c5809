// Every kind of operation through every way of consuming one.
#include "ways.hpp"

#include "way_asio.hpp"
#include "ways_cases.hpp"

namespace tombolo_test {
namespace {

const bool kRegistered = add_ways<Way, ByWait, ByFuture, ByThen, ByStart, ByCoAwait, ByAsio>();

TEST(Ways, AreAllRegistered) {
  EXPECT_TRUE(kRegistered);
  EXPECT_EQ(ways<Way>().size(), 6U);
}

}  // namespace
}  // namespace tombolo_test
