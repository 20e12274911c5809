// The hammer: many operations over several queues and threads, with random cancels, drops, panics,
// deadlines and destroyed queues. Every operation that somebody listens to completes once, one that
// was given up never afterwards, values belong to their operation, and nothing is left at the end.
//
// Usage: hammer [OPERATIONS] [SEED]   (default 200000, 1)
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;
namespace test = tombolo_test;
using Number = std::uint64_t;
using Answer = tombolo::Result<Number>;
using tombolo::CompletionQueue;

constexpr int kThreads = 4;
constexpr unsigned kWatchdogSeconds = 600;

std::atomic<Number> wrong = 0;

void complain(const char* what, Number id) {
  std::fprintf(stderr, "hammer: operation %llu: %s\n", static_cast<unsigned long long>(id), what);
  ++wrong;
}

tombolo::Ticket make(Number kind, Number id) {
  switch (kind) {
    case 0:
      return test::ready(id);
    case 1:
      return test::hop(id);
    case 2:
      return test::hop_on_worker(id);
    case 3:
      return test::ready_on_worker(id);
    case 4:
      return test::big_hop(id);
    case 5:
      return test::never();
    case 6:
      return test::never_on_worker();
    case 7:
      return test::panic_in_poll(true);
    case 8:
      return test::panic_in_poll(false);
    default:
      return test::panic_in_drop(id % 2 == 0);
  }
}

/// One thread: starts operations on queues that it drains, or has drained by others.
class Thread {
 public:
  Thread(Number first, Number count, Number seed)
      : first_(first), seen_(count), expected_(count), random_(seed) {}

  void run() {
    renew();
    for (Number i = 0; i < seen_.size(); ++i) {
      start(i);
      if (pick(8) == 0) drain();
      if (pick(16) == 0 && !running_.empty()) give_up();
      if (pick(64) == 0) std::exchange(source_, tombolo::CancellationSource()).cancel();
      if (pick(20000) == 0) renew();
    }
    source_.cancel();
    while (!running_.empty()) give_up();
    while (!queue_->drained()) drain_for(100ms);
    queue_.reset();
    check();
  }

 private:
  struct Given {
    Number index;
    tombolo::Running running;
  };

  Number pick(Number below) { return std::uniform_int_distribution<Number>(0, below - 1)(random_); }

  void start(Number index) {
    const Number id = first_ + index;
    const Number kind = pick(10);
    auto op = tombolo::operation<Number>(make(kind, id)).cancel_on(source_.token());
    if (kind == 5 || kind == 6 || pick(32) == 0) {
      op = std::move(op).timeout(std::chrono::microseconds(pick(3000)));
    }
    const auto hear = [this, index, id, kind](Answer answer) { heard(index, id, kind, answer); };
    switch (pick(8)) {
      case 0:
        return;  // dropped unstarted
      case 1:
        expected_[index] = 1;
        hear(std::move(op).wait());
        return;
      case 2:
        expected_[index] = 1;
        hear(std::move(op).future().get());
        return;
      case 3:
      case 4:
        running_.push_back({index, std::move(op).start(*queue_, hear)});
        expected_[index] = 1;
        return;
      default:
        expected_[index] = 1;
        std::move(op).then(*queue_, hear);
    }
  }

  void heard(Number index, Number id, Number kind, const Answer& answer) {
    if (++seen_[index] > 1) complain("it has completed twice", id);
    if (answer.has_value() && kind < 5 && *answer != id + 1) complain("another's value", id);
    if (answer.has_value() && (kind == 5 || kind == 6)) complain("never has come", id);
  }

  /// Destroys a running operation on the consumer's thread: its callback must not run afterwards.
  void give_up() {
    const Number at = pick(running_.size());
    std::swap(running_[at], running_.back());
    const Given given = std::move(running_.back());
    running_.pop_back();
    expected_[given.index] = seen_[given.index];
  }

  void drain() { static_cast<void>(queue_->poll().value()); }
  void drain_for(std::chrono::milliseconds time) {
    static_cast<void>(queue_->wait_for(time).value());
  }

  /// A new queue; the old one completes what it has, here and now.
  void renew() {
    auto next = std::make_unique<CompletionQueue>(CompletionQueue::create().value());
    for (Given& given : running_) std::move(given.running).detach();
    running_.clear();
    queue_ = std::move(next);
  }

  void check() {
    for (Number i = 0; i < seen_.size(); ++i) {
      if (seen_[i] < expected_[i]) complain("it has not completed", first_ + i);
      if (seen_[i] > expected_[i]) complain("it has completed after it was given up", first_ + i);
    }
  }

  Number first_;
  std::vector<unsigned char> seen_;
  std::vector<unsigned char> expected_;
  std::mt19937_64 random_;
  std::unique_ptr<CompletionQueue> queue_;
  std::vector<Given> running_;
  tombolo::CancellationSource source_;
};

}  // namespace

int main(int argc, char** argv) {
  const Number total = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200000;
  const Number seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  alarm(kWatchdogSeconds);  // a hang ends the program by a signal
  std::vector<std::unique_ptr<Thread>> works;
  std::vector<std::thread> threads;
  for (Number i = 0; i < kThreads; ++i) {
    const Number each = total / kThreads;
    works.push_back(std::make_unique<Thread>(i * each, each, seed + i));
    threads.emplace_back([work = works.back().get()] { work->run(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 1000 && test::alive() != 0; ++i) std::this_thread::sleep_for(10ms);
  if (test::alive() != 0) complain("futures are left alive", test::alive());
  std::printf("hammer: %llu operations, seed %llu, %llu faults\n",
              static_cast<unsigned long long>(total), static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(wrong.load()));
  return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
