// What the tests of handlers share.
#pragma once

#include <optional>
#include <utility>

#include "support.hpp"
#include "tombolo-test-core/src/handlers.rs.h"
#include "tombolo/handler.hpp"

namespace tombolo_test {

using tombolo::Handler;
using tombolo::HandlerOptions;
using tombolo::Reply;
using tombolo::Result;
using Numbers = Handler<Number, Number>;

template <class F>
Numbers numbers(const CompletionQueue& queue, F function, std::size_t concurrency = 1) {
  HandlerOptions options;
  options.concurrency = concurrency;
  return Numbers::create(queue, std::move(function), options).value();
}

/// Runs an operation to its end while `queue` is drained here.
template <class T>
Result<T> asked(CompletionQueue& queue, Ticket ticket) {
  std::optional<Result<T>> answer;
  operation<T>(ticket).then(queue, [&](Result<T> one) { answer = std::move(one); });
  EXPECT_TRUE(drain_until(queue, [&] { return answer.has_value(); }));
  return std::move(*answer);
}

}  // namespace tombolo_test
