// What Rust calls back into.
#pragma once

#include <cstdint>

namespace tombolo_bench {

std::uint64_t called_back(std::uint64_t x) noexcept;

class Callee {
 public:
  std::uint64_t call(std::uint64_t x) noexcept;

 private:
  std::uint64_t calls_ = 0;
};

}  // namespace tombolo_bench
