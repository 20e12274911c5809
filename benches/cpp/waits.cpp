// What takes its time: timers, and operations that are cancelled in flight.
#include "consuming.hpp"
#include "tombolo-benches/src/floor.rs.h"
#include "tombolo-benches/src/operations.rs.h"
#include "tombolo/cancellation.hpp"

namespace tombolo_bench {
namespace {

constexpr std::uint64_t kTimers = 1024;

/// 1,024 that sleep for a millisecond, all at once, so many times.
Run timers() {
  return [queue = make_queue()](std::uint64_t times) {
    for (; times > 0; --times) {
      std::uint64_t left = kTimers;
      for (std::uint64_t i = 0; i < kTimers; ++i) {
        tombolo::operation<std::uint64_t>(sleep(1)).then(*queue, [&left](const Answer& answer) {
          expect(answer.has_value() && *answer == 1, "a timer");
          --left;
        });
      }
      drain_until(*queue, left);
    }
  };
}

Run tokio_timers() {
  return [floor = std::make_shared<rust::Box<Floor>>(new_floor())](std::uint64_t times) {
    for (; times > 0; --times) {
      expect((*floor)->spawn_and_await(Work::Timer, kTimers, kTimers) == kTimers, "tokio's timers");
    }
  };
}

/// Starts one that never ends and drops it.
template <tombolo::Ticket (*Endless)()>
std::function<Run()> dropped() {
  return [] {
    return [queue = make_queue()](std::uint64_t times) {
      for (std::uint64_t i = 0; i < times; ++i) {
        const auto running = tombolo::operation<std::uint64_t>(Endless()).start(
            *queue, [](const Answer& /*answer*/) { expect(false, "what was dropped"); });
      }
      static_cast<void>(queue->poll());
    };
  };
}

/// Cancels one in flight by its handle and waits for its completion.
template <tombolo::Ticket (*Endless)()>
std::function<Run()> cancelled() {
  return [] {
    return [queue = make_queue()](std::uint64_t times) {
      for (std::uint64_t i = 0; i < times; ++i) {
        std::uint64_t left = 1;
        const auto running = tombolo::operation<std::uint64_t>(Endless()).start(
            *queue, [&left](const Answer& answer) {
              expect(answer.error().code() == tombolo::ErrorCode::cancelled, "a cancel");
              --left;
            });
        running.cancel();
        drain_until(*queue, left);
      }
    };
  };
}

tombolo::Ticket endless() { return never(); }
tombolo::Ticket endless_on_worker() { return never_on_worker(); }

}  // namespace

void add_waits(Cases& cases) {
  cases.add({"timer/1024/then", timers, Counted::allocations, 10});
  cases.add({"timer/1024/tokio", tokio_timers, Counted::allocations, 10});
  cases.add({"cancel/1/dropped", dropped<endless>(), Counted::allocations});
  cases.add({"cancel/1/cancelled", cancelled<endless>(), Counted::allocations});
  cases.add({"cancel/1/cancelled_on_worker", cancelled<endless_on_worker>(), Counted::allocations});
}

}  // namespace tombolo_bench
