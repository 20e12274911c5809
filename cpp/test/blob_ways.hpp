// The ways to consume an operation: what comes out must be the same by each.
#pragma once

// clang-format off
#include <utility>  // Asio 1.22 asks what the standard library has before it includes any of it
// clang-format on

#include <asio/io_context.hpp>
#include <chrono>
#include <optional>

#include "blob_check.hpp"
#include "coroutine.hpp"
#include "tombolo/asio.hpp"
#include "tombolo/completion_queue.hpp"
#include "tombolo/operation.hpp"

namespace tombolo_test {

enum class Way { wait, future, callback, handle, coroutine, asio };

template <class T>
using Received = std::optional<tombolo::Result<T>>;

template <class T>
void drain_until_received(tombolo::CompletionQueue& queue, const Received<T>& result) {
  while (!result.has_value()) (void)queue.wait_for(std::chrono::seconds(1)).value();
}

template <class T>
Task await_into(tombolo::Operation<T> operation, const tombolo::CompletionQueue& queue,
                Received<T>& result) {
  auto received = co_await std::move(operation).on(queue);
  result.emplace(std::move(received));
}

template <class T>
tombolo::Result<T> by_callback(tombolo::Operation<T> operation, bool keep_handle,
                               tombolo::CompletionQueue& queue) {
  Received<T> result;
  const auto receive = [&](tombolo::Result<T> received) { result.emplace(std::move(received)); };
  tombolo::Running running;
  if (keep_handle) {
    running = std::move(operation).start(queue, receive);
  } else {
    std::move(operation).then(queue, receive);
  }
  check(!result.has_value(), "the callback ran before a drain");
  drain_until_received(queue, result);
  return std::move(*result);
}

template <class T>
tombolo::Result<T> by_coroutine(tombolo::Operation<T> operation, tombolo::CompletionQueue& queue) {
  Received<T> result;
  await_into(std::move(operation), queue, result);
  drain_until_received(queue, result);
  return std::move(*result);
}

template <class T>
tombolo::Result<T> by_asio(tombolo::Operation<T> operation, asio::io_context& context) {
  Received<T> result;
  tombolo::async_wait(context, std::move(operation),
                      [&](tombolo::Result<T> received) { result.emplace(std::move(received)); });
  check(!result.has_value(), "the handler ran inside its initiation");
  context.restart();
  context.run();
  check(result.has_value(), "the context ran out of work before the operation was done");
  return std::move(*result);
}

template <class T>
tombolo::Result<T> consume(tombolo::Operation<T> operation, Way way,
                           tombolo::CompletionQueue& queue, asio::io_context& context) {
  switch (way) {
    case Way::wait:
      return std::move(operation).wait();
    case Way::future:
      return std::move(operation).future().get();
    case Way::callback:
      return by_callback(std::move(operation), false, queue);
    case Way::handle:
      return by_callback(std::move(operation), true, queue);
    case Way::coroutine:
      return by_coroutine(std::move(operation), queue);
    case Way::asio:
      break;
  }
  return by_asio(std::move(operation), context);
}

}  // namespace tombolo_test
