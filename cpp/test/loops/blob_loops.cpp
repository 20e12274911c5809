// The ways of blob_loops: callbacks in every loop of the examples.
#include "blob_runner.hpp"
#include "loop_ways.hpp"
#include "own_loops.hpp"
#include "standalone_asio.hpp"

namespace tombolo_test {

void add_boost_asio();

void add_blob_ways() {
  add_ways<Way, ThenIn<EpollLoop<EpollQueue::Trigger::level>>,
           ThenIn<EpollLoop<EpollQueue::Trigger::edge>>, ThenIn<PollLoop>, ThenIn<UvLoop>,
           ThenIn<PoolLoop>, ThenIn<AsioLoop<1>>, ThenIn<AsioLoop<3>>>();
  add_boost_asio();
}

}  // namespace tombolo_test
