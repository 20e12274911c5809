// The ways of consuming an operation: one struct each, whose call consumes an operation and checks
// that it is answered once, where it should be. way_asio.hpp has the one that needs Asio.
#pragma once

#include <utility>
#include <vector>

#include "check.hpp"
#include "coroutine.hpp"
#include "draining.hpp"
#include "tombolo/operation.hpp"

namespace tombolo_test {

/// Consumes by something that hands results over while `queue` is drained; checks that it is one.
template <class T, class Start>
tombolo::Result<T> drained_once(Start start) {
  auto queue = make_queue();
  std::vector<tombolo::Result<T>> results;
  auto held = start(queue, results);
  check(drain_until(queue, [&] { return !results.empty(); }), "it is never answered");
  check(queue.poll().value() == 0, "something is left after the completion");
  check(results.size() == 1, "it is answered more than once");
  check(queue.drained(), "the queue believes that something is in flight");
  static_cast<void>(held);
  return std::move(results.front());
}

struct ByWait {
  static constexpr const char* kName = "wait";
  template <class T>
  tombolo::Result<T> operator()(tombolo::Operation<T> op) const {
    return std::move(op).wait();
  }
};

struct ByFuture {
  static constexpr const char* kName = "future";
  template <class T>
  tombolo::Result<T> operator()(tombolo::Operation<T> op) const {
    return std::move(op).future().get();
  }
};

struct ByThen {
  static constexpr const char* kName = "then";
  template <class T>
  tombolo::Result<T> operator()(tombolo::Operation<T> op) const {
    return drained_once<T>([&](auto& queue, auto& results) {
      std::move(op).then(queue, [&](tombolo::Result<T> one) { results.push_back(std::move(one)); });
      check(results.empty(), "a callback ran inside the start");
      return 0;
    });
  }
};

struct ByStart {
  static constexpr const char* kName = "start";
  template <class T>
  tombolo::Result<T> operator()(tombolo::Operation<T> op) const {
    return drained_once<T>([&](auto& queue, auto& results) {
      auto running = std::move(op).start(
          queue, [&](tombolo::Result<T> one) { results.push_back(std::move(one)); });
      check(results.empty(), "a callback ran inside the start");
      return running;
    });
  }
};

struct ByCoAwait {
  static constexpr const char* kName = "co_await";
  template <class T>
  tombolo::Result<T> operator()(tombolo::Operation<T> op) const {
    return drained_once<T>([&](auto& queue, auto& results) {
      await(std::move(op), queue, results);
      return 0;
    });
  }

 private:
  template <class T>
  static Task await(tombolo::Operation<T> op, const CompletionQueue& queue,
                    std::vector<tombolo::Result<T>>& results) {
    auto result = co_await std::move(op).on(queue);
    results.push_back(std::move(result));
  }
};

}  // namespace tombolo_test
