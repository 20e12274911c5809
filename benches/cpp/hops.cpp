// Operations that another task answers: on the caller's thread until then, or on a worker.
#include "consuming.hpp"
#include "promise.hpp"
#include "tombolo-benches/src/floor.rs.h"
#include "tombolo-benches/src/operations.rs.h"
#include "tombolo-benches/src/promise.rs.h"

namespace tombolo_bench {
namespace {

constexpr std::uint64_t kInFlight[] = {1, 64, 1024};

Number hop(std::uint64_t x) { return tombolo::operation<std::uint64_t>(ask_actor(x)); }
Number hop_on_worker(std::uint64_t x) {
  return tombolo::operation<std::uint64_t>(ask_actor_on_worker(x));
}
Number worker(std::uint64_t x) { return tombolo::operation<std::uint64_t>(ready_on_worker(x)); }

std::function<Run()> tokio(Work work, std::uint64_t in_flight) {
  return [=] {
    const auto floor = std::make_shared<rust::Box<Floor>>(new_floor());
    return [=](std::uint64_t times) {
      expect((*floor)->spawn_and_await(work, times, in_flight) == times, "tokio alone");
    };
  };
}

std::function<Run()> promises(std::uint64_t in_flight) {
  return [=] {
    return [=](std::uint64_t times) {
      std::vector<std::future<std::uint64_t>> futures(in_flight);
      for (std::uint64_t i = 0; i < times + in_flight; ++i) {
        auto& future = futures[i % in_flight];
        if (future.valid()) expect(future.get() == i - in_flight + 1, "a promise");
        if (i >= times) continue;
        auto promise = std::make_unique<Promise>();
        future = promise->inner.get_future();
        expect(promise_from_actor(i, std::move(promise)), "a promise");
      }
    };
  };
}

/// A handler in C++ that Rust calls, so many calls at a time.
std::function<Run()> handler_calls(std::uint64_t in_flight) {
  return [=] {
    const auto queue = make_queue();
    using Handler = tombolo::Handler<std::uint64_t, std::uint64_t>;
    const auto handler = std::make_shared<Handler>(
        Handler::create(*queue, [](std::uint64_t number) { return number + 1; }).value());
    return [=](std::uint64_t times) {
      for (std::uint64_t done = 0; done < times;) {
        const std::uint64_t now = std::min(in_flight, times - done);
        std::uint64_t left = 1;
        tombolo::operation<std::uint64_t>(call_handler(handler->raw(), now))
            .then(*queue, [&](const Answer& sum) {
              expect(sum.has_value() && *sum == now * (now + 1) / 2, "a handler");
              --left;
            });
        drain_until(*queue, left);
        done += now;
      }
    };
  };
}

}  // namespace

void add_hops(Cases& cases) {
  for (const std::uint64_t in_flight : kInFlight) {
    const auto add = [&](const std::string& group, const char* who, std::function<Run()> prepare) {
      cases.add({group + "/" + std::to_string(in_flight) + "/" + who, std::move(prepare),
                 Counted::allocations, 10000});
    };
    add("hop", ByCoAwait::kName, consuming<ByCoAwait>(hop, in_flight));
    add("hop", ByThen::kName, consuming<ByThen>(hop, in_flight));
    add("hop", ByStart::kName, consuming<ByStart>(hop, in_flight));
    add("hop", ByFuture::kName, consuming<ByFuture>(hop, in_flight));
    add("hop", ByAsio::kName, consuming<ByAsio>(hop, in_flight));
    add("hop", "on_worker", consuming<ByCoAwait>(hop_on_worker, in_flight));
    add("hop", "std_promise", promises(in_flight));
    add("hop", "tokio", tokio(Work::Actor, in_flight));
    add("worker", ByCoAwait::kName, consuming<ByCoAwait>(worker, in_flight));
    add("worker", "tokio", tokio(Work::Ready, in_flight));
    if (in_flight <= 64) add("handler", "tombolo", handler_calls(in_flight));
  }
}

}  // namespace tombolo_bench
