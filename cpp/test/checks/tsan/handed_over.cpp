// tsan_handed_over [early]: memory that C++ writes, a worker of Rust writes next, and C++ reads,
// again and again. It is handed over by the library's queue and nothing else. With `early`, C++
// reads without waiting for the queue.
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

using tombolo::CompletionQueue;
using Memory = tombolo::LentBuffer<std::string>;

/// Volatile, so that it reads also where nobody wants the sum.
extern "C" __attribute__((noinline)) unsigned read_in_cpp(const volatile char* memory,
                                                          std::size_t size) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < size; ++i) {
    sum += static_cast<unsigned char>(memory[i]);
  }
  return sum;
}

namespace {

constexpr std::size_t kSize = 64;
constexpr int kTimes = 1000;

bool take(const tombolo::Ticket& op, Memory& out) noexcept {
  tombolo::RawBuffer raw;
  const bool taken = tombolo_test::take_buffer(op, raw);
  out = Memory(raw);
  return taken;
}

/// One turn. True if what the worker has written is there.
bool hand_over(CompletionQueue& queue, bool early) {
  std::string text(kSize, '\1');
  const char* here = text.data();  // too long to stand in the string itself, so it does not move
  auto memory = Memory::lend(std::move(text)).value();
  unsigned sum = 0;
  bool done = false;
  tombolo::operation<Memory>(tombolo_test::fill_buffer(std::move(memory).release(), 2), take)
      .then(queue, [&](tombolo::Result<Memory> result) {
        const std::string back = std::move(result).value().take_back();
        sum = read_in_cpp(back.data(), back.size());
        done = true;
      });
  while (!done) {
    if (early) {
      static_cast<void>(read_in_cpp(here, kSize));
    }
    static_cast<void>(queue.wait_for(std::chrono::milliseconds(early ? 1 : 100)).value());
  }
  return sum == 2 * kSize;
}

}  // namespace

int main(int count, char** arguments) {
  const bool early = count > 1 && std::string_view(arguments[1]) == "early";
  auto queue = CompletionQueue::create().value();
  int right = 0;
  for (int i = 0; i < kTimes; ++i) {
    right += hand_over(queue, early) ? 1 : 0;
  }
  std::printf("%d of %d\n", right, kTimes);
  return right == kTimes ? 0 : 1;
}
