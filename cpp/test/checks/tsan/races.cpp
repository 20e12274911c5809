// tsan_races cpp|rust|across|locked: two threads add to one number, each in the language named or
// one in each. Only those of `locked` take turns, by a lock of Rust's library.
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <thread>

extern "C" void add_in_rust(std::uint64_t* number);
extern "C" void add_locked_in_rust(std::uint64_t* number);

extern "C" __attribute__((noinline)) void add_in_cpp(std::uint64_t* number) {
  volatile std::uint64_t* there = number;
  *there = *there + 1;
}

namespace {

using Add = void (*)(std::uint64_t*);

/// Both threads are there before either adds. Relaxed, so that this orders nothing between them.
void meet(std::atomic<int>& there) {
  there.fetch_add(1, std::memory_order_relaxed);
  while (there.load(std::memory_order_relaxed) < 2) {
    std::this_thread::yield();
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view where = count > 1 ? arguments[1] : "locked";
  Add first = add_locked_in_rust;
  Add second = add_locked_in_rust;
  if (where != "locked") {
    first = where == "rust" ? add_in_rust : add_in_cpp;
    second = where == "cpp" ? add_in_cpp : add_in_rust;
  }
  std::uint64_t number = 0;
  std::atomic<int> there = 0;
  const auto run = [&](Add add) {
    meet(there);
    add(&number);
  };
  std::thread one(run, first);
  std::thread other(run, second);
  one.join();
  other.join();
  std::printf("%llu\n", static_cast<unsigned long long>(number));
}
