// Every kind of operation through every way of consuming one that needs no other library.
#include "ways_cases.hpp"

namespace tombolo_test {
namespace {

const bool kRegistered = add_way<ByWait>() && add_way<ByFuture>() && add_way<ByThen>() &&
                         add_way<ByStart>() && add_way<ByCoAwait>();

TEST(Ways, AreAllRegistered) {
  EXPECT_TRUE(kRegistered);
  EXPECT_EQ(ways().size(), 5U);
}

}  // namespace
}  // namespace tombolo_test
