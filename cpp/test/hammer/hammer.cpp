// The hammer: many operations over several queues and threads, with random cancels (also from other
// threads), drops, panics, deadlines, and queues that are shut down and destroyed. Every operation
// that somebody listens to completes once, one that was given up never afterwards, values belong to
// their operation, what was woken is not left to its deadline, and nothing is alive at the end.
//
// Usage: hammer [OPERATIONS] [SEED] [PATIENCE-SECONDS]   (default 200000, 1, 30)
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
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
/// No operation but those that never end by themselves takes so long, unless its wake was lost.
std::chrono::seconds patience = 30s;

using Count = std::atomic<unsigned char>;

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

/// Whether the library is told to complete operations twice.
bool completes_twice() {
  const char* bug = std::getenv("TOMBOLO_SEEDED_BUG");
  return bug != nullptr && std::strcmp(bug, "double-completion") == 0;
}

/// What hears of an operation as the library's own callbacks do, but is there to the end: a second
/// completion is counted, where those would be freed memory by then.
class Lasting final : public tombolo::detail::Completion {
 public:
  Lasting(tombolo::Operation<Number>::Parts parts, std::function<void(const Answer&)> hear)
      : Completion{&run},
        collector_(parts.collector),
        op_(std::move(parts.op)),
        registration_(std::move(parts.token)),
        hear_(std::move(hear)) {
    registration_.enter(op_);
  }

  void start(const CompletionQueue& queue) {
    const tombolo::Ticket ticket = op_.ticket();
    if (tombolo::detail::Op::start(ticket, queue, this) != tombolo::detail::Op::Outcome::pending) {
      static_cast<void>(tombolo::detail::Op::deliver(ticket, queue));
    }
  }

 private:
  static void run(Completion* completion) {
    auto& self = *static_cast<Lasting*>(completion);
    const tombolo::detail::Op op = std::move(self.op_).take();  // one that fails, the second time
    self.registration_.reset();
    self.hear_(self.collector_(op));
  }

  tombolo::detail::Collector<Number> collector_;
  tombolo::detail::Op op_;
  tombolo::detail::CancelRegistration registration_;
  std::function<void(const Answer&)> hear_;
};

/// One thread: starts operations on queues that it drains itself, and on one that is drained by
/// another.
class Thread {
 public:
  Thread(Number first, Number count, Number seed, const CompletionQueue& common)
      : first_(first), seen_(count), expected_(count), random_(seed), common_(common) {}

  void run() {
    renew();
    for (Number i = 0; i < seen_.size() && wrong == 0; ++i) {
      start(i);
      if (pick(8) == 0) drain();
      if (pick(16) == 0 && !running_.empty()) give_up();
      if (pick(64) == 0) cancel_some();
      if (pick(2000) == 0) shut_down();
      if (pick(is_shut_ ? 50 : 4000) == 0) renew();
    }
    cancel_some();
    while (!running_.empty()) give_up();
    while (!queue_->drained()) drain_for(100ms);
    queue_.reset();
  }

  /// Cancels what was started since the last time. From any thread.
  void cancel_some() {
    tombolo::CancellationSource source;
    const std::lock_guard<std::mutex> lock(mutex_);
    std::swap(source, source_);
    source.cancel();
  }

  /// When everything has ended.
  void check() const {
    for (Number i = 0; i < seen_.size(); ++i) {
      if (seen_[i] < expected_[i]) complain("it has not completed", first_ + i);
      if (seen_[i] > expected_[i]) complain("it has completed after it was given up", first_ + i);
    }
  }

 private:
  struct Given {
    Number index;
    tombolo::Running running;
  };

  Number pick(Number below) { return std::uniform_int_distribution<Number>(0, below - 1)(random_); }

  tombolo::CancellationToken token() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return source_.token();
  }

  void start(Number index) {
    const Number kind = pick(10);
    const bool hurried = kind == 5 || kind == 6 || pick(32) == 0;
    auto op = tombolo::operation<Number>(make(kind, first_ + index))
                  .timeout(hurried ? std::chrono::microseconds(pick(3000)) : patience);
    if (pick(2) == 0) op = std::move(op).cancel_on(token());  // of the rest, a lost wake is seen
    listen(index, std::move(op),
           [=](const Answer& answer) { heard(index, kind, hurried, answer); });
  }

  template <class F>
  void listen(Number index, tombolo::Operation<Number> op, F hear) {
    switch (completes_twice_ ? 10 : pick(11)) {
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
      case 5:
      case 6:
        expected_[index] = 1;
        std::move(op).then(common_, hear);
        return;
      case 10:
        expected_[index] = 1;
        lasting_.emplace_back(std::move(op).release(), hear).start(*queue_);
        return;
      default:
        expected_[index] = 1;
        std::move(op).then(*queue_, hear);
    }
  }

  void heard(Number index, Number kind, bool hurried, const Answer& answer) {
    const Number id = first_ + index;
    if (++seen_[index] > 1) complain("it has completed twice", id);
    if (answer.has_value()) {
      if (kind >= 5) complain("a value from what has none", id);
      if (*answer != id + 1) complain("another's value", id);
    } else if (answer.error().code() == tombolo::ErrorCode::deadline_exceeded && !hurried) {
      complain("its wake was lost", id);
    }
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

  /// From now on, what is started on the queue is refused, through the queue.
  void shut_down() {
    queue_->shutdown();
    is_shut_ = true;
  }

  /// A new queue; the old one completes what it has, here and now.
  void renew() {
    auto next = std::make_unique<CompletionQueue>(CompletionQueue::create().value());
    for (Given& given : running_) std::move(given.running).detach();
    running_.clear();
    queue_ = std::move(next);
    is_shut_ = false;
  }

  Number first_;
  std::vector<Count> seen_;
  std::vector<unsigned char> expected_;
  std::mt19937_64 random_;
  const CompletionQueue& common_;
  std::unique_ptr<CompletionQueue> queue_;
  bool is_shut_ = false;
  std::vector<Given> running_;
  std::deque<Lasting> lasting_;
  const bool completes_twice_ = completes_twice();
  std::mutex mutex_;
  tombolo::CancellationSource source_;
};

/// What may be alive for a moment longer than the operations: wakers that others still hold.
Number left_alive() { return test::alive() + test::operations_in_flight() + test::live_slots(); }

}  // namespace

int main(int argc, char** argv) {
  const Number total = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200000;
  const Number seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  if (argc > 3) patience = std::chrono::seconds(std::strtol(argv[3], nullptr, 10));
  alarm(static_cast<unsigned>(16 * patience.count()));  // a hang ends the program by a signal
  auto common = CompletionQueue::create().value();
  std::vector<std::unique_ptr<Thread>> works;
  std::vector<std::thread> threads;
  std::atomic<int> at_work = kThreads;
  for (Number i = 0; i < kThreads; ++i) {
    const Number each = total / kThreads;
    works.push_back(std::make_unique<Thread>(i * each, each, seed + i, common));
    threads.emplace_back([&at_work, work = works.back().get()] {
      work->run();
      --at_work;
    });
  }
  for (std::size_t turn = 0; at_work > 0 || !common.drained(); ++turn) {
    static_cast<void>(common.wait_for(2ms).value());
    works[turn % works.size()]->cancel_some();
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& work : works) work->check();
  for (int i = 0; i < 1000 && left_alive() != 0; ++i) std::this_thread::sleep_for(10ms);
  if (left_alive() != 0) complain("operations are left alive", left_alive());
  std::printf("hammer: %llu operations, seed %llu, %llu faults\n",
              static_cast<unsigned long long>(total), static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(wrong.load()));
  return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
