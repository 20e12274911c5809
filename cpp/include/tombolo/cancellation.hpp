// Cancelling many operations at once, in C++17; C++20's std::stop_token joins in by
// tombolo/stop_token.hpp.
#pragma once

#include <cstdint>
#include <memory>

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
  [[nodiscard]] bool cancelled() const noexcept;

 private:
  friend class CancellationSource;
  friend class detail::CancelRegistration;
  std::shared_ptr<detail::CancellationState> state_;
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

/// Keeps an operation known to a token for as long as it runs. Most operations have no token, so
/// what they need of this is inline.
class TOMBOLO_API CancelRegistration {
 public:
  CancelRegistration() noexcept = default;
  CancelRegistration(const CancelRegistration&) = delete;
  CancelRegistration& operator=(const CancelRegistration&) = delete;
  ~CancelRegistration() { reset(); }

  /// Once. Cancels the operation if the token was cancelled before.
  void enter(const CancellationToken& token, const Op& op) {
    if (token.state_ != nullptr) {
      enter(token.state_, op);
    }
  }
  void reset() noexcept {
    if (id_ != 0) {
      leave();
    }
  }

 private:
  void enter(const std::shared_ptr<CancellationState>& state, const Op& op);
  void leave() noexcept;

  std::shared_ptr<CancellationState> state_;
  std::uint64_t id_ = 0;
};

}  // namespace detail

TOMBOLO_NAMESPACE_END
