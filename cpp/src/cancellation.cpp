// Tokens: the operations a source knows, each by a reference of its own.
#include "tombolo/cancellation.hpp"

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <utility>

#include "bridge.hpp"
#include "tombolo/detail/op.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {

struct CancellationState {
  std::atomic<std::size_t> references{1};
  std::mutex mutex;
  bool cancelled = false;
  std::uint64_t next_id = 1;
  std::map<std::uint64_t, Op> operations;
};

void CancelRegistration::add(const Op& op) {
  if (ffi::in_forked_child()) {
    return;
  }
  CancellationState& state = *token_.state_;
  std::unique_lock lock(state.mutex);
  if (state.cancelled) {
    lock.unlock();
    op.cancel();
    return;
  }
  id_ = state.next_id++;
  state.operations.emplace(id_, op.share());
}

void CancelRegistration::remove() noexcept {
  const CancellationToken token = std::move(token_);
  const std::uint64_t id = std::exchange(id_, 0);
  if (id == 0 || ffi::in_forked_child()) {
    return;
  }
  CancellationState& state = *token.state_;
  Op op;  // dropped after the lock is released
  const std::lock_guard lock(state.mutex);
  const auto found = state.operations.find(id);
  if (found != state.operations.end()) {
    op = std::move(found->second);
    state.operations.erase(found);
  }
}

}  // namespace detail

void CancellationToken::retain(detail::CancellationState& state) noexcept {
  state.references.fetch_add(1, std::memory_order_relaxed);
}

void CancellationToken::release(detail::CancellationState& state) noexcept {
  if (state.references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    delete &state;
  }
}

bool CancellationToken::cancelled() const noexcept {
  if (state_ == nullptr || ffi::in_forked_child()) {
    return false;
  }
  const std::lock_guard lock(state_->mutex);
  return state_->cancelled;
}

CancellationSource::CancellationSource() { token_.state_ = new detail::CancellationState; }

void CancellationSource::cancel() const noexcept {
  if (ffi::in_forked_child()) {
    return;
  }
  std::map<std::uint64_t, detail::Op> operations;
  {
    const std::lock_guard lock(token_.state_->mutex);
    token_.state_->cancelled = true;
    operations.swap(token_.state_->operations);
  }
  for (const auto& [id, op] : operations) {
    op.cancel();
  }
}

TOMBOLO_NAMESPACE_END
