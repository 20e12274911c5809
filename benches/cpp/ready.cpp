// Operations that are ready at once, by every way to consume one, and what else comes without a
// hop.
#include "consuming.hpp"
#include "promise.hpp"
#include "tombolo-benches/src/floor.rs.h"
#include "tombolo-benches/src/operations.rs.h"
#include "tombolo-benches/src/promise.rs.h"
#include "tombolo/blob.hpp"
#include "tombolo/log.hpp"

namespace tombolo_bench {
namespace {

Number ready_op(std::uint64_t x) { return tombolo::operation<std::uint64_t>(ready(x)); }
Number event_op(std::uint64_t x) { return tombolo::operation<std::uint64_t>(event(x)); }

Run tokio() {
  return [floor = std::make_shared<rust::Box<Floor>>(new_floor())](std::uint64_t times) {
    expect((*floor)->spawn_and_await(Work::Ready, times, 1) == times, "tokio alone");
  };
}

void promises(std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) {
    auto promise = std::make_unique<Promise>();
    auto future = promise->inner.get_future();
    expect(promise_ready(i, std::move(promise)) && future.get() == i + 1, "a promise");
  }
}

void errors(std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) {
    const auto answer = tombolo::operation<std::uint64_t>(ready_error()).wait();
    expect(!answer && answer.error().code() == tombolo::ErrorCode::not_found, "an error");
  }
}

void never_started(std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) {
    const Number op = ready_op(i);
  }
}

Task pull(tombolo::CompletionQueue& queue, std::uint64_t items, std::uint64_t& left) {
  auto stream = tombolo::stream<std::uint64_t>(count_up(items));
  std::uint64_t pulled = 0;
  for (auto item = co_await stream.next().on(queue); *item;
       item = co_await stream.next().on(queue)) {
    ++pulled;
  }
  expect(pulled == items, "a stream");
  --left;
}

Run stream_items() {
  return [queue = make_queue()](std::uint64_t times) {
    std::uint64_t left = 1;
    pull(*queue, times, left);
    drain_until(*queue, left);
  };
}

Run heard_events() {
  struct Heard {
    std::shared_ptr<tombolo::CompletionQueue> queue = make_queue();
    std::uint64_t records = 0;
    tombolo::LogSink sink;
  };
  auto heard = std::make_shared<Heard>();
  heard->sink = tombolo::LogSink::create(*heard->queue, [p = heard.get()](const auto& /*record*/) {
                  ++p->records;
                }).value();
  return [heard](std::uint64_t times) {
    const std::uint64_t before = heard->records;
    for (std::uint64_t i = 0; i < times; ++i) {
      expect(event_op(i).wait().has_value(), "an operation with an event");
      while (heard->records < before + i + 1) {
        static_cast<void>(heard->queue->wait_for(std::chrono::seconds(10)).value());
      }
    }
  };
}

}  // namespace

void add_ready(Cases& cases) {
  cases.add({"ready/1/co_await", consuming<ByCoAwait>(ready_op, 1)});
  cases.add({"ready/1/wait", consuming<ByWait>(ready_op, 1)});
  cases.add({"ready/1/then", consuming<ByThen>(ready_op, 1)});
  cases.add({"ready/1/start", consuming<ByStart>(ready_op, 1)});
  cases.add({"ready/1/future", consuming<ByFuture>(ready_op, 1)});
  cases.add({"ready/1/asio", consuming<ByAsio>(ready_op, 1)});
  cases.add("ready/1/error_wait", errors);
  cases.add("ready/1/never_started", never_started);
  cases.add({"ready/1/tokio", tokio, Counted::allocations});
  cases.add({"ready/1/std_promise", [] { return Run(promises); }, Counted::allocations});
  cases.add({"stream/1/co_await", stream_items});
  cases.add({"event/1/nobody_listens", consuming<ByWait>(event_op, 1)});
  cases.add({"event/1/heard", heard_events});
}

}  // namespace tombolo_bench
