// What one client may ask of the service: sizes, times and numbers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace artifact_cache {

using Duration = std::chrono::milliseconds;

struct Limits {
  std::size_t max_connections = 1024;
  std::uint32_t max_header = 8 * 1024;                ///< Bytes of a request's header.
  std::uint64_t max_body = std::uint64_t{5} << 30;    ///< Bytes of an upload.
  Duration idle_timeout = std::chrono::seconds(120);  ///< Between requests.
  Duration read_timeout = std::chrono::seconds(30);   ///< For a header, or a part of a body.
  Duration write_timeout = std::chrono::seconds(30);  ///< For a part of a response.
  Duration drain_timeout = std::chrono::seconds(30);  ///< For requests in flight at the end.
};

/// A client over the limit keeps its descriptor until it has read that it is; so many may. Others
/// are closed without a word, so that a flood of them leaves descriptors for those inside.
inline constexpr std::size_t kTurnedAwayAtOnce = 64;

/// How much of a body moves at a time. A client that needs longer than a timeout for one part is
/// cut off, so this divided by the timeout is the slowest speed served.
inline constexpr std::size_t kTransferPart = 64 * 1024;

}  // namespace artifact_cache
