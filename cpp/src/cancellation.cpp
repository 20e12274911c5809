// Tokens: the operations a source knows, each by a reference of its own.
#include "tombolo/cancellation.hpp"

#include <map>
#include <mutex>
#include <utility>

#include "bridge.hpp"
#include "tombolo/detail/op.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {

struct CancellationState {
  std::mutex mutex;
  bool cancelled = false;
  std::uint64_t next_id = 1;
  std::map<std::uint64_t, Op> operations;
};

void CancelRegistration::enter(const std::shared_ptr<CancellationState>& state, const Op& op) {
  if (ffi::in_forked_child()) {
    return;
  }
  std::unique_lock lock(state->mutex);
  if (state->cancelled) {
    lock.unlock();
    op.cancel();
    return;
  }
  id_ = state->next_id++;
  state->operations.emplace(id_, op.share());
  state_ = state;
}

void CancelRegistration::leave() noexcept {
  if (ffi::in_forked_child()) {
    return;
  }
  Op op;  // dropped after the lock is released
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->operations.find(std::exchange(id_, 0));
  if (found != state_->operations.end()) {
    op = std::move(found->second);
    state_->operations.erase(found);
  }
}

}  // namespace detail

bool CancellationToken::cancelled() const noexcept {
  if (state_ == nullptr || ffi::in_forked_child()) {
    return false;
  }
  const std::lock_guard lock(state_->mutex);
  return state_->cancelled;
}

CancellationSource::CancellationSource() {
  token_.state_ = std::make_shared<detail::CancellationState>();
}

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
