// A service on Asio, with Tombolo's completions in its context. `net` is `boost::asio` or `asio`,
// as the program that includes this has chosen.
#pragma once

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "asio_queue.hpp"
#include "session.hpp"

/// Runs the context on so many threads, this one among them, until it is out of work.
inline void run(net::io_context& context, int threads) {
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back([&] { context.run(); });
  context.run();
  for (std::thread& other : others) other.join();
}

/// By a completion token: no queue to be seen. Runs on the coroutine's own executor.
inline net::awaitable<void> by_token(tombolo::BlobStore store, bool& succeeded) {
  const auto put =
      co_await tombolo::async_wait(store.put("by-token", std::string("hello")), net::use_awaitable);
  if (!put) co_return;
  const auto got = co_await tombolo::async_wait(store.get("by-token"), net::use_awaitable);
  succeeded = got && got->view() == "hello";
}

inline bool serve(const tombolo::BlobStore& store, int threads) {
  net::io_context context(threads);
  bool awaited = false;
  net::co_spawn(context, by_token(store, awaited), net::detached);
  AsioQueue<net::posix::stream_descriptor> queue(net::make_strand(context));
  Session session(store, queue.queue(), [&] { queue.stop(); });
  session.begin();
  run(context, threads);
  return awaited && session.succeeded();
}

int main(int count, char** arguments) {
  const auto store = store_of(count, arguments);
  return serve(store, 1) && serve(store, 3) ? EXIT_SUCCESS : EXIT_FAILURE;
}
