// A number in, a number out: the smallest call there is, and the same of a handle.
#include <memory>

#include "cases.hpp"
#include "tombolo-benches/src/sync.rs.h"
#include "virtual.hpp"

extern "C" std::uint64_t tombolo_bench_add_one(std::uint64_t x);

namespace tombolo_bench {
namespace {

__attribute__((noinline)) std::uint64_t plain(std::uint64_t x) {
  hide(x);
  return x + 1;
}

template <std::uint64_t (*Add)(std::uint64_t)>
void each(std::uint64_t times) {
  std::uint64_t x = 0;
  for (std::uint64_t i = 0; i < times; ++i) x = Add(x);
  expect(x == times, "a scalar call");
}

std::uint64_t by_cxx(std::uint64_t x) { return add_one(x); }
std::uint64_t contained(std::uint64_t x) { return add_one_contained(x); }

Run virtual_call() {
  return [adder = std::shared_ptr<Adder>(make_adder())](std::uint64_t times) {
    std::uint64_t x = 0;
    for (std::uint64_t i = 0; i < times; ++i) x = adder->add(x);
    expect(x == times, "a virtual call");
  };
}

template <std::uint64_t (Counter::*Add)(std::uint64_t)>
Run method() {
  return [counter = std::make_shared<rust::Box<Counter>>(new_counter())](std::uint64_t times) {
    Counter& handle = **counter;
    const std::uint64_t before = handle.add(0);
    std::uint64_t now = before;
    for (std::uint64_t i = 0; i < times; ++i) now = (handle.*Add)(1);
    expect(now == before + times, "a method");
  };
}

}  // namespace

void add_scalars(Cases& cases) {
  cases.add("scalar/cpp_call", each<plain>);
  cases.add({"scalar/cpp_virtual", virtual_call});
  cases.add("scalar/c_abi", each<tombolo_bench_add_one>);
  cases.add("scalar/cxx", each<by_cxx>);
  cases.add("scalar/tombolo", each<contained>);
  cases.add({"method/cxx", method<&Counter::add>});
  cases.add({"method/tombolo", method<&Counter::add_contained>});
}

}  // namespace tombolo_bench
