#include "counts.hpp"

#include <valgrind/callgrind.h>

#include <cstdio>
#include <stdexcept>

#include "counting_malloc.hpp"

namespace tombolo_bench {

void count_allocations(Cases& cases) {
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Case& one = cases.all()[i];
    if (one.counted == Counted::nothing) continue;
    cases.prepare(i);
    cases.run(one.times);  // pools are filled
    std::size_t allocations = 0;
    {
      const tombolo_test::Counted counted;
      cases.run(one.times);
      allocations = counted.allocations();
    }
    cases.finish();
    std::printf("{\"id\": \"%s\", \"unit\": \"allocations\", \"value\": %.2f}\n", one.id.c_str(),
                static_cast<double>(allocations) / static_cast<double>(one.times));
  }
}

void count_instructions(Cases& cases) {
  if (RUNNING_ON_VALGRIND == 0) {
    throw std::runtime_error("instructions are counted under valgrind --tool=callgrind");
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Case& one = cases.all()[i];
    if (one.counted != Counted::everything) continue;
    cases.prepare(i);
    cases.run(one.times);  // pools are filled
    for (const std::uint64_t part : {1, 2}) {
      CALLGRIND_ZERO_STATS;
      cases.run(part * one.times);
      const auto name = std::to_string(part * one.times) + " operations of " + one.id;
      CALLGRIND_DUMP_STATS_AT(name.c_str());
    }
    cases.finish();
  }
}

}  // namespace tombolo_bench
