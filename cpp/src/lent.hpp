// What C++ lends to Rust: who keeps the memory, and how it comes back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "bridge.hpp"
#include "tombolo/result.hpp"

namespace tombolo::detail {

/// What keeps a lent buffer alive; freed by its completion.
template <class Owner>
struct Lent final : Completion {
  explicit Lent(Owner&& from) noexcept
      : Completion{[](Completion* self) { delete static_cast<Lent*>(self); }},
        owner(std::move(from)) {}
  Owner owner;
};

/// Lends `size` bytes at `data`, which `lent` keeps, to be written into. Unless it is taken back,
/// it is freed in a drain of `queue`; without one on any thread, which is for owners whose end runs
/// no code of the service. After an error it is freed at once.
template <class Owner>
Result<RawBuffer> lend_buffer(std::unique_ptr<Lent<Owner>> lent, void* data, std::size_t size,
                              const ffi::Queue* queue) {
  RawError error;
  const RawBuffer raw =
      ffi::buffer_lend(static_cast<std::uint8_t*>(data), size, lent.get(), queue, error);
  if (error.error != nullptr) {
    return unexpected(Error(error));
  }
  static_cast<void>(lent.release());
  return raw;
}

/// The owner of a buffer that was lent as one of an `Owner`.
template <class Owner>
Owner take_back(RawBuffer buffer) noexcept {
  const std::unique_ptr<Lent<Owner>> lent(static_cast<Lent<Owner>*>(ffi::buffer_take_back(buffer)));
  return lent == nullptr ? Owner() : std::move(lent->owner);
}

}  // namespace tombolo::detail
