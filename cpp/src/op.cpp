// Operations without their types, and how the values that Tombolo knows are moved out of them.
#include "tombolo/detail/op.hpp"

#include <utility>

#include "bridge.hpp"
#include "tombolo-bridge/src/crossing/diagnostics.rs.h"
#include "tombolo/diagnostics.hpp"
#include "tombolo/stream.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {

namespace {

/// Its queue was never created.
[[gnu::noinline]] Op::Outcome refuse(const Ticket& op) noexcept {
  constexpr std::string_view kWhy = "queue: it was not created; see CompletionQueue::create";
  ffi::op_refuse(op, Error(ErrorCode::failed_precondition, kWhy).release());
  return Op::Outcome::error;
}

}  // namespace

void Op::drop() noexcept { ffi::op_drop(std::exchange(ticket_, Ticket{nullptr})); }

Op Op::gone() noexcept {
  return failed_op(Error(ErrorCode::failed_precondition,
                         "operation: it was consumed or moved from before; create it anew"));
}

Op Op::share() const noexcept { return Op(ffi::op_share(ticket_)); }

void Op::set_timeout(std::chrono::nanoseconds timeout) noexcept {
  ffi::op_set_timeout(ticket_, timeout.count());
}

void Op::set_max_attempts(std::uint32_t attempts) noexcept {
  ticket_ = ffi::op_with_max_attempts(ticket_, attempts);
}

void Op::set_hedge_after(std::chrono::nanoseconds after) noexcept {
  ticket_ = ffi::op_with_hedge_after(ticket_, after.count());
}

void Op::set_trace_parent(std::string_view text) noexcept {
  ticket_ = ffi::op_with_trace_parent(ticket_, slice(text));
}

Op::Outcome Op::start(const Ticket& op, const ffi::Queue* queue, Completion* completion,
                      std::uint32_t kind, void* place) noexcept {
  if (queue == nullptr) {
    return refuse(op);
  }
  return static_cast<Outcome>(
      ffi::op_start(op, *queue, completion, kind, static_cast<std::uint8_t*>(place)));
}

Op::Delivery Op::deliver(const Ticket& op, const CompletionQueue& queue) noexcept {
  const auto* handle = queue.handle();
  if (handle == nullptr) {
    return Delivery::no_queue;
  }
  return ffi::op_deliver(op, *handle) ? Delivery::sent : Delivery::unheard;
}

Op::Outcome Op::start_direct(const Ticket& op, Completion* completion) noexcept {
  return static_cast<Outcome>(ffi::op_start_direct(op, completion));
}

Op::Outcome Op::wait() const noexcept { return static_cast<Outcome>(ffi::op_wait(ticket_)); }

void Op::cancel() const noexcept { ffi::op_cancel(ticket_); }

Completion* Op::abandon() const noexcept { return ffi::op_abandon(ticket_); }

Op::Outcome Op::outcome() const noexcept { return static_cast<Outcome>(ffi::op_outcome(ticket_)); }

Error Op::error() const noexcept { return Error(ffi::op_error(ticket_)); }

Op failed_op(Error error) noexcept { return Op(ffi::op_failed(std::move(error).release())); }

Error wrong_type() noexcept { return Error(ffi::op_wrong_type()); }

bool take(const Ticket& op, bool& out) noexcept { return ffi::take_bool(op, out); }

bool take(const Ticket& op, std::int64_t& out) noexcept { return ffi::take_i64(op, out); }

bool take(const Ticket& op, std::uint64_t& out) noexcept { return ffi::take_u64(op, out); }

bool take(const Ticket& op, double& out) noexcept { return ffi::take_f64(op, out); }

bool take(const Ticket& op, std::string& out) noexcept {
  rust::String text;
  if (!ffi::take_string(op, text)) {
    return false;
  }
  out = to_std(text);
  return true;
}

bool take(const Ticket& op, Bytes& out) noexcept {
  RawBytes raw;
  if (!ffi::take_bytes(op, raw)) {
    return false;
  }
  out = Bytes(raw);
  return true;
}

bool take_unit(const Ticket& op) noexcept { return ffi::take_unit(op); }

StreamHandle::~StreamHandle() {
  if (ticket_.stream != nullptr) {
    ffi::stream_drop(ticket_);
  }
}

Op StreamHandle::next() const noexcept {
  if (ticket_.stream == nullptr) {
    return failed_op(Error(ErrorCode::failed_precondition, "this stream is empty"));
  }
  return Op(ffi::stream_next(ticket_));
}

}  // namespace detail

// Here, since a program has this file whenever it has an operation.
[[gnu::used]] void print_operations_in_flight() noexcept { ffi::print_operations_in_flight(); }

TOMBOLO_NAMESPACE_END
