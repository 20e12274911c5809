// Law 10: signals are the service's. Each thread of Tombolo's is made where all are blocked, so
// that none can ever take one, and whoever makes it takes them again afterwards, in a wait, too. A
// storm of them interrupts the thread that drains, waits and blocks; its handler runs there and on
// no thread of Tombolo's, and every operation ends as if there had been none.
#include <pthread.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "creating_threads.hpp"
#include "run_again.hpp"
#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo-test-core/src/probes.rs.h"
#include "tombolo-test-core/src/runtimes.rs.h"
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

sigset_t signals_blocked_here() {
  sigset_t blocked;
  must(pthread_sigmask(SIG_SETMASK, nullptr, &blocked) == 0, "pthread_sigmask");
  return blocked;
}

std::atomic<int> g_threads = 0;

/// Looks at each thread of Tombolo's that is made: it takes over what is blocked here.
bool must_block_signals() {
  const sigset_t blocked = signals_blocked_here();
  for (const int signal : {SIGALRM, SIGTERM, SIGINT, SIGCHLD, SIGUSR1, SIGSEGV, SIGPROF}) {
    must(sigismember(&blocked, signal) == 1, "a thread is made that takes a signal at first");
  }
  ++g_threads;
  return true;
}

void must_take_signals_here() {
  const sigset_t blocked = signals_blocked_here();
  for (const int signal : {SIGALRM, SIGTERM, SIGINT, SIGCHLD, SIGUSR1, SIGSEGV, SIGPROF}) {
    must(sigismember(&blocked, signal) == 0, "a signal is still blocked on the thread that asked");
  }
}

/// A thread of the service, which may take signals.
template <class F>
std::thread thread_of_the_service(F body) {
  const auto look = test::g_creating.exchange(nullptr);
  std::thread thread(body);
  test::g_creating = look;
  return thread;
}

void await_held(Number threads) {
  while (test::workers_held() != threads) {
    std::this_thread::sleep_for(1ms);
  }
}

/// Blocking work, asked for by each way to start an operation, with a thread made for each piece:
/// those of before are held.
void make_blocking_threads(const tombolo::Runtime& runtime) {
  const auto hold = [&] { return operation<Number>(test::hold_blocking_at(runtime.raw(), false)); };
  auto queue = tombolo::CompletionQueue::create().value();
  const int before = g_threads;
  bool done = false;
  hold().then(queue, [&](const auto& answer) { done = answer.has_value(); });
  must_take_signals_here();
  await_held(1);
  auto future = hold().future();
  must_take_signals_here();
  await_held(2);
  auto waiting = thread_of_the_service([&] { must(hold().wait().has_value(), "a wait failed"); });
  await_held(3);
  must(g_threads == before + 3, "there are other threads than were seen");
  test::release_workers();
  waiting.join();
  must(future.get().has_value(), "a future failed");
  while (!done) {
    must(queue.wait_for(1s).has_value(), "the queue could not be drained");
  }
}

/// The signal that lets a wait end comes while it waits, and to no other thread than this.
void take_a_signal_in_a_wait() {
  g_main = pthread_self();
  struct sigaction action = {};
  action.sa_handler = &note;
  must(sigaction(SIGUSR1, &action, nullptr) == 0, "sigaction");
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  must(pthread_sigmask(SIG_BLOCK, &usr1, nullptr) == 0, "pthread_sigmask");
  auto other = thread_of_the_service([] {  // which blocks it, too
    while (test::workers_held() == 0) {
      std::this_thread::sleep_for(1ms);
    }
    kill(getpid(), SIGUSR1);
    while (g_signals == 0) {
      std::this_thread::sleep_for(1ms);
    }
    test::release_workers();
  });
  must(pthread_sigmask(SIG_UNBLOCK, &usr1, nullptr) == 0, "pthread_sigmask");
  // A new one, so that a thread is made for the work, here.
  const auto runtime = tombolo::Runtime::create().value();
  auto held = operation<Number>(test::hold_blocking_at(runtime.raw(), false));
  must(std::move(held).timeout(30s).wait().has_value(), "no signal came within a wait");
  other.join();
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

void see_threads_made() {
  must_take_signals_here();
  test::g_creating = &must_block_signals;
  must(operation<Number>(test::ready(1)).wait().has_value(), "an operation failed");
  must(g_threads == 3, "the default runtime has other threads than were seen");
  const auto own = tombolo::Runtime::create().value();
  must(g_threads == 5, "a runtime has other threads than were seen");
  make_blocking_threads(tombolo::Runtime());
  make_blocking_threads(own);
  test::g_creating = nullptr;
}

void stand_the_storm() {
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
}

}  // namespace

int main() {
  see_threads_made();
  take_a_signal_in_a_wait();
  stand_the_storm();
  must_take_signals_here();
  std::printf("%d signals, %d of them on other threads\n", static_cast<int>(g_signals),
              static_cast<int>(g_elsewhere));
  return g_elsewhere == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
