#include "common/measure.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace clouds {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t cpu_ns() {
  std::timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

void fail(const char* why) {
  std::fprintf(stderr, "client: %s\n", why);
  std::_Exit(EXIT_FAILURE);
}

void measure(const Options& options, const std::function<void(std::uint64_t)>& run) {
  // Some milliseconds' work: what it adds to the time that is wanted is of no account.
  const bool is_long = options.work == Work::list || options.size > (1 << 20);
  const std::uint64_t batch = options.in_flight * (is_long ? 1 : 16);
  run(batch);
  std::uint64_t times = options.times;
  const auto began = Clock::now();
  const std::int64_t used = cpu_ns();
  if (times > 0) {
    run(times);
  } else {
    const auto limit = began + std::chrono::duration<double>(options.seconds);
    for (; Clock::now() < limit; times += batch) run(batch);
  }
  const std::int64_t cpu = cpu_ns() - used;
  const std::chrono::nanoseconds wall = Clock::now() - began;
  std::printf("{\"times\": %llu, \"ns\": %lld, \"cpu_ns\": %lld}\n",
              static_cast<unsigned long long>(times), static_cast<long long>(wall.count()),
              static_cast<long long>(cpu));
}

}  // namespace clouds
