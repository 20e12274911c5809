// What the compiler must not see through: a class whose only implementation is in another file.
#pragma once

#include <cstdint>
#include <memory>

namespace tombolo_bench {

struct Adder {
  virtual ~Adder() = default;
  virtual std::uint64_t add(std::uint64_t x) = 0;
};

std::unique_ptr<Adder> make_adder();

}  // namespace tombolo_bench
