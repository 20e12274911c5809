// Memory that C++ lends to Rust to be written into, without a copy: for bridges of one's own.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "tombolo/result.hpp"

TOMBOLO_NAMESPACE_BEGIN

class CompletionQueue;

namespace detail {

/// What keeps a lent buffer alive; freed by its completion.
template <class Owner>
struct Lent final : Completion {
  explicit Lent(Owner&& from) noexcept : Completion{&end}, owner(std::move(from)) {}
  static void end(Completion* self) { delete static_cast<Lent*>(self); }
  Owner owner;
};

/// Lends `size` bytes at `data`; `lent` is called in a drain of `queue`, or without one on any
/// thread, unless it is taken back. After an error it is not called.
[[nodiscard]] TOMBOLO_API Result<RawBuffer> lend_buffer(void* data, std::size_t size,
                                                        Completion* lent,
                                                        const CompletionQueue* queue) noexcept;

/// Ends a loan: what `lend_buffer` was given, or null.
[[nodiscard]] TOMBOLO_API Completion* take_back(RawBuffer buffer) noexcept;

}  // namespace detail

/// Memory on its way to Rust or back, and the `Owner` that keeps it. Whoever writes into it owns
/// it: give it up to a bridge function that takes `RawBuffer`, whose answer brings it back. If
/// there is none, after an error or a cancel, it is released when the last write is over.
template <class Owner>
class [[nodiscard]] LentBuffer {
 public:
  /// Lends the memory of a container (`std::string`, `std::vector` of bytes), which is moved. It
  /// may be released on any thread, so freeing it must run no code of the service.
  [[nodiscard]] static Result<LentBuffer> lend(Owner&& container) {
    auto lent = std::make_unique<detail::Lent<Owner>>(std::move(container));
    void* data = lent->owner.data();
    const std::size_t size = lent->owner.size();
    return lend(std::move(lent), data, size, nullptr);
  }

  /// Lends `size` bytes at `data`, which `owner` keeps alive and nobody touches meanwhile. It is
  /// released in a drain of `queue`, on the service's own thread; if the queue is gone by then, in
  /// the next drain of any queue.
  [[nodiscard]] static Result<LentBuffer> lend(Owner&& owner, void* data, std::size_t size,
                                               const CompletionQueue& queue) {
    return lend(std::make_unique<detail::Lent<Owner>>(std::move(owner)), data, size, &queue);
  }

  /// As above, released on whatever thread is done with it last.
  [[nodiscard]] static Result<LentBuffer> lend_to_any_thread(Owner&& owner, void* data,
                                                             std::size_t size) {
    return lend(std::make_unique<detail::Lent<Owner>>(std::move(owner)), data, size, nullptr);
  }

  LentBuffer() noexcept = default;
  /// Takes over what a bridge function returned.
  explicit LentBuffer(RawBuffer raw) noexcept : raw_(raw) {}
  LentBuffer(LentBuffer&& other) noexcept : raw_(std::exchange(other.raw_, RawBuffer())) {}
  LentBuffer& operator=(LentBuffer&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  LentBuffer(const LentBuffer&) = delete;
  LentBuffer& operator=(const LentBuffer&) = delete;
  /// Releases what was not given up, here and now.
  ~LentBuffer() { static_cast<void>(taken()); }

  /// Gives the memory up to a bridge function that takes `RawBuffer`.
  [[nodiscard]] RawBuffer release() && noexcept { return std::exchange(raw_, RawBuffer()); }
  /// Ends the loan: the owner is the caller's again; an empty one if there is none, or if the
  /// memory was lent as another type's, which is released then.
  [[nodiscard]] Owner take_back() && noexcept {
    const auto lent = taken();
    return lent == nullptr ? Owner() : std::move(lent->owner);
  }

 private:
  using Lent = detail::Lent<Owner>;

  static Result<LentBuffer> lend(std::unique_ptr<Lent> lent, void* data, std::size_t size,
                                 const CompletionQueue* queue) {
    auto raw = detail::lend_buffer(data, size, lent.get(), queue);
    if (!raw) {
      return unexpected(std::move(raw.error()));
    }
    static_cast<void>(lent.release());
    return LentBuffer(*raw);
  }

  std::unique_ptr<Lent> taken() noexcept {
    if (raw_.loan == nullptr) {
      return nullptr;
    }
    auto* lent = detail::take_back(std::exchange(raw_, RawBuffer()));
    if (lent != nullptr && lent->run != &Lent::end) {
      lent->run(lent);
      lent = nullptr;
    }
    return std::unique_ptr<Lent>(static_cast<Lent*>(lent));
  }

  RawBuffer raw_;
};

TOMBOLO_NAMESPACE_END
