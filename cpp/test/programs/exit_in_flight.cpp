// Law 10: a program may end however and whenever it likes, with work in flight and with stores,
// queues and operations as globals. Runs itself many times for each way to end; each must end by
// itself, with the status it chose.
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "run_again.hpp"
#include "tombolo-test-core/src/handlers.rs.h"
#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using Number = std::uint64_t;
using tombolo::operation;
namespace test = tombolo_test;

constexpr int kChosenStatus = tombolo_test::kChosenStatus;

// Destroyed in the reverse order: a running operation before its queue, and after it.
tombolo::Running before;
tombolo::CompletionQueue queue;
tombolo::LogSink log_sink;
tombolo::Running after;
tombolo::BlobStore store;
tombolo::Stream<Number> stream;
tombolo::Handler<Number, Number> handler;
std::vector<tombolo::Reply<Number>> replies;

void put_work_in_flight() {
  queue = tombolo::CompletionQueue::create().value();
  tombolo::LogOptions everything;
  everything.level = tombolo::LogLevel::trace;
  log_sink = tombolo::LogSink::create(
                 queue, [](const tombolo::LogRecord&) {}, everything)
                 .value();
  store = tombolo::BlobStore::open("mem:").value();
  stream = tombolo::stream<Number>(test::count_slowly(1000, 1));
  tombolo::HandlerOptions options;
  options.concurrency = 10;
  handler =
      tombolo::Handler<Number, Number>::create(
          queue, [](Number, tombolo::Reply<Number> reply) { replies.push_back(std::move(reply)); },
          options)
          .value();
  operation<Number>(test::ask_many(handler.raw(), 20, true)).then(queue, [](auto) {});
  before = operation<Number>(test::never()).start(queue, [](auto) {});
  after = operation<Number>(test::never_on_worker()).start(queue, [](auto) {});
  for (int i = 0; i < 50; ++i) {
    operation<Number>(test::hop_on_worker(1)).then(queue, [](auto) {});
    store.put("key" + std::to_string(i), std::string(1000, 'x')).then(queue, [](auto) {});
    stream.next().then(queue, [](auto) {});
    static_cast<void>(operation<Number>(test::sleep_ms(1)).future());
  }
}

[[noreturn]] void call_forever() {
  for (;;) {
    static_cast<void>(operation<Number>(test::hop_on_worker(1)).wait());
  }
}

int end_by(std::string_view way) {
  put_work_in_flight();
  if (way == "exit") std::exit(kChosenStatus);
  if (way == "quick_exit") std::quick_exit(kChosenStatus);
  if (way == "callback") {
    operation<Number>(test::ready(1)).then(queue, [](auto) { std::exit(kChosenStatus); });
    for (;;) static_cast<void>(queue.wait_for(std::chrono::seconds(1)));
  }
  if (way == "thread") {
    std::thread(call_forever).detach();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return kChosenStatus;
}

}  // namespace

int main(int argc, char** argv) {
  return tombolo_test::run_again(argc, argv, {"main", "exit", "callback", "quick_exit", "thread"},
                                 end_by);
}
