// One store by both languages, and the cases that compare them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "cases.hpp"
#include "face.hpp"
#include "tombolo-benches/src/blobs.rs.h"

namespace tombolo_bench {

inline rust::Slice<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

struct Stores {
  explicit Stores(const std::string& url) : face(url), alone(alone_open(bytes_of(url))) {
    expect(alone->is_open(), "opening a store by Rust alone");
  }

  Face face;
  rust::Box<Alone> alone;
};

using Shared = std::shared_ptr<Stores>;

inline Run rust_get(const Shared& at, const std::string& key, std::size_t size) {
  return [=](std::uint64_t n) {
    expect(at->alone->get(bytes_of(key), n) == n * (size + 1), "get by Rust");
  };
}

inline Run cpp_get(const Shared& at, const std::string& key, std::size_t size) {
  return [=](std::uint64_t n) { expect(at->face.get(key, n) == n * (size + 1), "get"); };
}

inline Run cpp_get_waiting(const Shared& at, const std::string& key, std::size_t size) {
  return [=](std::uint64_t n) { expect(at->face.get_waiting(key, n) == n * (size + 1), "wait"); };
}

/// `anew`: each object has a key of its own, which begins with this one.
inline Run rust_put(const Shared& at, const std::string& key, std::size_t size, bool anew = false) {
  return [=](std::uint64_t n) {
    expect(at->alone->put(bytes_of(key), size, n, anew) == n, "put by Rust");
  };
}

inline Run cpp_put(const Shared& at, const std::string& key, std::size_t size, bool anew = false) {
  return [=](std::uint64_t n) { expect(at->face.put(key, size, n, anew) == n, "put"); };
}

}  // namespace tombolo_bench
