// The layout that both languages assert; the other half is bridge/src/crossing/abi.rs.
#include "tombolo/detail/abi.hpp"

#include <type_traits>

namespace tombolo {

static_assert(sizeof(Ticket) == 8 && std::is_trivially_copyable_v<Ticket>,
              "change Ticket in bridge/src/crossing/abi.rs");
static_assert(sizeof(StreamTicket) == 8 && std::is_trivially_copyable_v<StreamTicket>,
              "change StreamTicket in bridge/src/crossing/abi.rs");
static_assert(sizeof(RawBytes) == 48 && offsetof(RawBytes, len) == 8 &&
                  offsetof(RawBytes, owner) == 16 && std::is_trivially_copyable_v<RawBytes>,
              "change RawBytes in bridge/src/crossing/abi.rs");
static_assert(sizeof(RawBuffer) == 8 && std::is_trivially_copyable_v<RawBuffer>,
              "change RawBuffer in bridge/src/crossing/abi.rs");
static_assert(sizeof(RawHandler) == 8 && std::is_trivially_copyable_v<RawHandler>,
              "change RawHandler in bridge/src/crossing/abi.rs");
static_assert(sizeof(RawRuntime) == 8 && std::is_trivially_copyable_v<RawRuntime>,
              "change RawRuntime in bridge/src/crossing/abi.rs");
static_assert(sizeof(RawCall) == 16 && std::is_trivially_copyable_v<RawCall>,
              "change RawCall in bridge/src/crossing/abi.rs");
static_assert(sizeof(detail::RawError) == 16 && offsetof(detail::RawError, len) == 8 &&
                  offsetof(detail::RawError, code) == 12 &&
                  offsetof(detail::RawError, flags) == 15 &&
                  std::is_trivially_copyable_v<detail::RawError>,
              "change RawError in bridge/src/crossing/abi.rs");
static_assert(sizeof(detail::Completion) == 8, "change Completion in bridge/src/crossing/abi.rs");

}  // namespace tombolo
