// The smallest coroutines: one that runs by itself, and one whose frame a test destroys.
#pragma once

#include <coroutine>
#include <exception>
#include <utility>

namespace tombolo_test {

/// Starts at once, frees itself at its end.
struct Task {
  struct promise_type {
    Task get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

/// Starts at once; its frame lives as long as this, and what it throws comes out of the resumption.
class Frame {
 public:
  struct promise_type {
    Frame get_return_object() noexcept {
      return Frame(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() { throw; }
  };

  explicit Frame(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  Frame(Frame&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Frame& operator=(Frame&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Frame() { destroy(); }
  void destroy() noexcept {
    if (handle_) {
      std::exchange(handle_, nullptr).destroy();
    }
  }
  [[nodiscard]] bool done() const noexcept { return handle_.done(); }

 private:
  std::coroutine_handle<promise_type> handle_;
};

}  // namespace tombolo_test
