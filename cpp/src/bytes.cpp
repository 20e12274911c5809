// Bytes: a reference to a Rust buffer, or a buffer of C++ lent to Rust.
#include "tombolo/bytes.hpp"

#include <algorithm>
#include <utility>

#include "bridge.hpp"
#include "tombolo/completion_queue.hpp"
#include "tombolo/lent_buffer.hpp"

TOMBOLO_NAMESPACE_BEGIN

namespace {

using detail::Lent;

/// Moves a container to the heap and lends its memory. Freeing it runs no code of the service, so
/// it may happen on any thread.
template <class Container>
RawBytes adopt(Container&& container) {
  if (container.empty()) {
    return {};
  }
  auto* lent = new Lent<std::decay_t<Container>>(std::move(container));
  detail::RawError error;
  const auto* data = reinterpret_cast<const std::uint8_t*>(lent->owner.data());
  RawBytes raw = ffi::bytes_lend(data, lent->owner.size(), lent, nullptr, error);
  if (error.is_error()) {  // only in a forked child, where nothing can be done with bytes
    ffi::error_drop(error);
    delete lent;
  }
  return raw;
}

}  // namespace

Bytes::Bytes(std::string&& text) : raw_(adopt(std::move(text))) {}
Bytes::Bytes(std::vector<std::byte>&& bytes) : raw_(adopt(std::move(bytes))) {}
Bytes::Bytes(std::vector<std::uint8_t>&& bytes) : raw_(adopt(std::move(bytes))) {}
Bytes::Bytes(std::vector<char>&& bytes) : raw_(adopt(std::move(bytes))) {}

Bytes::Bytes(const Bytes& other) noexcept : raw_(ffi::bytes_share(other.raw_)) {}

Bytes::Bytes(Bytes&& other) noexcept : raw_(std::exchange(other.raw_, RawBytes())) {}

Bytes& Bytes::operator=(Bytes other) noexcept {
  std::swap(raw_, other.raw_);
  return *this;
}

Bytes::~Bytes() {
  if (raw_.owner[0] != nullptr || raw_.len != 0) {
    ffi::bytes_drop(raw_);
  }
}

Result<Bytes> Bytes::copy_of(const void* data, std::size_t size) {
  detail::RawError error;
  const rust::Slice<const std::uint8_t> slice(static_cast<const std::uint8_t*>(data), size);
  RawBytes raw = ffi::bytes_copy(slice, error);
  if (error.is_error()) {
    return unexpected(Error(error));
  }
  return Bytes(raw);
}

Result<Bytes> Bytes::lend(std::shared_ptr<const void> owner, const void* data, std::size_t size,
                          CompletionQueue& queue) {
  if (queue.handle() == nullptr) {
    return unexpected(Error(ErrorCode::invalid_argument, "queue: it was not created"));
  }
  auto lent = std::make_unique<Lent<std::shared_ptr<const void>>>(std::move(owner));
  detail::RawError error;
  RawBytes raw = ffi::bytes_lend(static_cast<const std::uint8_t*>(data), size, lent.get(),
                                 queue.handle(), error);
  if (error.is_error()) {
    return unexpected(Error(error));
  }
  static_cast<void>(lent.release());
  return Bytes(raw);
}

Bytes Bytes::slice(std::size_t offset, std::size_t count) const noexcept {
  offset = std::min(offset, size());
  Bytes part(*this);
  part.raw_.data += offset;
  part.raw_.len = std::min(count, size() - offset);
  return part;
}

RawBytes Bytes::release() && noexcept { return std::exchange(raw_, RawBytes()); }

TOMBOLO_NAMESPACE_END
