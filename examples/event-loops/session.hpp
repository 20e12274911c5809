// What each program here does in its loop: operations on blobs by callbacks and by a coroutine.
#pragma once

#include <coroutine>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <utility>

#include "tombolo/tombolo.hpp"

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

/// Begun before the loop runs; everything after that happens in drains of `queue`. A drain is over
/// before the next begins, on whatever thread, so there is nothing to lock.
class Session {
 public:
  /// `ended` is called in a drain, as the last thing.
  Session(tombolo::BlobStore store, const tombolo::CompletionQueue& queue,
          std::function<void()> ended)
      : store_(std::move(store)), queue_(queue), ended_(std::move(ended)) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void begin() {
    copy_by_coroutine();
    store_.put("by-callbacks", std::string("hello")).then(queue_, [this](const auto& put) {
      if (put) {
        read_back();
      } else {
        end(put);
      }
    });
  }

  [[nodiscard]] bool succeeded() const { return succeeded_ == 2; }

 private:
  void read_back() {
    store_.get("by-callbacks").then(queue_, [this](const auto& got) { end(got); });
  }

  Task copy_by_coroutine() {
    const auto put = co_await store_.put("by-coroutine", std::string("hello")).on(queue_);
    if (!put) {
      end(put);
      co_return;
    }
    const auto copied = co_await store_.copy("by-coroutine", "copied").on(queue_);
    end(copied);
  }

  template <class T>
  void end(const tombolo::Result<T>& result) {
    if (result) {
      ++succeeded_;
    } else {
      std::fprintf(stderr, "%s\n", result.error().to_string().c_str());
    }
    if (--running_ == 0) ended_();
  }

  tombolo::BlobStore store_;
  const tombolo::CompletionQueue& queue_;
  std::function<void()> ended_;
  int running_ = 2;
  int succeeded_ = 0;
};

/// The store that is named on the command line.
inline tombolo::BlobStore store_of(int count, char** arguments) {
  return tombolo::BlobStore::open(count > 1 ? arguments[1] : "mem:").value();
}
