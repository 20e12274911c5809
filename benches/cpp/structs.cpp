// Small structs by value, alone and a hundred at a time.
#include <vector>

#include "cases.hpp"
#include "tombolo-benches/src/data.rs.h"

namespace tombolo_bench {
namespace {

constexpr std::uint64_t kBatch = 100;

__attribute__((noinline)) Point mirror_in_cpp(Point point) {
  hide(point.x);
  return {point.y, point.x};
}

Point mirror_in_rust(Point point) { return mirror(point); }

template <Point (*Mirror)(Point)>
void mirrored(std::uint64_t times) {
  Point point{1, 2};
  for (std::uint64_t i = 0; i < times; ++i) point = Mirror(point);
  expect(point.x == 1 + times % 2, "a struct");
}

std::vector<Point> a_batch() { return std::vector<Point>(kBatch, Point{1, 2}); }

void in_one_call(std::uint64_t times) {
  const auto batch = a_batch();
  for (std::uint64_t i = 0; i < times; ++i) {
    expect(sum_of({batch.data(), batch.size()}) == 3 * kBatch, "a batch");
  }
}

void in_single_calls(std::uint64_t times) {
  const auto batch = a_batch();
  for (std::uint64_t i = 0; i < times; ++i) {
    std::uint64_t sum = 0;
    for (const Point& point : batch) sum = sum_with(sum, point);
    expect(sum == 3 * kBatch, "single calls");
  }
}

void out_by_vec(std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) {
    expect(points(kBatch)[kBatch - 1].x == kBatch - 1, "a batch that comes out");
  }
}

void out_in_place(std::uint64_t times) {
  auto batch = a_batch();
  for (std::uint64_t i = 0; i < times; ++i) mirror_all({batch.data(), batch.size()});
  expect(batch.back().x == 1 + times % 2, "a batch in place");
}

void out_single(std::uint64_t times) {
  auto batch = a_batch();
  for (std::uint64_t i = 0; i < times; ++i) {
    for (Point& point : batch) point = mirror(point);
  }
  expect(batch.back().x == 1 + times % 2, "single calls that give structs");
}

}  // namespace

void add_structs(Cases& cases) {
  cases.add("struct/cpp_call", mirrored<mirror_in_cpp>);
  cases.add("struct/cxx", mirrored<mirror_in_rust>);
  cases.add("batch_in/100/one_call", in_one_call);
  cases.add("batch_in/100/single_calls", in_single_calls);
  cases.add("batch_out/100/one_call", out_by_vec);
  cases.add("batch_out/100/in_place", out_in_place);
  cases.add("batch_out/100/single_calls", out_single);
}

}  // namespace tombolo_bench
