// Boost.Asio's part of loops_test.
#include "boost_asio.hpp"
#include "crossing_loops.hpp"

namespace tombolo_test {
namespace {

[[maybe_unused]] const bool kRegistered =
    add_loop<AsioLoop<1>>() && add_loop<AsioLoop<3>>() &&
    add_ways<Way, CallbackOn<1>, CallbackOn<3>, AwaitableOn<1>, AwaitableOn<3>>();

}  // namespace
}  // namespace tombolo_test
