// Cancelling many operations at once, in C++17; C++20's std::stop_token joins in by
// tombolo/stop_token.hpp.
#pragma once

#include <cstdint>
#include <utility>

#include "tombolo/detail/abi.hpp"

TOMBOLO_NAMESPACE_BEGIN

namespace detail {
struct CancellationState;
class Op;
class CancelRegistration;
}  // namespace detail

/// Sees whether its source was cancelled; hand it to operations. Cheap to copy, safe from any
/// thread.
class TOMBOLO_API CancellationToken {
 public:
  /// A token that is never cancelled.
  CancellationToken() noexcept = default;
  CancellationToken(const CancellationToken& other) noexcept : state_(other.state_) {
    if (state_ != nullptr) {
      retain(*state_);
    }
  }
  CancellationToken(CancellationToken&& other) noexcept
      : state_(std::exchange(other.state_, nullptr)) {}
  CancellationToken& operator=(CancellationToken other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~CancellationToken() {
    if (state_ != nullptr) {
      release(*state_);
    }
  }
  [[nodiscard]] bool cancelled() const noexcept;

 private:
  friend class CancellationSource;
  friend class detail::CancelRegistration;
  static void retain(detail::CancellationState& state) noexcept;
  static void release(detail::CancellationState& state) noexcept;

  detail::CancellationState* state_ = nullptr;  // one word, and most operations have none
};

/// Cancels every operation that was given its token. Safe from any thread. Dropping it does not
/// cancel.
class TOMBOLO_API CancellationSource {
 public:
  CancellationSource();
  [[nodiscard]] CancellationToken token() const noexcept { return token_; }
  /// Asks the operations to end; each completes as cancelled, or as what it has become. Does not
  /// block. Operations started later with this token complete as cancelled at once.
  void cancel() const noexcept;

 private:
  CancellationToken token_;
};

namespace detail {

/// Keeps an operation known to its token for as long as it runs. Most operations have no token, so
/// what they need of this is inline.
class TOMBOLO_API CancelRegistration {
 public:
  explicit CancelRegistration(CancellationToken token = {}) noexcept : token_(std::move(token)) {}
  CancelRegistration(const CancelRegistration&) = delete;
  CancelRegistration& operator=(const CancelRegistration&) = delete;
  ~CancelRegistration() { reset(); }

  /// Once. Cancels the operation if the token was cancelled before.
  void enter(const Op& op) {
    if (token_.state_ != nullptr) {
      add(op);
    }
  }
  /// The operation has ended.
  void reset() noexcept {
    if (token_.state_ != nullptr) {
      remove();
    }
  }

 private:
  void add(const Op& op);
  void remove() noexcept;

  CancellationToken token_;
  std::uint64_t id_ = 0;  // where the token knows the operation
};

}  // namespace detail

TOMBOLO_NAMESPACE_END
