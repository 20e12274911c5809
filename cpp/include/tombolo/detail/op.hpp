// What operations do, without their types. Defined in the library.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tombolo/bytes.hpp"
#include "tombolo/completion_queue.hpp"
#include "tombolo/detail/abi.hpp"
#include "tombolo/result.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {

/// Owns one reference to an operation.
class TOMBOLO_API Op {
 public:
  Op() noexcept = default;
  explicit Op(Ticket ticket) noexcept : ticket_(ticket) {}
  Op(Op&& other) noexcept : ticket_(std::exchange(other.ticket_, Ticket{nullptr})) {}
  Op& operator=(Op&& other) noexcept {
    Op old(std::move(*this));
    ticket_ = std::exchange(other.ticket_, Ticket{nullptr});
    return *this;
  }
  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;
  ~Op() { reset(); }

  void reset() noexcept {
    if (ticket_.slot != nullptr) {
      drop();
    }
  }
  [[nodiscard]] const Ticket& ticket() const noexcept { return ticket_; }
  [[nodiscard]] explicit operator bool() const noexcept { return ticket_.slot != nullptr; }

  /// This operation; one that fails if it was given away before, so that every way to consume an
  /// operation has one.
  [[nodiscard]] Op take() && noexcept { return *this ? std::move(*this) : gone(); }
  /// Another reference.
  [[nodiscard]] Op share() const noexcept;
  /// Sets the total deadline, counted from the start.
  void set_timeout(std::chrono::nanoseconds timeout) noexcept;
  /// What is asked of it beside its arguments. What makes no sense becomes its answer.
  void set_max_attempts(std::uint32_t attempts) noexcept;
  void set_hedge_after(std::chrono::nanoseconds after) noexcept;
  void set_trace_parent(std::string_view text) noexcept;
  /// How it ended, or that it has not yet.
  enum class Outcome : std::uint32_t { value = 0, end = 1, error = 2, pending = 3, given = 4 };
  /// Starts it. Unless it is pending then, it is done already, and `completion` is not called until
  /// `deliver`. By ticket: as soon as it has started, whoever owns the `Op` may be gone.
  ///
  /// `Outcome::given` where it was done at once with a value of this kind (see `Known`), which is
  /// at `place` then. That uses the reference up: `forget` it.
  [[nodiscard]] static Outcome start(const Ticket& op, const ffi::Queue* queue,
                                     Completion* completion, std::uint32_t kind = 0,
                                     void* place = nullptr) noexcept;
  [[nodiscard]] static Outcome start(const Ticket& op, const CompletionQueue& queue,
                                     Completion* completion, std::uint32_t kind = 0,
                                     void* place = nullptr) noexcept {
    return start(op, queue.handle(), completion, kind, place);
  }
  void forget() noexcept { ticket_.slot = nullptr; }
  /// What became of a completion: it comes through the queue, or is not called, since the queue was
  /// never created, or is being destroyed and hears nothing more.
  enum class Delivery { sent, no_queue, unheard };
  /// Sends the completion of an operation that was done at its start through the queue.
  [[nodiscard]] static Delivery deliver(const Ticket& op, const CompletionQueue& queue) noexcept;
  /// Starts it; `completion` is called on whatever thread finishes it, unless it is done already.
  [[nodiscard]] static Outcome start_direct(const Ticket& op, Completion* completion) noexcept;
  /// Starts it and blocks until it is done.
  [[nodiscard]] Outcome wait() const noexcept;
  void cancel() const noexcept;
  /// Cancels it; its completion will not be called any more if it is returned here.
  [[nodiscard]] Completion* abandon() const noexcept;
  /// How it ended: asked when it has. Never `pending` or `given`.
  [[nodiscard]] Outcome outcome() const noexcept;
  /// With what, after `Outcome::error`.
  [[nodiscard]] Error error() const noexcept;

 private:
  void drop() noexcept;
  static Op gone() noexcept;

  Ticket ticket_{nullptr};
};

/// An operation that was answered before it began.
TOMBOLO_API Op failed_op(Error error) noexcept;
/// The value is not of the type that was asked for.
TOMBOLO_API Error wrong_type() noexcept;

// How the values that Tombolo itself knows are moved out of an operation.
TOMBOLO_API bool take(const Ticket& op, bool& out) noexcept;
TOMBOLO_API bool take(const Ticket& op, std::int64_t& out) noexcept;
TOMBOLO_API bool take(const Ticket& op, std::uint64_t& out) noexcept;
TOMBOLO_API bool take(const Ticket& op, double& out) noexcept;
TOMBOLO_API bool take(const Ticket& op, std::string& out) noexcept;
TOMBOLO_API bool take(const Ticket& op, Bytes& out) noexcept;
TOMBOLO_API bool take_unit(const Ticket& op) noexcept;

/// A function that moves a `T` out of an operation. It may not throw: Rust may be its caller.
template <class T>
struct TakeOf {
  using Function = bool (*)(const Ticket&, T&) noexcept;
};
template <>
struct TakeOf<void> {
  using Function = bool (*)(const Ticket&) noexcept;
};
template <class T>
using Take = typename TakeOf<T>::Function;

/// What of the values that Tombolo itself knows crosses where an operation is done at its start,
/// and by which number Rust knows that. Others are taken out of the operation.
template <class T>
struct Known {
  static constexpr std::uint32_t kind = 0;
  struct Cell {};
};
template <class T, std::uint32_t Kind>
struct KnownScalar {
  static constexpr std::uint32_t kind = Kind;
  using Cell = T;
  static Result<T> result(const Cell& cell) { return cell; }
};
template <>
struct Known<void> {
  static constexpr std::uint32_t kind = 1;
  struct Cell {};
  static Result<void> result(const Cell& /*unused*/) { return {}; }
};
template <>
struct Known<bool> : KnownScalar<bool, 2> {};
template <>
struct Known<std::int64_t> : KnownScalar<std::int64_t, 3> {};
template <>
struct Known<std::uint64_t> : KnownScalar<std::uint64_t, 4> {};
template <>
struct Known<double> : KnownScalar<double, 5> {};
template <>
struct Known<Bytes> {
  static constexpr std::uint32_t kind = 6;
  using Cell = RawBytes;
  static Result<Bytes> result(const Cell& cell) { return Bytes(cell); }
};

template <class T>
Result<T> take_value(const Op& op, Take<T> take) {
  if constexpr (std::is_void_v<T>) {
    return take(op.ticket()) ? Result<void>() : Result<void>(unexpected(wrong_type()));
  } else {
    T value{};
    if (!take(op.ticket(), value)) {
      return unexpected(wrong_type());
    }
    return value;
  }
}

/// The result of an operation whose success is a `T`. `known` is its outcome, or `pending`: then it
/// is asked for that.
template <class T>
Result<T> collect(const Op& op, Op::Outcome known, void (*erased)()) {
  switch (known == Op::Outcome::pending ? op.outcome() : known) {
    case Op::Outcome::value:
      return take_value<T>(op, reinterpret_cast<Take<T>>(erased));
    case Op::Outcome::end:
      return unexpected(wrong_type());
    case Op::Outcome::error:
    case Op::Outcome::pending:
    case Op::Outcome::given:
      break;
  }
  return unexpected(op.error());
}

/// The result of a stream's `next`: an item, or nothing at its end.
template <class T>
Result<std::optional<T>> collect_item(const Op& op, Op::Outcome known, void (*erased)()) {
  switch (known == Op::Outcome::pending ? op.outcome() : known) {
    case Op::Outcome::value:
      return take_value<T>(op, reinterpret_cast<Take<T>>(erased)).transform([](T&& value) {
        return std::optional<T>(std::move(value));
      });
    case Op::Outcome::end:
      return std::optional<T>();
    case Op::Outcome::error:
    case Op::Outcome::pending:
    case Op::Outcome::given:
      break;
  }
  return unexpected(op.error());
}

/// How the outcome of an operation becomes a `Result<T>`.
template <class T>
struct Collector {
  Result<T> (*collect)(const Op&, Op::Outcome, void (*)());
  void (*take)();
  /// That of `Known`, unless the value is taken by a function of the bridge's own.
  std::uint32_t kind;

  [[nodiscard]] Result<T> operator()(const Op& op, Op::Outcome known = Op::Outcome::pending) const {
    return collect(op, known, take);
  }
};

template <class T>
Collector<T> collector(Take<T> take) noexcept {
  return {&detail::collect<T>, reinterpret_cast<void (*)()>(take), 0};
}

/// For a `T` that Tombolo itself knows.
template <class T>
Collector<T> collector() noexcept {
  if constexpr (std::is_void_v<T>) {
    return {&detail::collect<void>, reinterpret_cast<void (*)()>(&take_unit), Known<void>::kind};
  } else {
    constexpr Take<T> known = &detail::take;
    return {&detail::collect<T>, reinterpret_cast<void (*)()>(known), Known<T>::kind};
  }
}

template <class T>
Collector<std::optional<T>> item_collector(Take<T> take) noexcept {
  return {&collect_item<T>, reinterpret_cast<void (*)()>(take), 0};
}

}  // namespace detail
TOMBOLO_NAMESPACE_END
