// Law 10: a program with a runtime of its own ends however and whenever it likes: the runtime and
// what runs on it are globals, thread-locals, and let go of where nothing else is left.
#include <chrono>
#include <cstdlib>
#include <future>
#include <optional>
#include <string>
#include <thread>

#include "../draining.hpp"
#include "../thread_names.hpp"
#include "run_again.hpp"
#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo-test-core/src/probes.rs.h"
#include "tombolo-test-core/src/runtimes.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using Number = std::uint64_t;
using tombolo::operation;
using tombolo::Runtime;
using tombolo_test::must;
namespace test = tombolo_test;

constexpr int kChosenStatus = tombolo_test::kChosenStatus;

Runtime make_runtime(std::chrono::nanoseconds teardown = test::kPatience) {
  tombolo::RuntimeOptions options;
  options.thread_name = "own";
  options.teardown = teardown;
  return Runtime::create(options).value();
}

tombolo::BlobStore open_on(const Runtime& runtime) {
  tombolo::BlobStoreOptions options;
  options.runtime = runtime;
  return tombolo::BlobStore::open("mem:", options).value();
}

/// A runtime and what runs on it, with work in flight. `kFirst` says what is destroyed last.
template <bool kFirst>
struct Everything {
  std::optional<Runtime> first;
  tombolo::CompletionQueue queue;
  tombolo::BlobStore store;
  tombolo::Running running;
  std::future<tombolo::Result<Number>> later;
  std::optional<Runtime> last;

  void make() {
    const Runtime runtime = make_runtime();
    (kFirst ? first : last) = runtime;
    queue = tombolo::CompletionQueue::create().value();
    store = open_on(runtime);
    running = operation<Number>(test::never_at(runtime.raw(), true)).start(queue, [](auto) {});
    later = operation<Number>(test::sleep_ms_at(runtime.raw(), 1)).future();
    must(operation<Number>(test::background_at(runtime.raw())).wait().has_value(), "background");
    for (int i = 0; i < 20; ++i) {
      operation<Number>(test::hop_at(runtime.raw(), i % 2 == 0)).then(queue, [](auto) {});
      store.put("key", std::string(1000, 'x')).then(queue, [](auto) {});
    }
  }
};

/// A runtime from its making to its end.
void live() {
  auto runtime = std::make_optional(make_runtime());
  must(operation<Number>(test::hop_at(runtime->raw(), false)).wait().value() == 2, "by caller");
  must(operation<Number>(test::hop_at(runtime->raw(), true)).wait().value() == 2, "by worker");
  const auto store = open_on(*runtime);
  must(store.put("key", std::string("text")).wait().has_value(), "a put failed");
  runtime.reset();
  must(store.get("key").wait().value().view() == "text", "a get failed");
}

struct LivesAtItsEnd {
  bool armed = false;
  ~LivesAtItsEnd() {
    if (armed) {
      live();
    }
  }
};

LivesAtItsEnd lives;
Everything<true> runtime_last;
Everything<false> runtime_first;
thread_local Everything<true> of_thread;
std::optional<Runtime> stuck;

int end_by(std::string_view way) {
  if (way == "runtime_last") {
    runtime_last.make();
  } else if (way == "runtime_first") {
    runtime_first.make();
  } else if (way == "thread_local") {
    std::thread([] { of_thread.make(); }).join();
    of_thread.make();
  } else if (way == "lives_at_the_end") {
    lives.armed = true;
  } else if (way == "atexit") {
    live();
    std::atexit(live);
  } else if (way == "exit_in_a_callback") {
    runtime_last.make();
    auto& queue = runtime_last.queue;
    operation<Number>(test::ready(1)).then(queue, [](auto) { std::exit(kChosenStatus); });
    for (;;) static_cast<void>(queue.wait_for(std::chrono::seconds(1)));
  } else if (way == "quick_exit") {
    runtime_last.make();
    std::quick_exit(kChosenStatus);
  } else if (way == "stuck") {
    stuck = make_runtime(std::chrono::milliseconds(1));
    must(operation<Number>(test::hold_worker_in_background_at(stuck->raw())).wait().has_value(),
         "background");
    while (test::workers_held() == 0) {
      std::this_thread::yield();
    }
  } else {
    live();
  }
  return kChosenStatus;
}

}  // namespace

int main(int argc, char** argv) {
  return tombolo_test::run_again(
      argc, argv,
      {"before_the_end", "runtime_last", "runtime_first", "thread_local", "lives_at_the_end",
       "atexit", "exit_in_a_callback", "quick_exit", "stuck"},
      end_by);
}
