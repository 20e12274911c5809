#include "virtual.hpp"

namespace tombolo_bench {
namespace {

struct PlusOne final : Adder {
  std::uint64_t add(std::uint64_t x) override { return x + 1; }
};

}  // namespace

std::unique_ptr<Adder> make_adder() { return std::make_unique<PlusOne>(); }

}  // namespace tombolo_bench
