// What a completion queue is on this side of the seam, for those who keep it.
#pragma once

#include <atomic>
#include <thread>

#include "bridge.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {

struct QueueImpl {
  explicit QueueImpl(ffi::Queue* from) noexcept : queue(from) {}
  QueueImpl(const QueueImpl&) = delete;
  QueueImpl& operator=(const QueueImpl&) = delete;
  ~QueueImpl() { ffi::queue_free(queue); }

  ffi::Queue* queue;
  /// The thread that drains it now; read by whoever destroys the queue, which that thread may be.
  std::atomic<std::thread::id> consumer;
};

}  // namespace detail

TOMBOLO_NAMESPACE_END
