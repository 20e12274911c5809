// The hammer of handlers: threads of Rust's and of C++'s call functions of C++ through queues,
// which answer at once, later or on another thread, drop replies, throw and fail; calls are given
// up and cancelled; handlers and their queues are destroyed while calls are under way. Every call
// that somebody waits for is answered once, with its own answer, in time; a function runs on the
// thread that drains, for no more calls at a time than it wants, and never after its handler was
// destroyed there; and nothing is alive at the end.
//
// Usage: hammer_calls [OPERATIONS] [SEED] [PATIENCE-SECONDS]   (default 50000, 1, 30)
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "tombolo-test-core/src/handlers.rs.h"
#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/handler.hpp"
#include "tombolo/metrics.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;
namespace test = tombolo_test;
using Number = std::uint64_t;
using tombolo::CompletionQueue;
using tombolo::ErrorCode;
using Numbers = tombolo::Handler<Number, Number>;
using Reply = tombolo::Reply<Number>;

constexpr int kHosts = 2;
constexpr int kCallers = 2;
constexpr Number kAtOnce = 8;
/// No call takes so long, unless somebody was not told of something.
std::chrono::seconds patience = 30s;

std::atomic<Number> wrong = 0;

void complain(const char* what, Number id) {
  std::fprintf(stderr, "hammer: call %llu: %s\n", static_cast<unsigned long long>(id), what);
  ++wrong;
}

class Random {
 public:
  explicit Random(Number seed) : engine_(seed) {}
  Number pick(Number below) { return std::uniform_int_distribution<Number>(0, below - 1)(engine_); }

 private:
  std::mt19937_64 engine_;
};

/// What is known of one handler, for as long as any of its replies is kept.
struct Life {
  Number most = 0;
  std::atomic<Number> under_way = 0;
  /// Destroyed on the thread that drains.
  bool over = false;
};

/// A reply that is answered later.
struct Kept {
  Reply reply;
  Number number = 0;
  std::shared_ptr<Life> life;

  /// The count goes down first: the next call may be under way before an answer returns.
  void answer() && {
    --life->under_way;
    static_cast<void>(std::move(reply).send(number + 1));
  }
};

/// A thread with a queue that it drains, and on it one handler after the other.
class Host {
 public:
  explicit Host(Number seed) : random_(seed) { renew(); }

  void run(const std::atomic<bool>& over) {
    thread_ = std::this_thread::get_id();
    while (!over) {
      static_cast<void>(queue_->wait_for(1ms).value());
      if (random_.pick(4) == 0) answer_what_is_kept();
      // After so many calls, not after so long: a handler that misses one stays until that is seen.
      if (calls_ < change_at_) continue;
      change_at_ = calls_ + random_.pick(400);
      if (random_.pick(8) == 0) {
        renew();
      } else {
        renew_handler();
      }
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    end_handler();
    answer_what_is_kept();
    queue_.reset();
  }

  /// What calls the handler of this moment. On any thread.
  tombolo::RawHandler handler() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return handler_.raw();
  }

  /// On any thread.
  void answer_what_is_kept() {
    std::vector<Kept> kept;
    {
      const std::lock_guard<std::mutex> lock(kept_mutex_);
      std::swap(kept, kept_);
    }
    for (Kept& one : kept) std::move(one).answer();
  }

  /// Destroys the handler on another thread than the one that drains, and makes a new one.
  void replace_handler() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (calls_ < replace_at_) return;
    replace_at_ = calls_ + 500;
    make_handler();
  }

 private:
  void renew_handler() {
    const std::lock_guard<std::mutex> lock(mutex_);
    end_handler();
    make_handler();
  }

  /// The queue goes before its handler.
  void renew() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (queue_ != nullptr && random_.pick(2) == 0) queue_->shutdown();
    queue_ = std::make_unique<CompletionQueue>(CompletionQueue::create().value());
    if (life_ != nullptr) life_->over = true;
    make_handler();
  }

  void end_handler() {
    handler_ = Numbers();
    life_->over = true;
  }

  void make_handler() {
    tombolo::HandlerOptions options;
    options.concurrency = 1 + made_++ % 4;
    auto life = std::make_shared<Life>();
    life->most = options.concurrency;
    handler_ = Numbers::create(
                   *queue_,
                   [this, life](Number number, Reply reply) {
                     called({std::move(reply), number, life});
                   },
                   options)
                   .value();
    life_ = std::move(life);
  }

  /// The function of every handler, in a drain of this queue.
  void called(Kept call) {
    ++calls_;
    Life& life = *call.life;
    if (std::this_thread::get_id() != thread_.load())
      complain("it is made on another thread", call.number);
    if (life.over) complain("it is made after its handler was destroyed", call.number);
    if (++life.under_way > life.most) complain("more are made than are wanted", call.number);
    switch (random_.pick(8)) {
      case 0:
        --life.under_way;
        throw std::runtime_error("a function of the hammer throws");
      case 1:
        --life.under_way;
        static_cast<void>(std::move(call.reply).fail({ErrorCode::data_loss, "it fails"}));
        return;
      case 2:
        --life.under_way;
        return;  // and the reply is dropped
      case 3:
      case 4: {
        const std::lock_guard<std::mutex> lock(kept_mutex_);
        kept_.push_back(std::move(call));
        return;
      }
      default:
        std::move(call).answer();
    }
  }

  Random random_;
  std::atomic<std::thread::id> thread_;
  std::mutex mutex_;
  std::unique_ptr<CompletionQueue> queue_;
  Numbers handler_;
  std::shared_ptr<Life> life_;
  Number made_ = 0;
  /// Calls so far, and after how many its handler is to go.
  std::atomic<Number> calls_ = 0;
  Number change_at_ = 0;
  Number replace_at_ = 0;
  std::mutex kept_mutex_;
  std::vector<Kept> kept_;
};

/// A thread that starts operations, which call handlers, and hears of them in a queue of its own.
class Caller {
 public:
  Caller(Number first, Number count, Number seed, std::vector<std::unique_ptr<Host>>& hosts)
      : first_(first), seen_(count), expected_(count), random_(seed), hosts_(hosts) {}

  void run() {
    for (Number i = 0; i < seen_.size() && wrong == 0; ++i) {
      start(i);
      if (random_.pick(8) == 0) static_cast<void>(queue_.poll().value());
      if (random_.pick(32) == 0) cancel_some();
      if (random_.pick(64) == 0) give_up_some();
      while (queue_.in_flight() > 1000) static_cast<void>(queue_.wait_for(1ms).value());
    }
    give_up_some();
    while (!queue_.drained()) static_cast<void>(queue_.wait_for(100ms).value());
  }

  /// When everything has ended.
  void check() const {
    for (Number i = 0; i < seen_.size(); ++i) {
      if (seen_[i] < expected_[i]) complain("nobody was told of its end", first_ + i);
      if (seen_[i] > expected_[i]) complain("its end was told too often", first_ + i);
    }
  }

 private:
  void start(Number index) {
    const Number number = first_ + index;
    auto handler = hosts_[random_.pick(hosts_.size())]->handler();
    switch (random_.pick(4)) {
      case 0: {
        auto op = tombolo::operation<bool>(test::ask_and_give_up(handler, number, random_.pick(3)));
        return listen(index, std::move(op), [](bool) { return true; });
      }
      case 1: {
        // The numbers from 0 on, each answered with the next.
        auto op =
            tombolo::operation<Number>(test::ask_many(handler, kAtOnce, random_.pick(2) == 0));
        constexpr Number kSum = kAtOnce * (kAtOnce + 1) / 2;
        return listen(index, std::move(op), [](Number sum) { return sum == kSum; });
      }
      default: {
        auto op = tombolo::operation<Number>(test::ask(handler, number, random_.pick(2) == 0));
        return listen(index, std::move(op), [=](Number answer) { return answer == number + 1; });
      }
    }
  }

  template <class T, class IsRight>
  void listen(Number index, tombolo::Operation<T> op, IsRight is_right) {
    auto hear = [this, index, is_right](const tombolo::Result<T>& answer) {
      ++seen_[index];
      if (answer.has_value()) {
        if (!is_right(*answer)) complain("another's answer", first_ + index);
      } else if (answer.error().code() == ErrorCode::deadline_exceeded) {
        complain("its answer was lost", first_ + index);
      }
    };
    op = std::move(op).timeout(patience);
    if (random_.pick(4) == 0) op = std::move(op).cancel_on(source_.token());
    expected_[index] = 1;
    switch (random_.pick(8)) {
      case 0:
        expected_[index] = 0;
        return;  // dropped unstarted
      case 1:
        return hear(std::move(op).wait());
      case 2:
        return hear(std::move(op).future().get());
      case 3:
      case 4:
        running_.push_back({index, std::move(op).start(queue_, hear)});
        return;
      default:
        std::move(op).then(queue_, hear);
    }
  }

  void cancel_some() {
    tombolo::CancellationSource source;
    std::swap(source, source_);
    source.cancel();
  }

  /// What was started lately is told of no more, if it was not before.
  void give_up_some() {
    for (Given& given : running_) {
      given.running = tombolo::Running();
      expected_[given.index] = seen_[given.index];
    }
    running_.clear();
  }

  struct Given {
    Number index;
    tombolo::Running running;
  };

  Number first_;
  std::vector<unsigned char> seen_;
  std::vector<unsigned char> expected_;
  Random random_;
  std::vector<std::unique_ptr<Host>>& hosts_;
  CompletionQueue queue_ = CompletionQueue::create().value();
  tombolo::CancellationSource source_;
  std::vector<Given> running_;
};

/// What may be alive for a moment longer than the calls.
Number left_alive() {
  const auto metrics = tombolo::metrics();
  return test::alive() + test::operations_in_flight() + test::live_slots() +
         metrics.handler_calls_waiting + metrics.handler_calls_under_way;
}

}  // namespace

int main(int argc, char** argv) {
  const Number total = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 50000;
  const Number seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  if (argc > 3) patience = std::chrono::seconds(std::strtol(argv[3], nullptr, 10));
  alarm(static_cast<unsigned>(16 * patience.count()));  // a hang ends the program by a signal
  std::vector<std::unique_ptr<Host>> hosts;
  std::vector<std::unique_ptr<Caller>> callers;
  std::vector<std::thread> host_threads;
  std::vector<std::thread> caller_threads;
  std::atomic<bool> over = false;
  std::atomic<int> at_work = kCallers;
  for (Number i = 0; i < kHosts; ++i) {
    hosts.push_back(std::make_unique<Host>(seed + i));
    host_threads.emplace_back([&over, host = hosts.back().get()] { host->run(over); });
  }
  for (Number i = 0; i < kCallers; ++i) {
    const Number each = total / kCallers;
    callers.push_back(std::make_unique<Caller>(i * each, each, seed + kHosts + i, hosts));
    caller_threads.emplace_back([&at_work, caller = callers.back().get()] {
      caller->run();
      --at_work;
    });
  }
  Random random(seed);
  while (at_work > 0) {
    std::this_thread::sleep_for(20us);
    Host& host = *hosts[random.pick(kHosts)];
    host.answer_what_is_kept();
    if (random.pick(500) == 0) host.replace_handler();
  }
  for (std::thread& thread : caller_threads) thread.join();
  over = true;
  for (std::thread& thread : host_threads) thread.join();
  for (const auto& caller : callers) caller->check();
  callers.clear();
  for (int i = 0; i < 1000 && left_alive() != 0; ++i) std::this_thread::sleep_for(10ms);
  if (left_alive() != 0) complain("something is left alive", left_alive());
  std::printf("hammer: %llu operations that call, seed %llu, %llu faults\n",
              static_cast<unsigned long long>(total), static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(wrong.load()));
  return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
