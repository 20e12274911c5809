#include "cpp/loop.hpp"

#include <chrono>

#include "common/figures.hpp"

namespace rivals {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);

}  // namespace

void Loop::post(std::coroutine_handle<> coroutine) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(coroutine);
  // Otherwise the loop has been told already. Told under the lock, which the last to come back must
  // not outlive.
  if (waiting_.size() == 1) posted_.notify_one();
}

void Loop::run_while(const std::size_t& open) {
  std::vector<std::coroutine_handle<>> batch;
  while (open > 0) {
    {
      std::unique_lock lock(mutex_);
      if (!posted_.wait_for(lock, kPatience, [&] { return !waiting_.empty(); })) {
        fail("nothing has come back for ten seconds");
      }
      batch.swap(waiting_);
    }
    for (const std::coroutine_handle<> coroutine : batch) coroutine.resume();
    batch.clear();
  }
}

}  // namespace rivals
