// A promise that Rust fulfils.
#pragma once

#include <cstdint>
#include <future>
#include <memory>

namespace tombolo_bench {

struct Promise {
  std::promise<std::uint64_t> inner;
};

inline void fulfil(std::unique_ptr<Promise> promise, std::uint64_t value) {
  promise->inner.set_value(value);
}

}  // namespace tombolo_bench
