#include "common/body.hpp"

#include <algorithm>

#include "common/measure.hpp"

namespace clouds {
namespace {

constexpr std::size_t kStride = 4096;

unsigned char byte_at(std::size_t offset) {
  return static_cast<unsigned char>((offset / 4) >> (24 - 8 * (offset % 4)));
}

}  // namespace

std::string body_of(std::size_t size) {
  std::string body(size, '\0');
  for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>(byte_at(i));
  return body;
}

void check(const void* piece, std::size_t length, std::size_t offset) {
  const auto* const bytes = static_cast<const unsigned char*>(piece);
  const std::size_t first = (offset + kStride - 1) / kStride * kStride;
  for (std::size_t at = first; at < offset + length; at += kStride) {
    for (std::size_t i = at; i < std::min(at + 4, offset + length); ++i) {
      if (bytes[i - offset] != byte_at(i)) fail("wrong bytes");
    }
  }
}

void check_whole(const void* whole, std::size_t length, std::size_t size) {
  if (length != size) fail("more bytes or fewer than there are");
  check(whole, length, 0);
}

}  // namespace clouds
