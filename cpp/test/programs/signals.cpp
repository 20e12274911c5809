// Law 10: signals are the service's. A storm of them interrupts the thread that drains, waits and
// blocks; its handler runs there and on no thread of Tombolo's, and every operation ends as if
// there had been none.
#include <pthread.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "run_again.hpp"
#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;
using Number = std::uint64_t;
using tombolo::operation;
using tombolo_test::must;
namespace test = tombolo_test;

pthread_t g_main;
volatile std::sig_atomic_t g_signals = 0;
volatile std::sig_atomic_t g_elsewhere = 0;

void note(int /*signal*/) {
  g_signals = g_signals + 1;
  if (pthread_equal(pthread_self(), g_main) == 0) {
    g_elsewhere = g_elsewhere + 1;
  }
}

/// A signal to the process each 200 microseconds; without SA_RESTART, system calls are interrupted.
void begin_the_storm() {
  g_main = pthread_self();
  struct sigaction action = {};
  action.sa_handler = &note;
  must(sigaction(SIGALRM, &action, nullptr) == 0, "sigaction");
  const itimerval often = {{0, 200}, {0, 200}};
  must(setitimer(ITIMER_REAL, &often, nullptr) == 0, "setitimer");
}

void use(const tombolo::BlobStore& store, tombolo::CompletionQueue& queue, int round) {
  const auto key = "k" + std::to_string(round % 10);
  const std::string text(static_cast<std::size_t>(round) * 1000, 'x');
  must(store.put(key, std::string(text)).wait().has_value(), "a put failed");
  const auto back = store.get(key).wait();
  must(back.has_value() && back->view() == text, "a get failed");
  must(operation<Number>(test::sleep_ms(1)).future().get().has_value(), "a future failed");
  bool done = false;
  operation<Number>(test::hop_on_worker(1)).then(queue, [&](const auto& answer) {
    done = answer.has_value();
  });
  while (!done) {
    must(queue.wait_for(1s).has_value(), "the queue could not be drained");
  }
}

}  // namespace

int main() {
  const auto folder =
      std::filesystem::temp_directory_path() / ("tombolo-signals-" + std::to_string(getpid()));
  {
    auto queue = tombolo::CompletionQueue::create().value();
    const auto store = tombolo::BlobStore::open("file://" + folder.string()).value();
    begin_the_storm();
    for (int round = 0; round < 200 || g_signals < 500; ++round) {
      use(store, queue, round);
    }
  }
  const itimerval never = {};
  must(setitimer(ITIMER_REAL, &never, nullptr) == 0, "setitimer");
  std::filesystem::remove_all(folder);
  std::printf("%d signals, %d of them on other threads\n", static_cast<int>(g_signals),
              static_cast<int>(g_elsewhere));
  return g_elsewhere == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
