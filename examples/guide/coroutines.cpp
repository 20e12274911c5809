// Of the guide: coroutines of C++20 on a queue, and std::stop_token.
#include <chrono>
#include <coroutine>
#include <cstdlib>
#include <exception>
#include <stop_token>
#include <string>
#include <utility>

#include "tombolo/stop_token.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;

/// The smallest coroutine: it starts at once and frees itself at its end.
struct Task {
  struct promise_type {
    Task get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

Task copy_upper(tombolo::BlobStore store, const tombolo::CompletionQueue& queue,
                std::stop_token stop, bool& done) {
  const tombolo::StopLink link(std::move(stop));
  const auto got = co_await store.get("name").cancel_on(link.token()).on(queue);
  if (!got) co_return;
  std::string text = got->to_string();
  text[0] = 'T';
  const auto put = co_await store.put("Name", std::move(text)).on(queue);
  done = put.has_value();
}

}  // namespace

int main() {
  auto store = tombolo::BlobStore::open("mem:").value();
  auto queue = tombolo::CompletionQueue::create().value();
  if (!store.put("name", std::string("tombolo")).wait()) return 1;
  const std::stop_source stop;
  bool done = false;
  copy_upper(store, queue, stop.get_token(), done);
  while (!queue.drained()) {
    if (!queue.wait_for(1s)) return 2;
  }
  return done && store.get("Name").wait().value().view() == "Tombolo" ? EXIT_SUCCESS : 3;
}
