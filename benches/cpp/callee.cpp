#include "callee.hpp"

namespace tombolo_bench {

std::uint64_t called_back(std::uint64_t x) noexcept { return x + 1; }

std::uint64_t Callee::call(std::uint64_t x) noexcept {
  ++calls_;
  return x + 1;
}

}  // namespace tombolo_bench
