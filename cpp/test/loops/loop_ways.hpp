// The ways of consuming an operation in a loop. A `Loop` has a name, a queue, `run()`, which
// returns once it was stopped, and `stop(after)`, which is called in the loop or before it runs and
// stops it by a timer of its own.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "check.hpp"
#include "coroutine.hpp"
#include "tombolo/operation.hpp"

namespace tombolo_test {

/// Consumes by something that hands results to `answer` while a loop runs; checks that it is one.
template <class T, class Loop, class Start>
tombolo::Result<T> answered_in(Start start) {
  std::optional<tombolo::Result<T>> result;
  int answers = 0;
  Loop loop;
  start(loop, [&](tombolo::Result<T> one) {
    ++answers;
    result.emplace(std::move(one));
    loop.stop();
  });
  loop.run();
  check(loop.queue().poll().value() == 0, "something is left after the completion");
  check(answers == 1, "it is answered " + std::to_string(answers) + " times");
  check(loop.queue().drained(), "the queue believes that something is in flight");
  return *std::move(result);
}

template <class Loop>
struct ThenIn {
  static inline const std::string kName = "then_in_" + Loop::name();
  template <class T>
  tombolo::Result<T> operator()(tombolo::Operation<T> op) const {
    return answered_in<T, Loop>(
        [&op](Loop& loop, auto answer) { std::move(op).then(loop.queue(), std::move(answer)); });
  }
};

template <class Loop>
struct CoAwaitIn {
  static inline const std::string kName = "co_await_in_" + Loop::name();
  template <class T>
  tombolo::Result<T> operator()(tombolo::Operation<T> op) const {
    return answered_in<T, Loop>(
        [&op](Loop& loop, auto answer) { await(std::move(op), loop.queue(), std::move(answer)); });
  }

 private:
  template <class T, class F>
  static Task await(tombolo::Operation<T> op, const tombolo::CompletionQueue& queue, F answer) {
    auto result = co_await std::move(op).on(queue);
    answer(std::move(result));
  }
};

}  // namespace tombolo_test
