// The host's own panic hook still hears of panics that are not the library's. In a program of its
// own: the hook must be set before the library's first use.
#include "support.hpp"

namespace tombolo_test {
namespace {

TEST(PanicHook, OfTheHostHearsWhatHappensOutsideTheSeam) { EXPECT_TRUE(host_panic_is_heard()); }

}  // namespace
}  // namespace tombolo_test
