// The bytes of objects, and whether those that came are these: the numbers from 0 on, in four bytes
// each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace clouds {

/// The name of the object of `size` bytes that every server of the bench has.
inline std::string key_of(std::size_t size) { return "bytes-" + std::to_string(size); }
/// The key that the puts of one of those in flight go to: an upload in parts is ended by another of
/// the same key.
inline std::string put_key(std::size_t at) { return "put-" + std::to_string(at); }
/// How many keys a listing has, of 4096 bytes each.
inline constexpr std::uint64_t kListed = 10'000;

std::string body_of(std::size_t size);

/// Looks at a piece that begins at `offset`: at some of its bytes, since all of them would cost as
/// much as the read. Ends the program if they are others.
void check(const void* piece, std::size_t length, std::size_t offset);
/// Looks at an object.
void check_whole(const void* whole, std::size_t length, std::size_t size);

}  // namespace clouds
