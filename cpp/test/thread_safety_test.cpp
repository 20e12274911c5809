// Law 11: what C++ says about threads at compile time is what Rust's compiler proves.
#include "tombolo/thread_safety.hpp"

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support.hpp"
#include "tombolo-test-core/src/probes.rs.h"

namespace tombolo_test {
namespace {

using tombolo::is_sendable_v;
using tombolo::is_thread_safe_v;
using Facts = std::map<std::string, std::pair<bool, bool>>;

static_assert(is_thread_safe_v<tombolo::BlobStore> && is_sendable_v<tombolo::BlobStore>);
static_assert(!is_thread_safe_v<tombolo::Operation<Bytes>>);
static_assert(is_sendable_v<tombolo::Operation<Bytes>>);

template <class T>
std::pair<bool, bool> said() {
  return {is_sendable_v<T>, is_thread_safe_v<T>};
}

TEST(ThreadSafety, Law11IsWhatRustProves) {
  const Facts here = {
      {"BlobReader", said<tombolo::BlobReader>()},
      {"BlobStore", said<tombolo::BlobStore>()},
      {"BlobWriter", said<tombolo::BlobWriter>()},
      {"Bytes", said<Bytes>()},
      {"Claims", said<tombolo::Claims>()},
      {"CompletionQueue", said<CompletionQueue>()},
      {"Credential", said<tombolo::Credential>()},
      {"Error", said<tombolo::Error>()},
      {"Handler", said<tombolo::Handler<Number, Number>>()},
      {"LentBuffer", said<tombolo::LentBuffer<std::string>>()},
      {"LogSink", said<tombolo::LogSink>()},
      {"Operation", said<tombolo::Operation<Number>>()},
      {"Reply", said<tombolo::Reply<Number>>()},
      {"Running", said<tombolo::Running>()},
      {"Runtime", said<tombolo::Runtime>()},
      {"SecretStore", said<tombolo::SecretStore>()},
      {"SecretValue", said<tombolo::SecretValue>()},
      {"Stream", said<tombolo::Stream<Number>>()},
      {"TokenSource", said<tombolo::TokenSource>()},
      {"Verifier", said<tombolo::Verifier>()},
  };
  Facts there;
  for (const Safety& fact : thread_safety()) {
    there.emplace(std::string(fact.name), std::make_pair(fact.send, fact.sync));
  }
  EXPECT_EQ(here, there);
}

template <class F>
void by_many_threads(F body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back(body);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

// One stream, one writer and one queue in the hands of many: each call is answered, with an item or
// with a refusal, and nothing is lost.
TEST(ThreadSafety, Law11AStreamIsPulledByManyThreads) {
  const auto stream = tombolo::stream<Number>(count(1000));
  std::atomic<Number> items = 0;
  by_many_threads([&] {
    for (;;) {
      const auto next = stream.next().wait();
      if (next && !*next) return;
      if (next) {
        ++items;
      } else {
        EXPECT_EQ(next.error().code(), ErrorCode::failed_precondition);
      }
    }
  });
  EXPECT_EQ(items, 1000U);
}

TEST(ThreadSafety, Law11AQueueIsDrainedByManyThreads) {
  auto queue = make_queue();
  std::atomic<int> completions = 0;
  constexpr int kMany = 4000;
  by_many_threads([&] {
    for (int i = 0; i < kMany / 4; ++i) {
      operation<Number>(hop_on_worker(1)).then(queue, [&](const Answer&) { ++completions; });
      const auto ran = queue.poll();
      if (!ran) {
        EXPECT_EQ(ran.error().code(), ErrorCode::failed_precondition);
      }
    }
  });
  EXPECT_TRUE(drain_until(queue, [&] { return completions == kMany; }));
}

}  // namespace
}  // namespace tombolo_test
