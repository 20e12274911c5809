// Boost.Asio's part of blob_loops.
#include "blob_runner.hpp"
#include "boost_asio.hpp"
#include "loop_ways.hpp"

namespace tombolo_test {

void add_boost_asio() { add_ways<Way, ThenIn<AsioLoop<1>>, ThenIn<AsioLoop<3>>>(); }

}  // namespace tombolo_test
