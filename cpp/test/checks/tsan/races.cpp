// tsan_races cpp|rust|across|locked: two threads add to one number, each in the language named or
// one in each. Only `locked` orders them, by a lock of Rust's library.
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
  // One adds when the other has added: of two accesses at the very same time ThreadSanitizer may
  // see neither. Relaxed, so that this orders nothing between them.
  std::atomic<bool> added = false;
  std::thread one([&] {
    first(&number);
    added.store(true, std::memory_order_relaxed);
  });
  std::thread other([&] {
    while (!added.load(std::memory_order_relaxed)) {
      std::this_thread::yield();
    }
    second(&number);
  });
  one.join();
  other.join();
  std::printf("%llu\n", static_cast<unsigned long long>(number));
}
