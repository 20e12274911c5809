// How the handles of the testing bridge are made, for the files here alone.
#pragma once

#include <memory>

#include "../bridge.hpp"
#include "tombolo-testing/src/lib.rs.h"
#include "tombolo/result.hpp"

namespace tombolo::testing_detail {

/// What a bridge function `f(…, error)` answers that has no other answer.
template <class F>
Result<void> checked(F call) {
  detail::RawError error;
  call(error);
  if (error.is_error()) {
    return unexpected(Error(error));
  }
  return {};
}

/// The handle that `make(error)` makes, which `free` frees.
template <class Core, class F>
Result<std::shared_ptr<Core>> made(F make, void (*free)(rust::Box<Core>)) {
  detail::RawError error;
  Core* core = make(error);
  if (core == nullptr) {
    return unexpected(Error(error));
  }
  return std::shared_ptr<Core>(core, [free](Core* made) { free(rust::Box<Core>::from_raw(made)); });
}

}  // namespace tombolo::testing_detail
