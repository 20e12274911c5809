// How many calls of handlers are under way, for the metrics.
#pragma once

#include <cstdint>

#include "tombolo/detail/config.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {

/// Calls that a handler's function has been given and that are not answered or dropped yet.
std::uint64_t calls_under_way() noexcept;

}  // namespace detail
TOMBOLO_NAMESPACE_END
