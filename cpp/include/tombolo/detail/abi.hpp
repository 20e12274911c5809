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

/// An error on its way through the seam; null is none.
struct RawError {
  const void* error = nullptr;
};

/// Whoever is to be called when an operation has completed.
struct Completion {
  void (*run)(Completion*);
};

}  // namespace detail

TOMBOLO_NAMESPACE_END
