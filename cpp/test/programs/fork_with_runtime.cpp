// Law 10: after fork, a runtime of its own is nothing in the child, where every call answers with
// an error and destructors touch none of it, and as ever in the parent.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "../draining.hpp"
#include "../thread_names.hpp"
#include "run_again.hpp"
#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo-test-core/src/runtimes.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using Number = std::uint64_t;
using tombolo::ErrorKind;
using tombolo::operation;
using tombolo::Runtime;
using tombolo_test::must;
namespace test = tombolo_test;

std::optional<Runtime> runtime;
tombolo::CompletionQueue queue;
tombolo::BlobStore store;
tombolo::Running running;

void use_everything() {
  tombolo::RuntimeOptions options;
  options.thread_name = "own";
  options.teardown = test::kPatience;
  runtime = Runtime::create(options).value();
  queue = tombolo::CompletionQueue::create().value();
  tombolo::BlobStoreOptions on;
  on.runtime = *runtime;
  store = tombolo::BlobStore::open("mem:", on).value();
  must(store.put("key", std::string("text")).wait().has_value(), "a put failed");
  running = operation<Number>(test::never_at(runtime->raw(), true)).start(queue, [](auto) {});
}

void be_the_child() {
  tombolo_test::begin_as_child();
  const auto refused = [](const auto& answer) {
    return !answer && answer.error().kind() == ErrorKind::forked;
  };
  must(refused(operation<Number>(test::hop_at(runtime->raw(), true)).wait()), "a wait");
  must(refused(operation<Number>(test::ready_at(runtime->raw())).future().get()), "a future");
  must(refused(store.get("key").wait()), "a get");
  must(refused(Runtime::create()), "a runtime was made");
  runtime->shutdown();
  const Runtime copy = *runtime;
  runtime.reset();
}

void be_the_parent(pid_t child) {
  int status = 0;
  must(waitpid(child, &status, 0) == child, "there is no child");
  must(WIFEXITED(status) && WEXITSTATUS(status) == test::kChosenStatus, "the child went wrong");
  must(store.get("key").wait().value().view() == "text", "a get failed");
  running = tombolo::Running();
  store = tombolo::BlobStore();
  runtime.reset();
  queue = tombolo::CompletionQueue();
  while (!test::threads_named("own").empty()) {
    usleep(1000);
  }
}

int end_by(std::string_view way) {
  use_everything();
  const pid_t child = fork();
  must(child >= 0, "fork failed");
  if (child != 0) {
    be_the_parent(child);
    return test::kChosenStatus;
  }
  be_the_child();
  if (way == "child_lets_go") {
    running = tombolo::Running();
    store = tombolo::BlobStore();
    queue = tombolo::CompletionQueue();
  }
  if (way == "child_exits") {
    std::exit(test::kChosenStatus);
  }
  return test::kChosenStatus;
}

}  // namespace

int main(int argc, char** argv) {
  return tombolo_test::run_again(argc, argv, {"child_returns", "child_exits", "child_lets_go"},
                                 end_by);
}
