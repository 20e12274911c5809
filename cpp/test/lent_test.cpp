// Buffers that C++ lends: no copy, and what releases one runs in a drain, never on a Rust thread.
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support.hpp"

namespace tombolo_test {
namespace {

/// What became of a lent text.
struct Fate {
  std::thread::id released_on;
  int releases = 0;
};

std::shared_ptr<std::string> text_with(Fate& fate) {
  return {new std::string("lent to Rust"), [&fate](std::string* text) {
            fate.released_on = std::this_thread::get_id();
            ++fate.releases;
            delete text;
          }};
}

Bytes lend(std::shared_ptr<std::string> text, CompletionQueue& queue) {
  const auto* data = text->data();
  const auto size = text->size();
  return Bytes::lend(std::move(text), data, size, queue).value();
}

TEST(Lent, Law6CrossesWithoutACopy) {
  auto queue = make_queue();
  auto text = std::make_shared<std::string>("lent");
  const void* where = text->data();
  auto bytes = lend(text, queue);
  const auto back = operation<Bytes>(echo_bytes(std::move(bytes).release())).wait().value();
  EXPECT_EQ(static_cast<const void*>(back.data()), where);
  EXPECT_EQ(text.use_count(), 2);
}

TEST(Lent, Law3IsReleasedInADrainOnTheDrainingThread) {
  auto queue = make_queue();
  Fate fate;
  // Rust drops its reference on a worker.
  auto bytes = lend(text_with(fate), queue);
  const auto size = operation<Number>(hold_bytes_ms(std::move(bytes).release(), 5)).wait();
  EXPECT_EQ(size.value(), 12U);
  EXPECT_TRUE(readable(queue.fd(), 60000)) << "nobody is told that there is something to drain";
  EXPECT_EQ(fate.releases, 0);
  std::thread([&] {
    EXPECT_TRUE(drain_until(queue, [&] { return fate.releases > 0; }));
    EXPECT_EQ(fate.released_on, std::this_thread::get_id());
  }).join();
  EXPECT_EQ(fate.releases, 1);
}

TEST(Lent, Law3WaitsForADrainAlsoWhenCppDropsIt) {
  auto queue = make_queue();
  Fate fate;
  { const auto bytes = lend(text_with(fate), queue); }
  EXPECT_EQ(fate.releases, 0);
  EXPECT_EQ(drain(queue), 1U);
  EXPECT_EQ(fate.released_on, std::this_thread::get_id());
}

TEST(Lent, LivesAsLongAsItsLastSlice) {
  auto queue = make_queue();
  Fate fate;
  auto bytes = lend(text_with(fate), queue);
  auto slice = bytes.slice(5, 2);
  bytes = Bytes();
  EXPECT_EQ(drain(queue), 0U);
  EXPECT_EQ(slice.view(), "to");
  slice = Bytes();
  EXPECT_EQ(drain(queue), 1U);
  EXPECT_EQ(fate.releases, 1);
}

TEST(Lent, ToAQueueThatIsGoneIsReleasedByTheNextDrainOfAnyQueue) {
  Fate fate;
  Bytes bytes;
  {
    auto queue = make_queue();
    bytes = lend(text_with(fate), queue);
  }
  std::thread([&] { bytes = Bytes(); }).join();
  EXPECT_EQ(fate.releases, 0);
  auto other = make_queue();
  drain(other);
  EXPECT_EQ(fate.releases, 1);
  EXPECT_EQ(fate.released_on, std::this_thread::get_id());
}

TEST(Lent, IsReleasedWhenItsQueueIsDestroyed) {
  Fate fate;
  {
    auto queue = make_queue();
    const auto bytes = lend(text_with(fate), queue);
  }
  // The bytes went first, so that their release was waiting in the queue.
  EXPECT_EQ(fate.releases, 1);
}

TEST(Lent, OfNothingIsReleasedTheSameWay) {
  auto queue = make_queue();
  Fate fate;
  auto text = text_with(fate);
  const char* data = text->data();
  const auto none = Bytes::lend(std::move(text), data, 0, queue).value();
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(fate.releases, 0);
  drain(queue);
  EXPECT_EQ(fate.releases, 1);
}

TEST(Lent, WhatCannotBeLentIsAnErrorAndReleasedAtOnce) {
  auto queue = make_queue();
  Fate fate;
  EXPECT_EQ(Bytes::lend(text_with(fate), nullptr, 5, queue).error().code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(fate.releases, 1);
  CompletionQueue none;
  EXPECT_EQ(Bytes::lend(text_with(fate), "x", 1, none).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(fate.releases, 2);
}

TEST(Lent, AReleaseThatThrowsIsNotLostOnTheRest) {
  auto queue = make_queue();
  Fate fate;
  {
    const auto second = lend(text_with(fate), queue);
    const auto first = lend(text_with(fate), queue);
  }
  operation<Number>(ready(1)).then(queue, [](Answer) { throw std::runtime_error("mine"); });
  EXPECT_THROW(
      {
        while (drain(queue) > 0) {
        }
      },
      std::runtime_error);
  drain(queue);
  EXPECT_EQ(fate.releases, 2);
}

TEST(Lent, ManyComeBackOnceEach) {
  auto queue = make_queue();
  std::atomic<int> releases = 0;
  constexpr int kMany = 3000;
  for (int i = 0; i < kMany; ++i) {
    std::shared_ptr<int> owner(new int(i), [&](int* gone) {
      ++releases;
      delete gone;
    });
    const void* data = owner.get();
    auto bytes = Bytes::lend(std::move(owner), data, sizeof(int), queue).value();
    auto op = operation<Number>(hold_bytes_ms(std::move(bytes).release(), i % 3));
    std::move(op).then(queue, [](Answer answer) { EXPECT_EQ(answer.value(), sizeof(int)); });
  }
  EXPECT_TRUE(drain_until(queue, [&] { return queue.drained() && releases == kMany; }));
  EXPECT_EQ(releases, kMany);
}

/// Buffers whose queue is gone, come free now.
void orphan(int many, const std::function<void()>& on_release) {
  std::vector<Bytes> all;
  {
    auto queue = make_queue();
    for (int i = 0; i < many; ++i) {
      std::shared_ptr<char> owner(new char('x'), [on_release](char* gone) {
        delete gone;
        on_release();
      });
      const void* data = owner.get();
      all.push_back(Bytes::lend(std::move(owner), data, 1, queue).value());
    }
  }
}

TEST(Lent, ToAQueueThatIsGoneADrainReleasesABoundedNumber) {
  constexpr int kMany = 1000;
  int releases = 0;
  orphan(kMany, [&] { ++releases; });
  EXPECT_EQ(releases, 0);
  auto queue = make_queue();
  while (releases < kMany) {
    const int before = releases;
    ASSERT_GT(drain(queue), 0U);
    EXPECT_LE(releases - before, 256);
    pollfd watched{queue.fd(), POLLIN, 0};  // what is left must not wait for something else to come
    EXPECT_EQ(::poll(&watched, 1, 0), releases < kMany ? 1 : 0);
  }
  EXPECT_EQ(drain(queue), 0U);
  EXPECT_EQ(releases, kMany);
}

// About a millisecond, then the loop has its thread back.
TEST(Lent, ToAQueueThatIsGoneOneSlowReleaseEndsADrain) {
  int releases = 0;
  orphan(10, [&] {
    ++releases;
    std::this_thread::sleep_for(2ms);
  });
  auto queue = make_queue();
  for (int i = 1; i <= 10; ++i) {
    EXPECT_EQ(drain(queue), 1U);
    EXPECT_EQ(releases, i);
  }
}

}  // namespace
}  // namespace tombolo_test
