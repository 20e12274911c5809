// The generated headers of the crossing's bridges that most of cpp/src needs, for cpp/src alone.
#pragma once

#include <string_view>

#include "tombolo-bridge/src/crossing/errors.rs.h"
#include "tombolo-bridge/src/crossing/ffi.rs.h"
#include "tombolo/error.hpp"

namespace tombolo::detail {

/// Text or bytes as they cross: borrowed for the call.
inline rust::Slice<const std::uint8_t> slice(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view view(rust::Slice<const std::uint8_t> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::string to_std(const rust::String& text) { return {text.data(), text.size()}; }

}  // namespace tombolo::detail
