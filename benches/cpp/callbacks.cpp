// References that are counted, and calls from Rust into C++.
#include <memory>

#include "callee.hpp"
#include "cases.hpp"
#include "tombolo-benches/src/sync.rs.h"
#include "tombolo/bytes.hpp"

namespace tombolo_bench {
namespace {

template <class Shared>
Run shared(Shared one) {
  return [one](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      Shared another(one);
      hide(another);
    }
  };
}

void arcs(std::uint64_t times) { expect(share_arcs(times) == times, "shared references"); }

void functions(std::uint64_t times) { expect(call_functions(times) == times, "calls back"); }

void methods(std::uint64_t times) {
  Callee callee;
  expect(call_methods(callee, times) == times, "methods called back");
}

}  // namespace

void add_callbacks(Cases& cases) {
  cases.add({"refcount/shared_ptr", [] { return shared(std::make_shared<int>(1)); }});
  cases.add("refcount/rust_arc", arcs);
  cases.add(
      {"refcount/tombolo_bytes", [] { return shared(tombolo::Bytes(std::string(99, 'x'))); }});
  cases.add("callback/cxx_function", functions);
  cases.add("callback/cxx_method", methods);
}

}  // namespace tombolo_bench
