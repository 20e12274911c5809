// What both languages lay out alike. Its other half is bridge/src/crossing/abi.rs, which asserts
// the sizes on the Rust side; cpp/src/abi.cpp asserts them here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tombolo/detail/config.hpp"

TOMBOLO_NAMESPACE_BEGIN

/// An operation on its way through the seam, as a bridge function returns it. Wrap it at once with
/// `tombolo::operation<T>`, which owns it from then on.
struct Ticket {
  void* slot = nullptr;
};

/// A stream on its way through the seam. Wrap it at once with `tombolo::stream<T>`.
struct StreamTicket {
  void* stream = nullptr;
};

/// Bytes on their way through the seam: a view, and its owner in four opaque words.
struct RawBytes {
  const std::uint8_t* data = nullptr;
  std::size_t len = 0;
  void* owner[4] = {};
};

/// Memory that is lent to be written into, on its way through the seam.
struct RawBuffer {
  void* loan = nullptr;
};

/// A handler on its way through the seam: pass it on to a bridge function at once.
struct RawHandler {
  const void* handler = nullptr;
};

/// A runtime on its way through the seam, or null for the default one: pass it on to a bridge
/// function at once.
struct RawRuntime {
  const void* runtime = nullptr;
};

/// A call of a handler, in two opaque words.
struct RawCall {
  void* call[2] = {};
};

namespace detail {

/// An error as it crosses the seam. One that is plain, which is a code and a text that lives as
/// long as the process, is all here; another is a pointer to the Rust side's, which owns it.
struct RawError {
  static constexpr std::uint8_t kRetryable = 1;
  static constexpr std::uint8_t kDetailed = 2;

  const void* data = nullptr;  // a plain one's text; null is no error
  std::uint32_t len = 0;       // … of so many bytes
  std::uint8_t code = 0;
  std::uint8_t kind = 0;
  std::uint8_t effect = 0;
  std::uint8_t flags = 0;

  [[nodiscard]] bool is_error() const noexcept { return data != nullptr; }
  /// Whether it is a pointer to the Rust side's, which must hear when it is copied or dropped.
  [[nodiscard]] bool is_detailed() const noexcept { return (flags & kDetailed) != 0; }
};

/// Whoever is to be called when an operation has completed.
struct Completion {
  void (*run)(Completion*);
};

}  // namespace detail

TOMBOLO_NAMESPACE_END
