// For teams with their own Rust: what a bridge function returns, as operations and streams,
// and what it takes, as bytes and lent buffers.
#pragma once

#include "tombolo/bytes.hpp"
#include "tombolo/handler.hpp"
#include "tombolo/lent_buffer.hpp"
#include "tombolo/operation.hpp"
#include "tombolo/stream.hpp"

TOMBOLO_NAMESPACE_BEGIN

/// The operation that a bridge function returned. `T` is one that Tombolo knows: void, bool,
/// std::int64_t, std::uint64_t, double, std::string, Bytes; the Rust operation's value is (), bool,
/// i64, u64, f64, String or bytes::Bytes.
template <class T>
Operation<T> operation(Ticket ticket) noexcept {
  return {detail::Op(ticket), detail::collector<T>()};
}

/// The operation that a bridge function returned, whose value is moved out by `take`: a bridge
/// function `fn take_x(op: &Ticket, out: &mut X) -> bool { op.take_into(out) }`.
template <class T>
Operation<T> operation(Ticket ticket, detail::Take<T> take) noexcept {
  return {detail::Op(ticket), detail::collector<T>(take)};
}

/// The stream that a bridge function returned, of items that Tombolo knows.
template <class T>
Stream<T> stream(StreamTicket ticket) noexcept {
  return {ticket, &detail::take};
}

/// The stream that a bridge function returned, whose items are moved out by `take`.
template <class T>
Stream<T> stream(StreamTicket ticket, detail::Take<T> take) noexcept {
  return {ticket, take};
}

TOMBOLO_NAMESPACE_END
