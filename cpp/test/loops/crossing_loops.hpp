// What loops_test knows of a loop: two ways of consuming operations in it, and its wake-ups.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "crossing_way.hpp"
#include "loop_ways.hpp"
#include "wake_ups.hpp"

namespace tombolo_test {

struct WakeUpsOf {
  std::string loop;
  /// How many wake-ups one write to the queue's descriptor causes.
  std::function<int()> of_one_write;
};

inline std::ostream& operator<<(std::ostream& out, const WakeUpsOf& one) { return out << one.loop; }

inline std::vector<WakeUpsOf>& loops() {
  static std::vector<WakeUpsOf> all;
  return all;
}

/// One completion comes from a worker while the loop sleeps. Whatever it brings about comes before
/// the loop's timer, which is set in that completion: a descriptor that stayed readable would wake
/// the loop over and over until then.
template <class Loop>
int wake_ups_of_one_write() {
  Loop loop;
  count_wake_ups(loop.queue().fd());
  operation<Number>(sleep_ms(1)).then(loop.queue(), [&](const Answer&) { loop.stop(2ms); });
  loop.run();
  return wake_ups();
}

template <class Loop>
bool add_loop() {
  loops().push_back({Loop::name(), wake_ups_of_one_write<Loop>});
  return add_ways<Way, ThenIn<Loop>, CoAwaitIn<Loop>>();
}

}  // namespace tombolo_test
