// A value or an error, with the interface of std::expected<T, Error>: moving over is a rename.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "tombolo/error.hpp"

TOMBOLO_NAMESPACE_BEGIN

/// An error on its way into a `Result`, as `std::unexpected<Error>`.
class unexpected {
 public:
  explicit unexpected(Error error) noexcept : error_(std::move(error)) {}
  [[nodiscard]] const Error& error() const& noexcept { return error_; }
  [[nodiscard]] Error&& error() && noexcept { return std::move(error_); }

 private:
  Error error_;
};

template <class T>
class Result;

namespace detail {

template <class T>
struct IsResult : std::false_type {};
template <class T>
struct IsResult<Result<T>> : std::true_type {};

/// Calls `f` with a value, or with nothing where the value is void.
template <class T, class F, class R>
decltype(auto) call_with(F&& f, R&& result) {
  if constexpr (std::is_void_v<T>) {
    return std::forward<F>(f)();
  } else {
    return std::forward<F>(f)(*std::forward<R>(result));
  }
}

/// What `Result<T>` and `Result<void>` have in common; `Self` is the one of the two.
template <class T, class Self>
class ResultBase {
 public:
  [[nodiscard]] explicit operator bool() const noexcept { return self().has_value(); }

  /// Throws `BadResultAccess` if there is an error: out of line, so without exceptions here.
  void require_value() const {
    if (!self().has_value()) {
      throw_bad_result_access(self().error());
    }
  }

  /// Goes on with `f(value)`, which returns a `Result`.
  template <class F>
  auto and_then(F&& f) && {
    using Next = std::decay_t<decltype(call_with<T>(std::forward<F>(f), std::move(self())))>;
    static_assert(IsResult<Next>::value, "and_then: f must return a tombolo::Result");
    if (!self().has_value()) {
      return Next(unexpected(std::move(self()).error()));
    }
    return call_with<T>(std::forward<F>(f), std::move(self()));
  }

  /// Goes on with `f(value)` as the new value.
  template <class F>
  auto transform(F&& f) && {
    using U = std::decay_t<decltype(call_with<T>(std::forward<F>(f), std::move(self())))>;
    if (!self().has_value()) {
      return Result<U>(unexpected(std::move(self()).error()));
    }
    if constexpr (std::is_void_v<U>) {
      call_with<T>(std::forward<F>(f), std::move(self()));
      return Result<U>();
    } else {
      return Result<U>(call_with<T>(std::forward<F>(f), std::move(self())));
    }
  }

  /// Goes on with `f(error)`, which returns a `Result` of the same type.
  template <class F>
  Self or_else(F&& f) && {
    return self().has_value() ? std::move(self()) : std::forward<F>(f)(std::move(self()).error());
  }

 private:
  Self& self() noexcept { return static_cast<Self&>(*this); }
  const Self& self() const noexcept { return static_cast<const Self&>(*this); }
};

}  // namespace detail

/// A `T` or an `Error`. Access to what is not there throws `BadResultAccess`, also by `*` and `->`.
template <class T>
class [[nodiscard]] Result : public detail::ResultBase<T, Result<T>> {
 public:
  using value_type = T;
  using error_type = Error;

  Result() : state_(std::in_place_index<0>) {}
  // NOLINTNEXTLINE(google-explicit-constructor): as std::expected.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): as std::expected.
  Result(unexpected error) : state_(std::in_place_index<1>, std::move(error).error()) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }

  [[nodiscard]] T& value() & TOMBOLO_LIFETIMEBOUND { return get(*this); }
  [[nodiscard]] const T& value() const& TOMBOLO_LIFETIMEBOUND { return get(*this); }
  [[nodiscard]] T&& value() && TOMBOLO_LIFETIMEBOUND { return std::move(get(*this)); }

  [[nodiscard]] T& operator*() & TOMBOLO_LIFETIMEBOUND { return get(*this); }
  [[nodiscard]] const T& operator*() const& TOMBOLO_LIFETIMEBOUND { return get(*this); }
  [[nodiscard]] T&& operator*() && TOMBOLO_LIFETIMEBOUND { return std::move(get(*this)); }
  [[nodiscard]] T* operator->() TOMBOLO_LIFETIMEBOUND { return &get(*this); }
  [[nodiscard]] const T* operator->() const TOMBOLO_LIFETIMEBOUND { return &get(*this); }

  [[nodiscard]] const Error& error() const& TOMBOLO_LIFETIMEBOUND { return get_error(*this); }
  [[nodiscard]] Error&& error() && TOMBOLO_LIFETIMEBOUND { return std::move(get_error(*this)); }

  template <class U>
  [[nodiscard]] T value_or(U&& otherwise) && {
    return has_value() ? std::move(get(*this)) : static_cast<T>(std::forward<U>(otherwise));
  }
  template <class U>
  [[nodiscard]] T value_or(U&& otherwise) const& {
    return has_value() ? get(*this) : static_cast<T>(std::forward<U>(otherwise));
  }

 private:
  template <class Self>
  static auto& get(Self& self) {
    self.require_value();
    return *std::get_if<0>(&self.state_);
  }
  template <class Self>
  static auto& get_error(Self& self) {
    auto* error = std::get_if<1>(&self.state_);
    if (error == nullptr) {
      detail::throw_bad_error_access();
    }
    return *error;
  }

  std::variant<T, Error> state_;
};

/// Success or an `Error`.
template <>
class [[nodiscard]] Result<void> : public detail::ResultBase<void, Result<void>> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as std::expected.
  Result(unexpected error) : state_(std::in_place_index<1>, std::move(error).error()) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  void value() const { this->require_value(); }
  void operator*() const { this->require_value(); }

  [[nodiscard]] const Error& error() const& TOMBOLO_LIFETIMEBOUND {
    return const_cast<Result*>(this)->get_error();
  }
  [[nodiscard]] Error&& error() && TOMBOLO_LIFETIMEBOUND { return std::move(get_error()); }

 private:
  Error& get_error() {
    auto* error = std::get_if<1>(&state_);
    if (error == nullptr) {
      detail::throw_bad_error_access();
    }
    return *error;
  }

  std::variant<std::monostate, Error> state_;
};

TOMBOLO_NAMESPACE_END
