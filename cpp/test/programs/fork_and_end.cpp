// Law 10: after fork, parent and child both end as they like. The child answers every call with an
// error and its destructors run; the parent goes on; a child forked before the first use works.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "run_again.hpp"
#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;
using Number = std::uint64_t;
using tombolo::CompletionQueue;
using tombolo::ErrorKind;
using tombolo::operation;
using tombolo_test::must;
namespace test = tombolo_test;

// Destroyed in parent and child alike.
tombolo::Running running;
CompletionQueue queue;
tombolo::BlobStore store;
tombolo::Stream<Number> stream;
tombolo::Bytes bytes;
tombolo::Bytes lent;
tombolo::CancellationSource source;

void use_everything() {
  queue = CompletionQueue::create().value();
  store = tombolo::BlobStore::open("mem:").value();
  stream = tombolo::stream<Number>(test::count_slowly(1000, 1));
  bytes = tombolo::Bytes(std::string(1000, 'x'));
  auto owner = std::make_shared<std::string>("lent");
  lent = tombolo::Bytes::lend(owner, owner->data(), owner->size(), queue).value();
  running = operation<Number>(test::never()).start(queue, [](auto) {});
  stream.next().then(queue, [](auto) {});
  for (int i = 0; i < 20; ++i) {
    operation<Number>(test::hop_on_worker(1)).then(queue, [](auto) {});
    operation<Number>(test::never()).cancel_on(source.token()).then(queue, [](auto) {});
    store.put("key" + std::to_string(i), bytes).then(queue, [](auto) {});
  }
}

void must_be_refused() {
  must(operation<Number>(test::hop_on_worker(1)).wait().error().kind() == ErrorKind::forked,
       "the child could wait");
  must(queue.poll().error().kind() == ErrorKind::forked, "the child could drain");
  must(store.get("key1").wait().error().kind() == ErrorKind::forked, "the child could get");
}

void must_work() {
  must(operation<Number>(test::hop_on_worker(1)).wait().value() == 2, "an operation failed");
  auto own = CompletionQueue::create().value();
  bool done = false;
  operation<Number>(test::hop(1)).then(own, [&](auto answer) { done = answer.has_value(); });
  while (!own.drained()) {
    must(own.wait_for(1s).has_value(), "a drain failed");
  }
  must(done, "a callback did not run");
}

void must_end_well(pid_t child) {
  int status = 0;
  must(waitpid(child, &status, 0) == child, "there is no child");
  must(WIFEXITED(status) && WEXITSTATUS(status) == tombolo_test::kChosenStatus,
       "the child did not end as it chose");
}

/// Forks; the child ends as `way` says, with `in_child` before.
template <class F>
int fork_and_end(std::string_view way, F in_child) {
  const pid_t child = fork();
  must(child >= 0, "fork failed");
  if (child == 0) {
    tombolo_test::begin_as_child();
    in_child();
    if (way == "child_exits") {
      std::exit(tombolo_test::kChosenStatus);
    }
    return tombolo_test::kChosenStatus;
  }
  must_end_well(child);
  must_work();
  return tombolo_test::kChosenStatus;
}

/// Forks while other threads start, cancel and drain, and the workers are at it.
int fork_while_busy(std::string_view way) {
  use_everything();
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      auto own = CompletionQueue::create().value();
      while (!stop) {
        operation<Number>(test::hop(1)).then(own, [](auto) {});
        static_cast<void>(operation<Number>(test::never()).start(own, [](auto) {}));
        static_cast<void>(operation<Number>(test::hop_on_worker(1)).wait());
        static_cast<void>(own.poll());
        // More than a thread keeps for itself, so that the pool of all threads is in use.
        std::vector<tombolo::Operation<Number>> burst;
        for (int one = 0; one < 256; ++one) {
          burst.push_back(operation<Number>(test::ready(1)));
        }
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(2ms);
    const pid_t child = fork();
    if (child == 0) {
      tombolo_test::begin_as_child();
      must_be_refused();
      if (way == "busy_child_quick") {
        std::quick_exit(tombolo_test::kChosenStatus);
      }
      std::exit(tombolo_test::kChosenStatus);  // the threads are not here, and are not joined
    }
    must_end_well(child);
  }
  stop = true;
  for (auto& thread : threads) {
    thread.join();
  }
  must_work();
  return tombolo_test::kChosenStatus;
}

/// Forks inside a completion; the child's drain goes no further.
int fork_in_a_callback() {
  queue = CompletionQueue::create().value();
  store = tombolo::BlobStore::open("mem:").value();
  pid_t child = -1;
  int later = 0;
  operation<Number>(test::ready(1)).then(queue, [&](auto) { child = fork(); });
  operation<Number>(test::ready(1)).then(queue, [&](auto) { ++later; });
  must(queue.poll().has_value(), "a drain failed");
  if (child == 0) {
    tombolo_test::begin_as_child();
    must(later == 0, "a completion ran in the child");
    must_be_refused();
    return tombolo_test::kChosenStatus;
  }
  while (!queue.drained()) {  // a fork may take so long that it ends the drain
    must(queue.wait_for(1s).has_value(), "a drain failed");
  }
  must(later == 1, "a completion is missing in the parent");
  must_end_well(child);
  must_work();
  return tombolo_test::kChosenStatus;
}

int end_by(std::string_view way) {
  if (way == "before_first_use") {
    return fork_and_end(way, must_work);
  }
  if (way == "busy_child" || way == "busy_child_quick") {
    return fork_while_busy(way);
  }
  if (way == "in_a_callback") {
    return fork_in_a_callback();
  }
  use_everything();
  if (way == "on_a_thread") {
    int status = 0;
    std::thread([&] { status = fork_and_end("child_exits", must_be_refused); }).join();
    return status;
  }
  return fork_and_end(way, must_be_refused);
}

}  // namespace

int main(int argc, char** argv) {
  return tombolo_test::run_again(argc, argv,
                                 {"child_returns", "child_exits", "before_first_use", "busy_child",
                                  "busy_child_quick", "in_a_callback", "on_a_thread"},
                                 end_by);
}
