// Bytes that cross the seam without a copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tombolo/result.hpp"

TOMBOLO_NAMESPACE_BEGIN

class CompletionQueue;

/// A shared, immutable view of bytes. A copy or a slice counts a reference and copies nothing.
///
/// Thread safety: as `std::shared_ptr`: different objects may share their bytes between threads.
/// In C++20 it converts to `std::span<const std::byte>`.
class TOMBOLO_API Bytes {
 public:
  using value_type = std::byte;

  Bytes() noexcept = default;
  /// Takes over what the string holds. No copy.
  // NOLINTNEXTLINE(google-explicit-constructor): a moved buffer is bytes.
  Bytes(std::string&& text);
  /// Takes over what the vector holds. No copy.
  // NOLINTNEXTLINE(google-explicit-constructor): a moved buffer is bytes.
  Bytes(std::vector<std::byte>&& bytes);
  // NOLINTNEXTLINE(google-explicit-constructor): a moved buffer is bytes.
  Bytes(std::vector<std::uint8_t>&& bytes);
  // NOLINTNEXTLINE(google-explicit-constructor): a moved buffer is bytes.
  Bytes(std::vector<char>&& bytes);

  Bytes(const Bytes& other) noexcept;
  Bytes(Bytes&& other) noexcept;
  Bytes& operator=(Bytes other) noexcept;
  ~Bytes();

  /// Copies a borrowed view. `resource_exhausted` if there is no memory for it.
  [[nodiscard]] static Result<Bytes> copy_of(const void* data, std::size_t size);
  [[nodiscard]] static Result<Bytes> copy_of(std::string_view text) {
    return copy_of(text.data(), text.size());
  }

  /// Lends `size` bytes at `data`, which `owner` keeps alive and nobody changes. No copy. When the
  /// last user is done, `owner` is released in a drain of `queue`, on the service's own thread.
  /// If the queue is gone by then, the next drain of any queue does it.
  [[nodiscard]] static Result<Bytes> lend(std::shared_ptr<const void> owner, const void* data,
                                          std::size_t size, CompletionQueue& queue);

  [[nodiscard]] const std::byte* data() const noexcept TOMBOLO_LIFETIMEBOUND {
    return reinterpret_cast<const std::byte*>(raw_.data);
  }
  [[nodiscard]] std::size_t size() const noexcept { return raw_.len; }
  [[nodiscard]] bool empty() const noexcept { return raw_.len == 0; }
  [[nodiscard]] const std::byte* begin() const noexcept TOMBOLO_LIFETIMEBOUND { return data(); }
  [[nodiscard]] const std::byte* end() const noexcept TOMBOLO_LIFETIMEBOUND {
    return data() + size();
  }
  [[nodiscard]] std::string_view view() const noexcept TOMBOLO_LIFETIMEBOUND {
    return {reinterpret_cast<const char*>(raw_.data), raw_.len};
  }
  /// Copies the bytes into a string.
  [[nodiscard]] std::string to_string() const { return std::string(view()); }

  /// A part of these bytes, sharing them. What lies beyond the end is cut off.
  [[nodiscard]] Bytes slice(std::size_t offset, std::size_t count = SIZE_MAX) const noexcept;

  /// For bridges of one's own: gives the bytes up to a bridge function that takes `RawBytes`.
  [[nodiscard]] RawBytes release() && noexcept;
  /// For bridges of one's own: takes over what a bridge function returned.
  explicit Bytes(RawBytes raw) noexcept : raw_(raw) {}

 private:
  /// The words of the owner may change, atomically, when it is shared.
  mutable RawBytes raw_;
};

TOMBOLO_NAMESPACE_END
