// Asio's contexts, run by one thread and by several: around the header of the examples, and by
// completion tokens. TOMBOLO_TEST_ASIO names the flavour's namespace, and TOMBOLO_TEST_ASIO_NAME
// it.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "asio_queue.hpp"
#include "check.hpp"

namespace {

namespace net = TOMBOLO_TEST_ASIO;

inline std::string asio_name(int threads) {
  return TOMBOLO_TEST_ASIO_NAME "_" + std::to_string(threads);
}

inline void run_on(net::io_context& context, int threads) {
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back([&] { context.run(); });
  context.run();
  for (std::thread& other : others) other.join();
}

template <int kThreads>
class AsioLoop {
 public:
  static std::string name() { return asio_name(kThreads); }
  [[nodiscard]] tombolo::CompletionQueue& queue() { return queue_.queue(); }
  void run() { run_on(context_, kThreads); }
  void stop(std::chrono::milliseconds after = std::chrono::milliseconds(0)) {
    if (after.count() == 0) {
      queue_.stop();
      return;
    }
    timer_.expires_after(after);
    timer_.async_wait([this](const auto&) { queue_.stop(); });
  }

 private:
  net::io_context context_{kThreads};
  net::steady_timer timer_{context_};
  AsioQueue<net::posix::stream_descriptor> queue_{net::make_strand(context_)};
};

/// Consumes by something that makes the context call `answer`; checks that it does so once.
template <class T, class Start>
tombolo::Result<T> answered_on(int threads, Start start) {
  net::io_context context(threads);
  std::optional<tombolo::Result<T>> result;
  std::atomic<int> answers = 0;
  start(context, [&](tombolo::Result<T> one) {
    if (++answers == 1) result.emplace(std::move(one));
  });
  tombolo_test::check(answers == 0, "a handler ran inside its initiation");
  run_on(context, threads);
  tombolo_test::check(answers == 1, "it is answered " + std::to_string(answers) + " times");
  return *std::move(result);
}

template <int kThreads>
struct CallbackOn {
  static inline const std::string kName = "callback_on_" + asio_name(kThreads);
  template <class T>
  tombolo::Result<T> operator()(tombolo::Operation<T> op) const {
    return answered_on<T>(kThreads, [&op](net::io_context& context, auto answer) {
      tombolo::async_wait(context, std::move(op), std::move(answer));
    });
  }
};

template <int kThreads>
struct AwaitableOn {
  static inline const std::string kName = "awaitable_on_" + asio_name(kThreads);
  template <class T>
  tombolo::Result<T> operator()(tombolo::Operation<T> op) const {
    return answered_on<T>(kThreads, [&op](net::io_context& context, auto answer) {
      net::co_spawn(context, await(std::move(op), std::move(answer)), net::detached);
    });
  }

 private:
  template <class T, class F>
  static net::awaitable<void> await(tombolo::Operation<T> op, F answer) {
    auto result = co_await tombolo::async_wait(std::move(op), net::use_awaitable);
    answer(std::move(result));
  }
};

}  // namespace
