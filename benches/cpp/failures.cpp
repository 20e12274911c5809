// Success, an error as a value, the same thrown, and a panic that is contained.
#include <stdexcept>

#include "cases.hpp"
#include "tombolo-benches/src/sync.rs.h"
#include "tombolo/result.hpp"

namespace tombolo_bench {
namespace {

using tombolo::Result;

/// As a core's C++ half writes it.
Result<std::uint64_t> half_as_result(std::uint64_t x) {
  std::uint64_t out = 0;
  const tombolo::detail::RawError raw = half(x, out);
  if (raw.is_error()) return tombolo::unexpected(tombolo::Error(raw));
  return out;
}

__attribute__((noinline)) std::uint64_t half_in_cpp(std::uint64_t x) {
  hide(x);
  if (x % 2 != 0) throw std::invalid_argument("x: it is odd");
  return x / 2;
}

void value(std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) {
    expect(half_as_result(2 * i).value() == i, "a success");
  }
}

void error(std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) {
    const auto result = half_as_result(1);
    expect(!result && result.error().code() == tombolo::ErrorCode::invalid_argument, "an error");
  }
}

void thrown_by_value(std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) {
    try {
      static_cast<void>(half_as_result(1).value());
      expect(false, "a throw");
    } catch (const tombolo::BadResultAccess&) {
    }
  }
}

template <std::uint64_t (*Half)(std::uint64_t)>
void succeed(std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) {
    expect(Half(2 * i) == i, "a success");
  }
}

template <std::uint64_t (*Half)(std::uint64_t)>
void caught(std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) {
    try {
      static_cast<void>(Half(1));
      expect(false, "a throw");
    } catch (const std::exception&) {
    }
  }
}

void panics(std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) {
    const tombolo::Error error(panic_contained());
    expect(error.kind() == tombolo::ErrorKind::panic, "a panic");
  }
}

std::uint64_t by_cxx(std::uint64_t x) { return half_or_throw(x); }

}  // namespace

void add_failures(Cases& cases) {
  cases.add("success/cpp", succeed<half_in_cpp>);
  cases.add("success/cxx", succeed<by_cxx>);
  cases.add("success/tombolo", value);
  cases.add("error/cpp_exception", caught<half_in_cpp>);
  cases.add("error/cxx_exception", caught<by_cxx>);
  cases.add("error/tombolo", error);
  cases.add("error/tombolo_exception", thrown_by_value);
  cases.add("panic/tombolo", panics);
}

}  // namespace tombolo_bench
