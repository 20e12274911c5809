// Errors: one pointer to the Rust side's, and their way into std::error_code.
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

ErrorCode code_of(const detail::RawError& raw) noexcept {
  return static_cast<ErrorCode>(ffi::error_facts(raw).code);
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
                          detail::slice(message))),
      code_(code_of(raw_)) {}

Error::Error(detail::RawError raw) noexcept : raw_(raw), code_(code_of(raw)) {}

Error::Error(const Error& other) : raw_(ffi::error_share(other.raw_)), code_(other.code_) {}

Error::Error(Error&& other) noexcept
    : raw_(std::exchange(other.raw_, detail::RawError())), code_(other.code_) {}

Error& Error::operator=(Error other) noexcept {
  std::swap(raw_, other.raw_);
  std::swap(code_, other.code_);
  return *this;
}

Error::~Error() {
  if (raw_.error != nullptr) {
    ffi::error_drop(raw_);
  }
}

detail::RawError Error::release() && noexcept { return std::exchange(raw_, detail::RawError()); }

ErrorKind Error::kind() const noexcept {
  return static_cast<ErrorKind>(ffi::error_facts(raw_).kind);
}

Effect Error::effect() const noexcept { return static_cast<Effect>(ffi::error_facts(raw_).effect); }

bool Error::retryable() const noexcept { return ffi::error_facts(raw_).retryable; }

std::uint32_t Error::attempts() const noexcept { return ffi::error_facts(raw_).attempts; }

std::uint32_t Error::service_status() const noexcept {
  return ffi::error_facts(raw_).service_status;
}

std::string_view Error::message() const noexcept { return detail::view(ffi::error_message(raw_)); }

std::string_view Error::service() const noexcept { return detail::view(ffi::error_service(raw_)); }

std::string_view Error::operation() const noexcept {
  return detail::view(ffi::error_operation(raw_));
}

std::string_view Error::request_id() const noexcept {
  return detail::view(ffi::error_request_id(raw_));
}

std::vector<std::string> Error::causes() const {
  std::vector<std::string> causes;
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
  text.append(message()).append(" (").append(tombolo::to_string(code_)).append(")");
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
