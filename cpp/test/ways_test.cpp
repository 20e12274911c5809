// Every kind of operation through every way of consuming one.
#include "way_asio.hpp"
#include "ways_cases.hpp"

namespace tombolo_test {
namespace {

const bool kRegistered = add_way<ByWait>() && add_way<ByFuture>() && add_way<ByThen>() &&
                         add_way<ByStart>() && add_way<ByCoAwait>() && add_way<ByAsio>();

TEST(Ways, AreAllRegistered) {
  EXPECT_TRUE(kRegistered);
  EXPECT_EQ(ways().size(), 6U);
}

}  // namespace
}  // namespace tombolo_test
