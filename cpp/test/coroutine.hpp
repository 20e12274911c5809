// The smallest coroutine that runs by itself.
#pragma once

#include <coroutine>
#include <exception>

namespace tombolo_test_coroutine {

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

}  // namespace tombolo_test_coroutine
