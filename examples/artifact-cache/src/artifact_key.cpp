// From the target of a request to the key of an artifact.
#include "artifact_key.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace artifact_cache {
namespace {

constexpr std::array<std::string_view, 3> kRoots = {"/cache/", "/ac/", "/cas/"};

char decode_escape(std::string_view escape) {
  std::uint8_t value = 0;
  // from_chars takes two hexadecimal digits and no sign for an unsigned type.
  const char* const digits = escape.data() + 1;
  const char* const end = escape.data() + escape.size();
  if (escape.size() < 3 || std::from_chars(digits, end, value, 16).ptr != end) {
    throw InvalidKey("bad percent-encoding '" + std::string(escape) + "' in key");
  }
  return static_cast<char>(value);
}

std::string percent_decode(std::string_view encoded) {
  std::string decoded;
  decoded.reserve(encoded.size());
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      decoded += encoded[i];
      continue;
    }
    decoded += decode_escape(encoded.substr(i, 3));
    i += 2;
  }
  return decoded;
}

// Length of the well-formed UTF-8 sequence that `text` begins with, 0 when there is none. The
// ranges are those of table 3-7 of the Unicode standard.
std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto in = [](unsigned b, unsigned low, unsigned high) { return low <= b && b <= high; };
  const auto tail = [&](std::size_t i) { return in(byte(i), 0x80, 0xBF); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (in(lead, 0xC2, 0xDF)) return tail(1) ? 2 : 0;
  if (in(lead, 0xE0, 0xEF)) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return in(byte(1), low, high) && tail(2) ? 3 : 0;
  }
  if (in(lead, 0xF0, 0xF4)) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return in(byte(1), low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

void check_characters(std::string_view key) {
  for (std::size_t i = 0; i < key.size();) {
    const unsigned char c = static_cast<unsigned char>(key[i]);
    if (c < 0x20 || c == 0x7F) throw InvalidKey("control character in key");
    const std::size_t length = utf8_sequence(key.substr(i));
    if (length == 0) throw InvalidKey("key is not UTF-8");
    i += length;
  }
}

void check_segments(std::string_view key) {
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('/', begin), key.size());
    const std::string_view segment = key.substr(begin, end - begin);
    if (segment.empty()) throw InvalidKey("empty segment in key");
    if (segment == "." || segment == "..") {
      throw InvalidKey("segment '" + std::string(segment) + "' in key");
    }
    begin = end + 1;
  }
}

}  // namespace

std::string_view path_of(std::string_view target) {
  if (target.starts_with("http://")) {
    const std::size_t slash = target.find('/', std::string_view("http://").size());
    return slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  return target;
}

bool is_artifact_path(std::string_view path) {
  return std::any_of(kRoots.begin(), kRoots.end(),
                     [&](std::string_view root) { return path.starts_with(root); });
}

std::string key_of(std::string_view path) {
  if (std::find(kRoots.begin(), kRoots.end(), path) != kRoots.end()) throw InvalidKey("empty key");
  if (path.find_first_of("?#") != std::string_view::npos) {
    throw InvalidKey("query in a key; '?' and '#' must be percent-encoded");
  }
  std::string key = percent_decode(path.substr(1));
  if (key.size() > kMaxKeySize) {
    throw InvalidKey("key of " + std::to_string(key.size()) + " bytes; at most " +
                     std::to_string(kMaxKeySize) + " are allowed");
  }
  check_characters(key);
  check_segments(key);
  return key;
}

}  // namespace artifact_cache
