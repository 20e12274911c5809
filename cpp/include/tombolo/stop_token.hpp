// C++20: std::stop_token cancels operations.
#pragma once

#include <memory>
#include <stop_token>
#include <utility>

#include "tombolo/cancellation.hpp"

TOMBOLO_NAMESPACE_BEGIN

/// A `std::stop_token` as a token of ours, for `Operation::cancel_on`. The link lives as long as
/// the returned object: `StopLink link(stop); op.cancel_on(link.token())`.
class StopLink {
 public:
  explicit StopLink(std::stop_token token) : callback_(std::move(token), Cancel{source_}) {}
  [[nodiscard]] CancellationToken token() const noexcept { return source_.token(); }

 private:
  struct Cancel {
    CancellationSource source;
    void operator()() const noexcept { source.cancel(); }
  };
  CancellationSource source_;
  std::stop_callback<Cancel> callback_;
};

TOMBOLO_NAMESPACE_END
