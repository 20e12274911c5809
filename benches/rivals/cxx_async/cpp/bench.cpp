// The C++ half: coroutines that await Rust's futures, in a loop as a service has one. cxx-async
// resumes a coroutine on the Rust thread that woke it; how it comes back to its loop is left to the
// service. So the hop is measured with the way back, which is what its rivals do, and also without
// (`cxx_async_stays`), where the coroutine goes on in Rust's runtime.
#include "cpp/bench.hpp"

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <latch>
#include <string>
#include <vector>

#include "common/figures.hpp"
#include "common/hops.hpp"
#include "common/options.hpp"
#include "cpp/loop.hpp"
#include "tombolo-rival-cxx-async/src/main.rs.h"

namespace rivals {
namespace {

/// A coroutine that starts at once, and whose end nobody awaits.
struct Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    [[noreturn]] void unhandled_exception() { fail("an operation has thrown"); }
  };
};

void check(std::uint64_t answer, std::uint64_t number) {
  if (answer != number + 1) fail("a wrong answer came from Rust");
}

/// What the coroutines of one run share; all of them are on the loop's thread.
struct Run {
  Loop& loop;
  Latencies* latencies;
  std::uint64_t started;
  std::uint64_t count;
  std::size_t open;
};

Detached returning(Run& run, std::size_t slot) {
  while (run.started < run.count) {
    const std::uint64_t number = run.started++;
    if (run.latencies != nullptr) run.latencies->begin(slot);
    const std::uint64_t answer = co_await hop(number);
    co_await run.loop.back();
    check(answer, number);
    if (run.latencies != nullptr) run.latencies->end(slot);
  }
  --run.open;
}

void hop_and_return(std::size_t in_flight, std::uint64_t count, Latencies* latencies) {
  Loop loop;
  Run run{loop, latencies, 0, count, in_flight};
  for (std::size_t i = 0; i < in_flight; ++i) returning(run, i);
  loop.run_while(run.open);
}

/// These may be on two threads at a time: each has a share of its own.
Detached staying(std::uint64_t first, std::uint64_t end, std::latch& open) {
  for (std::uint64_t number = first; number < end; ++number) check(co_await hop(number), number);
  open.count_down();
}

void hop_and_stay(std::size_t in_flight, std::uint64_t count, Latencies*) {
  std::latch open(static_cast<std::ptrdiff_t>(in_flight));
  for (std::size_t i = 0; i < in_flight; ++i) {
    staying(count * i / in_flight, count * (i + 1) / in_flight, open);
  }
  open.wait();
}

Detached ready_ones(std::uint64_t count, bool& done) {
  for (std::uint64_t number = 0; number < count; ++number) {
    check(co_await ready(number), number);
  }
  done = true;
}

void be_ready(std::size_t, std::uint64_t count, Latencies*) {
  bool done = false;
  ready_ones(count, done);
  if (!done) fail("what is ready at once has waited");
}

}  // namespace

void run(rust::Vec<rust::String> arguments) {
  std::vector<std::string> owned(arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : owned) argv.push_back(argument.data());
  const Options options = parse_options(static_cast<int>(argv.size()), argv.data());
  report({{"ready", "cxx_async", {1}, false, be_ready},
          {"hop", "cxx_async", {1, 64}, true, hop_and_return},
          {"hop", "cxx_async_stays", {1, 64}, false, hop_and_stay}},
         options);
}

}  // namespace rivals
