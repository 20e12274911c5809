// The one error type: a stable code, and what a caller needs to decide what to do next.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tombolo/detail/abi.hpp"

TOMBOLO_NAMESPACE_BEGIN

/// What went wrong, by gRPC's canonical names and numbers. Stable: a number never changes meaning.
enum class ErrorCode : std::uint32_t {
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

/// The finer cause where a code alone is not enough to act on.
enum class ErrorKind : std::uint32_t {
  general = 0,
  panic = 1,
  exception = 2,
  forked = 3,
  poisoned = 4,
  shutdown = 5,
  condition_not_met = 6,
  not_modified = 7,
  invalid_text = 8,
  would_deadlock = 9,
};

/// What is known about the effect of an operation that did not succeed.
enum class Effect : std::uint32_t { none = 0, unknown = 1, done = 2 };

/// The code's name, such as "not_found".
TOMBOLO_API std::string_view to_string(ErrorCode code) noexcept;

/// The category of `std::error_code`s made from Tombolo's errors; it compares with `std::errc`.
TOMBOLO_API const std::error_category& error_category() noexcept;

/// For `std::error_code code = ErrorCode::not_found`.
TOMBOLO_API std::error_code make_error_code(ErrorCode code) noexcept;

/// An error by value. Cheap to move; a copy counts a reference. Safe to use from any thread as any
/// value is. The texts are views into the error and live as long as it does.
class TOMBOLO_API Error {
 public:
  /// An error of the caller's own making. Copies the message, which should be UTF-8.
  Error(ErrorCode code, std::string_view message, ErrorKind kind = ErrorKind::general);

  Error(const Error& other) : raw_(other.raw_.is_detailed() ? other.share() : other.raw_) {}
  Error(Error&& other) noexcept : raw_(std::move(other).release()) {}
  Error& operator=(Error other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  ~Error() {
    if (raw_.is_detailed()) {
      drop();
    }
  }

  [[nodiscard]] ErrorCode code() const noexcept { return static_cast<ErrorCode>(raw_.code); }
  [[nodiscard]] ErrorKind kind() const noexcept { return static_cast<ErrorKind>(raw_.kind); }
  [[nodiscard]] Effect effect() const noexcept { return static_cast<Effect>(raw_.effect); }
  /// Whether trying again can help.
  [[nodiscard]] bool retryable() const noexcept {
    return (raw_.flags & detail::RawError::kRetryable) != 0;
  }
  /// How many attempts were made.
  [[nodiscard]] std::uint32_t attempts() const noexcept;
  /// The number the service answered with (HTTP status, errno), or 0.
  [[nodiscard]] std::uint32_t service_status() const noexcept;
  /// What was wrong and what to do about it.
  [[nodiscard]] std::string_view message() const noexcept TOMBOLO_LIFETIMEBOUND;
  /// The service, such as "blob.folder", or empty.
  [[nodiscard]] std::string_view service() const noexcept TOMBOLO_LIFETIMEBOUND;
  /// The operation that failed, such as "get", or empty.
  [[nodiscard]] std::string_view operation() const noexcept TOMBOLO_LIFETIMEBOUND;
  /// The service's own identifier of the request, or empty.
  [[nodiscard]] std::string_view request_id() const noexcept TOMBOLO_LIFETIMEBOUND;
  /// The texts of the cause chain, nearest first.
  [[nodiscard]] std::vector<std::string> causes() const;
  /// One line for a log: origin, message, code and causes.
  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] std::error_code error_code() const noexcept { return make_error_code(code()); }
  // NOLINTNEXTLINE(google-explicit-constructor): an Error stands wherever an error_code does.
  operator std::error_code() const noexcept { return error_code(); }

  /// For the library: takes over an error that crossed the seam.
  explicit Error(const detail::RawError& raw) noexcept : raw_(raw) {}
  /// For the library: gives the error up to the seam. What stays is its code.
  [[nodiscard]] detail::RawError release() && noexcept {
    detail::RawError nothing;
    nothing.code = raw_.code;
    return std::exchange(raw_, nothing);
  }

 private:
  [[nodiscard]] detail::RawError share() const;
  void drop() noexcept;

  detail::RawError raw_;
};

/// What `Result::value()` throws when there is none.
class TOMBOLO_API BadResultAccess : public std::runtime_error {
 public:
  explicit BadResultAccess(Error error);
  BadResultAccess(const BadResultAccess&) = default;
  BadResultAccess& operator=(const BadResultAccess&) = default;
  ~BadResultAccess() override;

  [[nodiscard]] const Error& error() const noexcept TOMBOLO_LIFETIMEBOUND { return error_; }

 private:
  Error error_;
};

namespace detail {

/// Throws `BadResultAccess`. In the library, so that headers read the same without exceptions.
[[noreturn]] TOMBOLO_API void throw_bad_result_access(const Error& error);
[[noreturn]] TOMBOLO_API void throw_bad_error_access();

}  // namespace detail

TOMBOLO_NAMESPACE_END

template <>
struct std::is_error_code_enum<tombolo::ErrorCode> : std::true_type {};
