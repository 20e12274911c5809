// What a crossing costs: nanoseconds an operation, by the ways to consume one, against plain C++
// calls and tokio alone, all in one run; and how late deadlines fire. Prints Markdown tables; every
// answer is checked.
//
// Usage: crossing [OPERATIONS]   (default 200000)
#include "tombolo/crossing.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "coroutine.hpp"
#include "tombolo-test-core/src/handlers.rs.h"
#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/tombolo.hpp"

namespace {

namespace test = tombolo_test;
using Clock = std::chrono::steady_clock;
using Op = tombolo::Operation<std::uint64_t>;
using Make = Op (*)(std::uint64_t);

struct Row {
  std::string name;
  double ns;
};

[[noreturn]] void wrong(const char* where) {
  std::fprintf(stderr, "crossing: a wrong answer in %s\n", where);
  std::exit(EXIT_FAILURE);
}

void check(const tombolo::Result<std::uint64_t>& result, std::uint64_t x, const char* where) {
  if (!result.has_value() || *result != x + 1) {
    wrong(where);
  }
}

/// The fastest of five runs: what the machine can do when nobody disturbs it.
template <class F>
double fastest(std::uint64_t operations, F&& run) {
  double best = 1e300;
  for (int i = 0; i < 5; ++i) {
    const auto began = Clock::now();
    run(operations);
    const std::chrono::duration<double, std::nano> took = Clock::now() - began;
    best = std::min(best, took.count() / static_cast<double>(operations));
  }
  return best;
}

__attribute__((noinline)) std::uint64_t plain(std::uint64_t x) {
  asm volatile("" : "+r"(x));
  return x + 1;
}

Op ready(std::uint64_t x) { return tombolo::operation<std::uint64_t>(test::ready(x)); }
Op hop(std::uint64_t x) { return tombolo::operation<std::uint64_t>(test::hop(x)); }
Op never(std::uint64_t /*x*/) { return tombolo::operation<std::uint64_t>(test::never()); }
Op never_on_worker(std::uint64_t /*x*/) {
  return tombolo::operation<std::uint64_t>(test::never_on_worker());
}
Op worker(std::uint64_t x) { return tombolo::operation<std::uint64_t>(test::ready_on_worker(x)); }

bench::Task await_in_turn(const tombolo::CompletionQueue& queue, Make make, std::uint64_t times,
                          std::uint64_t& left) {
  for (std::uint64_t i = 0; i < times; ++i) {
    check(co_await make(i).on(queue), i, "co_await");
  }
  --left;
}

double by_co_await(Make make, std::uint64_t operations, std::uint64_t in_flight) {
  auto queue = tombolo::CompletionQueue::create().value();
  return fastest(operations, [&](std::uint64_t n) {
    std::uint64_t left = in_flight;
    for (std::uint64_t i = 0; i < in_flight; ++i) {
      await_in_turn(queue, make, n / in_flight, left);
    }
    while (left > 0) {
      static_cast<void>(queue.wait_for(std::chrono::seconds(1)).value());
    }
  });
}

double by_then(Make make, std::uint64_t operations) {
  auto queue = tombolo::CompletionQueue::create().value();
  return fastest(operations, [&](std::uint64_t n) {
    for (std::uint64_t done = 0; done < n; done += 64) {
      for (std::uint64_t i = 0; i < 64; ++i) {
        make(i).then(queue, [i](auto result) { check(result, i, "then"); });
      }
      while (queue.in_flight() > 0) {
        static_cast<void>(queue.wait_for(std::chrono::seconds(1)).value());
      }
    }
  });
}

/// A handler called from Rust and answered at once, all calls of an operation at the same time.
double by_handler(bool on_worker, std::uint64_t calls, std::uint64_t at_a_time) {
  auto queue = tombolo::CompletionQueue::create().value();
  auto handler = tombolo::Handler<std::uint64_t, std::uint64_t>::create(queue, [](std::uint64_t n) {
                   return n + 1;
                 }).value();
  return fastest(calls, [&](std::uint64_t n) {
    for (std::uint64_t done = 0; done < n; done += at_a_time) {
      bool over = false;
      auto ask =
          tombolo::operation<std::uint64_t>(test::ask_many(handler.raw(), at_a_time, on_worker));
      std::move(ask).then(queue, [&](const tombolo::Result<std::uint64_t>& sum) {
        over = true;
        if (*sum != at_a_time * (at_a_time + 1) / 2) wrong("a handler");
      });
      while (!over) {
        static_cast<void>(queue.wait_for(std::chrono::seconds(1)).value());
      }
    }
  });
}

std::vector<Row> synchronous(std::uint64_t n) {
  const double call = fastest(n * 10, [](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      if (plain(i) != i + 1) wrong("a call");
    }
  });
  const double cxx = fastest(n * 10, [](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      if (test::add_plain(i) != i + 1) wrong("a cxx call");
    }
  });
  return {{"C++ call, not inlined", call}, {"cxx call into Rust", cxx}};
}

double by_wait(Make make, std::uint64_t n) {
  return fastest(n, [make](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      check(make(i).wait(), i, "wait");
    }
  });
}

double by_future(Make make, std::uint64_t n) {
  return fastest(n, [make](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      check(make(i).future().get(), i, "future");
    }
  });
}

double failing(std::uint64_t n) {
  return fastest(n, [](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      if (tombolo::operation<std::int64_t>(test::half(1)).wait().has_value()) wrong("an error");
    }
  });
}

double thrown(std::uint64_t n) {
  return fastest(n, [](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      try {
        static_cast<void>(tombolo::operation<std::int64_t>(test::half(1)).wait().value());
        wrong("a throw");
      } catch (const tombolo::BadResultAccess&) {
      }
    }
  });
}

/// Tokio alone, spawn and await, in the same five runs.
double floor_of(std::uint64_t n, bool hops) {
  double best = 1e300;
  for (int i = 0; i < 5; ++i) {
    const auto ns = static_cast<double>(test::floor_spawn_await(n, 64, hops));
    best = std::min(best, ns / static_cast<double>(n));
  }
  return best;
}

void print(const std::vector<Row>& rows, double floor) {
  std::printf("| what | ns | times tokio's spawn and await |\n|---|---:|---:|\n");
  for (const Row& row : rows) {
    std::printf("| %s | %.*f | %.2f |\n", row.name.c_str(), row.ns < 10 ? 1 : 0, row.ns,
                row.ns / floor);
  }
}

/// How late each of so many deadlines is heard of, in microseconds, sorted: from the deadline to
/// the callback in this thread, which waits for it. One at a time, so that all threads sleep.
std::vector<double> late_by(Make endless, std::uint64_t times) {
  constexpr auto kTimeout = std::chrono::milliseconds(20);
  auto queue = tombolo::CompletionQueue::create().value();
  std::vector<double> late;
  for (std::uint64_t i = 0; i < times; ++i) {
    const auto due = Clock::now() + kTimeout;
    endless(i).timeout(kTimeout).then(queue, [&](auto result) {
      if (result.has_value() || result.error().code() != tombolo::ErrorCode::deadline_exceeded) {
        wrong("a deadline");
      }
      const std::chrono::duration<double, std::micro> after = Clock::now() - due;
      late.push_back(after.count());
    });
    while (queue.in_flight() > 0) {
      static_cast<void>(queue.wait_for(std::chrono::seconds(1)).value());
    }
  }
  std::sort(late.begin(), late.end());
  return late;
}

/// 200 deadlines, fewer in the short runs of slow tools.
void print_lateness(std::uint64_t operations) {
  const auto times = std::clamp<std::uint64_t>(operations / 100, 1, 200);
  std::printf(
      "\n| a deadline of 20 ms is late, in µs | median | 99th percentile |\n|---|---:|---:|\n");
  const std::pair<const char*, Make> placements[] = {{"on the caller", never},
                                                     {"on a worker", never_on_worker}};
  for (const auto& [name, endless] : placements) {
    const auto late = late_by(endless, times);
    std::printf("| %s | %.0f | %.0f |\n", name, late[late.size() / 2],
                late[late.size() * 99 / 100]);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t n = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200000;
  if (n < 1024) {
    std::fprintf(stderr, "crossing: OPERATIONS must be at least 1024\n");
    return 2;
  }
  const double floor = floor_of(n, false);
  std::vector<Row> rows = synchronous(n);
  rows.push_back({"async, ready at once: `co_await`", by_co_await(ready, n, 1)});
  rows.push_back({"async, ready at once: `wait()`", by_wait(ready, n)});
  rows.push_back({"async, ready at once: `then`, 64 at a time", by_then(ready, n)});
  rows.push_back({"async, an error as a value", failing(n)});
  rows.push_back({"async, the same error thrown by `value()`", thrown(n / 10)});
  rows.push_back({"woken by another thread: `co_await`, 1 in flight", by_co_await(hop, n / 20, 1)});
  rows.push_back({"woken by another thread: `co_await`, 64 in flight", by_co_await(hop, n, 64)});
  rows.push_back(
      {"woken by another thread: `co_await`, 1024 in flight", by_co_await(hop, n, 1024)});
  rows.push_back({"on a worker: `co_await`, 64 in flight", by_co_await(worker, n, 64)});
  rows.push_back({"on a worker: `future`, 1 in flight", by_future(worker, n / 20)});
  rows.push_back({"Rust calls a C++ handler, 1 at a time", by_handler(true, n / 20, 1)});
  rows.push_back({"Rust calls a C++ handler, 64 at a time", by_handler(true, n, 64)});
  rows.push_back({"tokio alone: spawn and await, 64 in flight", floor});
  rows.push_back({"tokio alone: the same, woken by another thread", floor_of(n, true)});
  print(rows, floor);
  print_lateness(n);
  return EXIT_SUCCESS;
}
