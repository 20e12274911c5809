// What an operation allocates, on both sides together, in the steady state; and that no transfer of
// bytes allocates by their size.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "coroutine.hpp"
#include "counting_malloc.hpp"
#include "support.hpp"
#include "tombolo-test-core/src/fallible.rs.h"
#include "tombolo-test-core/src/logs.rs.h"
#include "tombolo-test-core/src/spans.rs.h"
#include "tombolo/log.hpp"

namespace tombolo_test {
namespace {

constexpr int kWarmUp = 300;
constexpr int kTimes = 1000;

#ifdef TOMBOLO_TEST_COUNTS_NOTHING
constexpr bool kCounts = false;
#else
constexpr bool kCounts = true;
#endif

/// Allocations of one `once()`, on average, to the nearest: a worker that has just begun adds its
/// own.
template <class F>
std::size_t allocations_of(F once) {
  for (int i = 0; i < kWarmUp; ++i) {
    once();
  }
  const Counted counted;
  for (int i = 0; i < kTimes; ++i) {
    once();
  }
  return (Counted::allocations() + kTimes / 2) / kTimes;
}

/// Expects so many allocations, where they can be counted.
void expect_allocations(std::size_t counted, std::size_t expected, const char* of) {
  EXPECT_EQ(counted, kCounts ? expected : 0) << of;
}

TEST(Allocations, AreCountedOnBothSides) {
  const Counted counted;
  auto* ours = new std::string(100, 'x');
  delete ours;
  EXPECT_GE(Counted::allocations(), kCounts ? 2U : 0U);
  const auto before = Counted::allocations();
  static_cast<void>(tombolo::Error(ErrorCode::internal, "made in Rust"));
  EXPECT_GT(Counted::allocations() + (kCounts ? 0 : 1), before);
}

Task await_many(const CompletionQueue& queue, Ticket (*make)(Number), int times, bool& done) {
  for (int i = 0; i < times; ++i) {
    EXPECT_EQ((co_await operation<Number>(make(1)).on(queue)).value(), 2U);
  }
  done = true;
}

/// Allocations of one `co_await` in a coroutine that runs already.
std::size_t allocations_of_await(Ticket (*make)(Number)) {
  auto queue = make_queue();
  const auto run = [&](int times) {
    bool done = false;
    await_many(queue, make, times, done);
    EXPECT_TRUE(drain_until(queue, [&] { return done; }));
  };
  run(kWarmUp);
  const Counted counted;
  run(kTimes);
  return (Counted::allocations() + kTimes / 2) / kTimes;  // the coroutine's own frame is one of all
}

TEST(Allocations, OfAnErrorThatIsACodeAndALiteralAreNone) {
  const auto synchronous = allocations_of([] {
    std::uint64_t sum = 0;
    const tombolo::Error error(checked_add(~0ULL, 1, sum));
    const tombolo::Error copy = error;
    EXPECT_EQ(copy.code(), ErrorCode::out_of_range);
  });
  expect_allocations(synchronous, 0, "an error of a function, and its copy");
  const auto of_an_operation = allocations_of(
      [] { EXPECT_FALSE(operation<Number>(ready_sum(~0ULL, 1)).wait().has_value()); });
  expect_allocations(of_an_operation, 1, "an error of an operation: it says of which");
}

TEST(Allocations, OfACoAwaitThatIsReadyAreNone) {
  expect_allocations(allocations_of_await(ready), 0, "co_await of a ready operation");
}

TEST(Allocations, OfAWaitThatIsReadyAreNone) {
  expect_allocations(
      allocations_of([] { ASSERT_TRUE(operation<Number>(ready(1)).wait().has_value()); }), 0,
      "wait for a ready operation");
}

TEST(Allocations, OfWhatIsReadyWhileASinkHearsWarningsAreNone) {
  auto queue = make_queue();
  tombolo::LogOptions options;
  options.level = tombolo::LogLevel::warn;
  const auto log = tombolo::LogSink::create(
                       queue, [](const auto&) {}, options)
                       .value();
  expect_allocations(allocations_of_await(ready), 0, "co_await beside a sink");
  expect_allocations(
      allocations_of([] { ASSERT_TRUE(operation<Number>(ready(1)).wait().has_value()); }), 0,
      "wait beside a sink");
}

Task get_many(const CompletionQueue& queue, const tombolo::BlobStore& store, std::string_view key,
              int times) {
  for (int i = 0; i < times; ++i) {
    EXPECT_EQ((co_await store.get(key).on(queue)).value().size(), 4096U);
  }
}

TEST(Allocations, OfAGetFromMemoryAreNone) {
  const auto queue = make_queue();
  const auto store = tombolo::BlobStore::open("mem:").value();
  const auto of_key = [&](std::size_t size) {
    const std::string key(size, 'k');
    EXPECT_TRUE(store.put(key, std::string(4096, 'x')).wait());
    get_many(queue, store, key, kWarmUp);
    const Counted counted;
    get_many(queue, store, key, kTimes);
    return (Counted::allocations() + kTimes / 2) / kTimes;
  };
  expect_allocations(of_key(63), 0, "a get of a key that lies in the operation");
  expect_allocations(of_key(64), 1, "a get of a longer key");
}

TEST(Allocations, OfAThenThatIsReadyAreOneForTheCallback) {
  auto queue = make_queue();
  expect_allocations(allocations_of([&] {
                       operation<Number>(ready(1)).then(queue, [](Answer) {});
                       drain(queue);
                     }),
                     1, "then of a ready operation");
}

TEST(Allocations, OfAnOperationThatIsTooLargeForItsSlotAreOne) {
  // The message to the test's own echo thread and the table of deadlines come on top of the box.
  const auto small = allocations_of([] { ASSERT_TRUE(operation<Number>(hop(1)).wait()); });
  const auto large = allocations_of([] { ASSERT_TRUE(operation<Number>(big_hop(1)).wait()); });
  expect_allocations(large - small, 1, "a future beside its slot");
}

TEST(Allocations, OfAPendingOperationAreFew) {
  for (auto* make : {hop, hop_on_worker}) {
    EXPECT_LE(allocations_of_await(make), 2U);
  }
}

TEST(Allocations, OfAnEventThatNobodyHearsAreNone) {
  expect_allocations(allocations_of([] {
                       emit_values();
                       emit_in_spans(3);
                     }),
                     0, "events and spans without a sink");
}

TEST(Allocations, OfAnOperationThatNobodyHearsAnyMoreAreNone) {
  auto queue = make_queue();
  {
    const auto log = tombolo::LogSink::create(queue, [](const auto&) {}).value();
    static_cast<void>(operation<Number>(ready(1)).wait());
  }
  expect_allocations(
      allocations_of([] { ASSERT_TRUE(operation<Number>(ready(1)).wait().has_value()); }), 0,
      "an operation after the sink is gone");
}

TEST(Allocations, OfAnOperationThatIsNeverStartedAreNone) {
  expect_allocations(allocations_of([] { static_cast<void>(operation<Number>(ready(1))); }), 0,
                     "an operation that is dropped");
}

/// Bytes allocated to send a buffer of `size` to Rust and back, without what the buffer itself is.
std::size_t allocated_by_a_transfer(std::size_t size) {
  std::string text(size, 'x');
  const Counted counted;
  const auto back = operation<Bytes>(echo_bytes(Bytes(std::move(text)).release())).wait();
  EXPECT_EQ(back->size(), size);
  return Counted::bytes();
}

TEST(Allocations, Law6OfATransferDoNotGrowWithItsSize) {
  // The least of some: a thread of the runtime that has just begun adds its own.
  const auto least = [](std::size_t size) {
    const auto once = [size] { return allocated_by_a_transfer(size); };
    return std::min({once(), once(), once(), once()});
  };
  const auto small = least(1000);
  const auto large = least(std::size_t{256} << 20);
  EXPECT_EQ(small, large);
  EXPECT_LT(large, 1000U);
}

TEST(Allocations, Law6OfLendingDoNotGrowWithItsSize) {
  auto queue = make_queue();
  const auto lend = [&](std::size_t size) {
    auto owner = std::make_shared<std::string>(size, 'x');
    const Counted counted;
    auto bytes = Bytes::lend(owner, owner->data(), size, queue).value();
    const auto held = operation<Number>(hold_bytes_ms(std::move(bytes).release(), 0)).wait();
    EXPECT_EQ(held.value(), size);
    return Counted::bytes();
  };
  for (int worker = 0; worker < 4; ++worker) {
    static_cast<void>(lend(100));  // a thread's first operation allocates what it counts in
  }
  EXPECT_LT(lend(std::size_t{256} << 20), 10000U);
}

TEST(Allocations, Law6OfAReadIntoABufferDoNotGrowWithItsSize) {
  const auto store = tombolo::BlobStore::open("mem:").value();
  const auto read = [&](std::size_t size) {
    ASSERT_TRUE(store.put("k", std::string(size, 'x')).wait());
    std::vector<char> buffer(size);
    std::string memory(size, '\0');
    const Counted counted;
    ASSERT_EQ(store.get_into("k", std::move(buffer)).wait()->size, size);
    ASSERT_EQ(store.get_into_wait("k", memory.data(), size)->size, size);
    EXPECT_LT(Counted::bytes(), 10000U);
  };
  read(100);
  read(std::size_t{64} << 20);
}

TEST(Allocations, Law6OfCopiesAndSlicesAreNone) {
  const Bytes bytes(std::string(100000, 'x'));
  static_cast<void>(
      Bytes(bytes).slice(1));  // the first share turns a lent buffer into a counted one
  expect_allocations(allocations_of([&] {
                       const Bytes copy = bytes;
                       const Bytes slice = copy.slice(10, 100);
                       ASSERT_EQ(slice.size(), 100U);
                     }),
                     0, "copies and slices");
}

TEST(Allocations, Law6OfACopyAreThoseOfItsBytes) {
  const std::string text(1 << 20, 'x');
  const Counted counted;
  const auto copy = Bytes::copy_of(text).value();
  EXPECT_GE(Counted::bytes(), kCounts ? text.size() : 0);
  EXPECT_LT(Counted::bytes(), text.size() + 1000);
}

}  // namespace
}  // namespace tombolo_test
