// From the target of a request to the key of an artifact.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace artifact_cache {

/// A target that names no possible artifact; what() says what is wrong with it.
class InvalidKey : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Longest key, in bytes after percent-decoding.
inline constexpr std::size_t kMaxKeySize = 1024;

/// The path of a request target: without `http://host`, which proxies put before it, still encoded.
std::string_view path_of(std::string_view target);

/// Whether `path` lies below one of the roots /cache/, /ac/ and /cas/.
bool is_artifact_path(std::string_view path);

/// The key that `path`, below one of the roots, stands for: `/ac/%41` is `ac/A`. Keys of different
/// roots differ. Throws InvalidKey when it is not as ArtifactStore asks.
std::string key_of(std::string_view path);

}  // namespace artifact_cache
