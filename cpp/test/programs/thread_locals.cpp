// Law 10: every kind of object as a thread-local, with work in flight, destroyed in either order at
// the end of its thread and of the program.
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "run_again.hpp"
#include "tombolo-test-core/src/handlers.rs.h"
#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using Number = std::uint64_t;
using Numbers = tombolo::Handler<Number, Number>;
using tombolo::CompletionQueue;
using tombolo::operation;
namespace test = tombolo_test;

struct Objects {
  tombolo::BlobStore store;
  tombolo::BlobWriter writer;
  tombolo::Stream<Number> stream;
  Numbers handler;
  std::vector<tombolo::Reply<Number>> replies;
  std::optional<tombolo::Operation<Number>> unstarted;
  std::vector<tombolo::Running> running;
  tombolo::Bytes lent;

  void put_in_flight(const CompletionQueue& queue) {
    store = tombolo::BlobStore::open("mem:").value();
    stream = tombolo::stream<Number>(test::count_slowly(100, 1));
    handler = Numbers::create(queue, [this](Number, tombolo::Reply<Number> reply) {
                replies.push_back(std::move(reply));
              }).value();
    unstarted = operation<Number>(test::hop(1));
    for (auto* make : {&test::never, &test::never_on_worker}) {
      running.push_back(operation<Number>(make()).start(queue, [](const auto&) {}));
      operation<Number>(make()).then(queue, [](const auto&) {});
    }
    stream.next().then(queue, [](const auto&) {});
    operation<Number>(test::ask_many(handler.raw(), 3, true)).then(queue, [](const auto&) {});
    static_cast<void>(store.put("k", std::string(1000, 'x')).future());
    writer = store.open_writer("w").wait().value();
    writer.write(std::string(1000, 'x')).then(queue, [](const auto&) {});
  }

  void lend(CompletionQueue& queue) {
    lent = tombolo::Bytes::lend(std::make_shared<int>(1), "text", 4, queue).value();
  }
};

// Destroyed in the reverse order: the first queue after what is in flight on it, the last before.
thread_local std::optional<CompletionQueue> queue_below;
thread_local Objects objects_below;
thread_local Objects objects_above;
thread_local std::optional<CompletionQueue> queue_above;

void use() {
  // Each is made when it is first named.
  queue_below = CompletionQueue::create().value();
  objects_below.put_in_flight(*queue_below);
  objects_below.lend(*queue_below);
  objects_above = Objects();
  queue_above = CompletionQueue::create().value();
  objects_above.put_in_flight(*queue_above);
  objects_above.lend(*queue_above);
  static_cast<void>(queue_below->poll().value());
  static_cast<void>(queue_above->poll().value());
}

int end_by(std::string_view way) {
  if (way == "threads") {
    for (int i = 0; i < 20; ++i) {
      std::thread first(use);
      std::thread second(use);
      first.join();
      second.join();
    }
  } else {
    use();
  }
  if (way == "exit") std::exit(tombolo_test::kChosenStatus);
  return tombolo_test::kChosenStatus;
}

}  // namespace

int main(int argc, char** argv) {
  return tombolo_test::run_again(argc, argv, {"main", "exit", "threads"}, end_by);
}
