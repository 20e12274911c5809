// A completion queue in a libuv loop.
#pragma once

#include <uv.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "tombolo/tombolo.hpp"

/// Belongs to the loop's thread. A callback that throws ends the process: an exception cannot pass
/// through libuv, which is C.
class UvQueue {
 public:
  explicit UvQueue(uv_loop_t& loop) {
    auto handle = std::make_unique<uv_poll_t>();
    if (const int error = uv_poll_init(&loop, handle.get(), queue_.fd()); error != 0) {
      throw std::runtime_error(uv_strerror(error));
    }
    handle_ = handle.release();
    handle_->data = this;
    uv_poll_start(handle_, UV_READABLE, on_readable);
  }
  ~UvQueue() { stop(); }
  UvQueue(const UvQueue&) = delete;
  UvQueue& operator=(const UvQueue&) = delete;

  [[nodiscard]] tombolo::CompletionQueue& queue() { return queue_; }

  /// Nothing more is drained, and the loop may end. Also from a callback.
  void stop() noexcept {
    if (handle_ == nullptr) return;
    // The loop needs the handle until it has closed it, and this object may be gone by then.
    uv_close(reinterpret_cast<uv_handle_t*>(std::exchange(handle_, nullptr)),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
  }

 private:
  static void on_readable(uv_poll_t* handle, int status, int) noexcept {
    auto* self = static_cast<UvQueue*>(handle->data);
    // An error means a forked child, or another thread that drains: not to be asked for ever.
    if (status != 0 || !self->queue_.poll()) self->stop();
  }

  tombolo::CompletionQueue queue_ = tombolo::CompletionQueue::create().value();
  uv_poll_t* handle_ = nullptr;
};
