// The service's own loop: coroutines that come back to its thread, all that are there at a time.
#pragma once

#include <condition_variable>
#include <coroutine>
#include <mutex>
#include <thread>
#include <vector>

namespace rivals {

class Loop {
 public:
  class Back;

  /// Awaiting it continues on the thread that made the loop; at once if it is that thread.
  Back back() noexcept;

  /// Continues what has come back until `open`, which only they change, is 0.
  void run_while(const std::size_t& open);

 private:
  void post(std::coroutine_handle<> coroutine);

  const std::thread::id owner_ = std::this_thread::get_id();
  std::mutex mutex_;
  std::condition_variable posted_;
  std::vector<std::coroutine_handle<>> waiting_;
};

class Loop::Back {
 public:
  explicit Back(Loop& loop) noexcept : loop_(loop) {}

  bool await_ready() const noexcept { return std::this_thread::get_id() == loop_.owner_; }
  void await_suspend(std::coroutine_handle<> coroutine) { loop_.post(coroutine); }
  void await_resume() const noexcept {}

 private:
  Loop& loop_;
};

inline Loop::Back Loop::back() noexcept { return Back(*this); }

}  // namespace rivals
