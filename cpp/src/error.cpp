// Errors: what is not in the hands of C++ is asked of the Rust side's; their way into
// std::error_code.
#include "tombolo/error.hpp"

#include <utility>

#include "bridge.hpp"

TOMBOLO_NAMESPACE_BEGIN

namespace {

class Category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "tombolo"; }

  [[nodiscard]] std::string message(int code) const override {
    return std::string(to_string(static_cast<ErrorCode>(code)));
  }

  [[nodiscard]] std::error_condition default_error_condition(int code) const noexcept override {
    switch (static_cast<ErrorCode>(code)) {
      case ErrorCode::cancelled:
        return std::errc::operation_canceled;
      case ErrorCode::invalid_argument:
      case ErrorCode::out_of_range:
        return std::errc::invalid_argument;
      case ErrorCode::deadline_exceeded:
        return std::errc::timed_out;
      case ErrorCode::not_found:
        return std::errc::no_such_file_or_directory;
      case ErrorCode::already_exists:
        return std::errc::file_exists;
      case ErrorCode::permission_denied:
      case ErrorCode::unauthenticated:
        return std::errc::permission_denied;
      case ErrorCode::resource_exhausted:
        return std::errc::resource_unavailable_try_again;
      case ErrorCode::unimplemented:
        return std::errc::function_not_supported;
      case ErrorCode::unavailable:
        return std::errc::host_unreachable;
      case ErrorCode::data_loss:
        return std::errc::io_error;
      case ErrorCode::unknown:
      case ErrorCode::failed_precondition:
      case ErrorCode::aborted:
      case ErrorCode::internal:
        break;
    }
    return {code, *this};
  }
};

/// One of the texts that only a detailed error has.
template <class Ask>
std::string_view text_of(const detail::RawError& raw, Ask ask) noexcept {
  return raw.is_detailed() ? detail::view(ask(raw)) : std::string_view();
}

}  // namespace

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::unknown:
      return "unknown";
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::deadline_exceeded:
      return "deadline_exceeded";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::already_exists:
      return "already_exists";
    case ErrorCode::permission_denied:
      return "permission_denied";
    case ErrorCode::resource_exhausted:
      return "resource_exhausted";
    case ErrorCode::failed_precondition:
      return "failed_precondition";
    case ErrorCode::aborted:
      return "aborted";
    case ErrorCode::out_of_range:
      return "out_of_range";
    case ErrorCode::unimplemented:
      return "unimplemented";
    case ErrorCode::internal:
      return "internal";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::data_loss:
      return "data_loss";
    case ErrorCode::unauthenticated:
      return "unauthenticated";
  }
  return "no error code of this version";
}

const std::error_category& error_category() noexcept {
  // Never destroyed: static destructors may still compare error codes.
  static const Category& category = *new Category();
  return category;
}

std::error_code make_error_code(ErrorCode code) noexcept {
  return {static_cast<int>(code), error_category()};
}

Error::Error(ErrorCode code, std::string_view message, ErrorKind kind)
    : raw_(ffi::error_new(static_cast<std::uint32_t>(code), static_cast<std::uint32_t>(kind),
                          detail::slice(message))) {}

detail::RawError Error::share() const { return ffi::error_share(raw_); }

void Error::drop() noexcept { ffi::error_drop(raw_); }

std::uint32_t Error::attempts() const noexcept {
  return raw_.is_detailed() ? ffi::error_attempts(raw_) : std::uint32_t{raw_.is_error()};
}

std::uint32_t Error::service_status() const noexcept {
  return raw_.is_detailed() ? ffi::error_service_status(raw_) : 0;
}

std::string_view Error::message() const noexcept {
  return raw_.is_detailed() ? detail::view(ffi::error_message(raw_))
                            : std::string_view(static_cast<const char*>(raw_.data), raw_.len);
}

std::string_view Error::service() const noexcept { return text_of(raw_, ffi::error_service); }

std::string_view Error::operation() const noexcept { return text_of(raw_, ffi::error_operation); }

std::string_view Error::request_id() const noexcept { return text_of(raw_, ffi::error_request_id); }

std::vector<std::string> Error::causes() const {
  std::vector<std::string> causes;
  if (!raw_.is_detailed()) {
    return causes;
  }
  for (const rust::String& cause : ffi::error_causes(raw_)) {
    causes.push_back(detail::to_std(cause));
  }
  return causes;
}

std::string Error::to_string() const {
  std::string text;
  if (!service().empty()) {
    text.append(service()).append(".").append(operation()).append(": ");
  }
  text.append(message()).append(" (").append(tombolo::to_string(code())).append(")");
  for (const std::string& cause : causes()) {
    text.append(": ").append(cause);
  }
  return text;
}

BadResultAccess::BadResultAccess(Error error)
    : std::runtime_error(error.to_string()), error_(std::move(error)) {}

BadResultAccess::~BadResultAccess() = default;

namespace detail {

void throw_bad_result_access(const Error& error) { throw BadResultAccess(error); }

void throw_bad_error_access() {
  throw BadResultAccess(
      Error(ErrorCode::failed_precondition, "error() was called on a result that holds a value"));
}

}  // namespace detail
TOMBOLO_NAMESPACE_END
