// A stream of items that Rust produces and C++ pulls.
#pragma once

#include <optional>
#include <utility>

#include "tombolo/operation.hpp"

TOMBOLO_NAMESPACE_BEGIN

namespace detail {

/// Owns a stream of the Rust side.
class TOMBOLO_API StreamHandle {
 public:
  StreamHandle() noexcept = default;
  explicit StreamHandle(StreamTicket ticket) noexcept : ticket_(ticket) {}
  StreamHandle(StreamHandle&& other) noexcept
      : ticket_(std::exchange(other.ticket_, StreamTicket{nullptr})) {}
  StreamHandle& operator=(StreamHandle&& other) noexcept {
    StreamHandle old(std::move(*this));
    ticket_ = std::exchange(other.ticket_, StreamTicket{nullptr});
    return *this;
  }
  StreamHandle(const StreamHandle&) = delete;
  StreamHandle& operator=(const StreamHandle&) = delete;
  ~StreamHandle();

  /// The operation that answers with the next item; an error if this handle is empty.
  [[nodiscard]] Op next() const noexcept;

 private:
  StreamTicket ticket_{nullptr};
};

}  // namespace detail

/// A stream. Nothing runs ahead: each `next` pulls one item, and one `next` may be under way at a
/// time (a second is answered with `failed_precondition`). Destroying the stream ends it.
template <class T>
class [[nodiscard]] Stream {
 public:
  using value_type = T;

  Stream() noexcept = default;
  /// For bridges of one's own; see `tombolo::stream`.
  Stream(StreamTicket ticket, detail::Take<T> take) noexcept : handle_(ticket), take_(take) {}

  /// The next item, or `std::nullopt` at the end and ever after. A `next` that is cancelled, by a
  /// token or its deadline, loses no item; one that is destroyed may take its item with it.
  [[nodiscard]] Operation<std::optional<T>> next() const noexcept {
    return {handle_.next(), detail::item_collector<T>(take_)};
  }

 private:
  detail::StreamHandle handle_;
  detail::Take<T> take_ = nullptr;
};

TOMBOLO_NAMESPACE_END
