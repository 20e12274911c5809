// Lent buffers: their loans, at the seam.
#include "tombolo/lent_buffer.hpp"

#include "bridge.hpp"
#include "tombolo/completion_queue.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {

Result<RawBuffer> lend_buffer(void* data, std::size_t size, Completion* lent,
                              const CompletionQueue* queue) noexcept {
  if (queue != nullptr && queue->handle() == nullptr) {
    return unexpected(Error(ErrorCode::invalid_argument, "queue: it was not created"));
  }
  RawError error;
  const RawBuffer raw = ffi::buffer_lend(static_cast<std::uint8_t*>(data), size, lent,
                                         queue == nullptr ? nullptr : queue->handle(), error);
  if (error.is_error()) {
    return unexpected(Error(error));
  }
  return raw;
}

Completion* take_back(RawBuffer buffer) noexcept { return ffi::buffer_take_back(buffer); }

}  // namespace detail
TOMBOLO_NAMESPACE_END
