// Reads into a buffer of the caller: where the memory is, whose it is, and that nobody writes into
// it after it was given back.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support.hpp"

namespace tombolo_test {
namespace {

using tombolo::BlobStore;
using tombolo::Filled;
using tombolo::Result;

constexpr std::size_t kLarge = std::size_t{48} << 20;  // many steps of a read

/// A store in memory with "k": "0123456789".
BlobStore small_store() {
  auto store = BlobStore::open("mem:").value();
  EXPECT_TRUE(store.put("k", std::string("0123456789")).wait());
  return store;
}

/// A folder store with "large", `kLarge` times 'x'.
class Folder {
 public:
  Folder() {
    const auto url = "file://" + path_.string() + "?durable=false";
    store = BlobStore::open(url).value();
    EXPECT_TRUE(store.put("large", std::string(kLarge, 'x')).wait());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  BlobStore store;

 private:
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("tombolo-into-" + std::to_string(getpid()));
};

/// Whether somebody writes still: of a step that was begun the end is missing. Looks at few bytes,
/// since a step takes a fraction of a millisecond.
bool within_a_step(std::string_view memory) {
  constexpr std::size_t kStep = std::size_t{1} << 20;
  for (std::size_t at = 0; at < memory.size() && memory[at] == 'x'; at += kStep) {
    if (memory[at + kStep - 1] != 'x') {
      return true;
    }
  }
  return false;
}

/// What became of lent memory.
struct Fate {
  std::thread::id released_on;
  int releases = 0;
  bool released_within_a_step = false;
};

std::shared_ptr<std::string> memory_with(Fate& fate) {
  return {new std::string(kLarge, '\0'), [&fate](std::string* memory) {
            fate.released_within_a_step = within_a_step(*memory);
            fate.released_on = std::this_thread::get_id();
            ++fate.releases;
            delete memory;
          }};
}

auto read_large(const BlobStore& store, std::shared_ptr<std::string> memory,
                CompletionQueue& queue) {
  auto* data = memory->data();
  const auto size = memory->size();
  return store.get_into("large", std::move(memory), data, size, queue);
}

TEST(Into, Law6FillsAMovedContainerWhereItIs) {
  const auto store = small_store();
  std::vector<std::byte> buffer(100);
  const auto* where = buffer.data();
  const auto filled = store.get_into("k", std::move(buffer)).wait().value();
  EXPECT_EQ(filled.buffer.data(), where);
  EXPECT_EQ(filled.buffer.size(), 100U);
  EXPECT_EQ(filled.size, 10U);
  EXPECT_EQ(filled.meta.size, 10U);
}

TEST(Into, AShortStringThatLivesInItself) {
  const auto store = small_store();
  const auto filled = store.get_into("k", std::string(12, '.')).wait().value();
  EXPECT_EQ(filled.buffer, "0123456789..");
}

TEST(Into, TheOwnerOfLentMemoryComesBackWithTheResult) {
  const auto store = small_store();
  auto queue = make_queue();
  const auto memory = std::make_shared<std::string>(10, '.');
  {
    const auto filled =
        store.get_into("k", memory, memory->data(), memory->size(), queue).wait().value();
    EXPECT_EQ(filled.buffer.get(), memory.get());
    EXPECT_EQ(*memory, "0123456789");
  }
  EXPECT_EQ(memory.use_count(), 1);
  EXPECT_EQ(drain(queue), 0U);
}

TEST(Into, Law3AResultThatNobodyTakesIsReleasedInADrain) {
  const auto store = small_store();
  auto queue = make_queue();
  const auto memory = std::make_shared<std::string>(10, '.');
  {
    auto running = store.get_into("k", memory, memory->data(), memory->size(), queue)
                       .start(queue, [](const Result<Filled<std::shared_ptr<void>>>&) {});
  }
  EXPECT_EQ(memory.use_count(), 2);
  EXPECT_TRUE(drain_until(queue, [&] { return memory.use_count() == 1; }));
}

TEST(Into, Law3AnErrorReleasesInADrain) {
  const auto store = small_store();
  auto queue = make_queue();
  const auto memory = std::make_shared<std::string>(9, '.');
  const auto small =
      store.get_into("k", memory, memory->data(), memory->size(), queue).wait().error();
  EXPECT_EQ(small.code(), ErrorCode::invalid_argument);
  EXPECT_EQ(memory.use_count(), 2);
  EXPECT_EQ(drain(queue), 1U);
  EXPECT_EQ(memory.use_count(), 1);
  EXPECT_EQ(*memory, ".........");
}

TEST(Into, WhatCannotBeLentIsAnErrorAndReleasedAtOnce) {
  const auto store = small_store();
  auto queue = make_queue();
  CompletionQueue none;
  const auto memory = std::make_shared<std::string>(10, '.');
  const auto code = [&](const BlobStore& on, void* data, CompletionQueue& home) {
    return on.get_into("k", memory, data, 10, home).wait().error().code();
  };
  EXPECT_EQ(code(store, nullptr, queue), ErrorCode::invalid_argument);
  EXPECT_EQ(code(store, memory->data(), none), ErrorCode::invalid_argument);
  EXPECT_EQ(code(BlobStore(), memory->data(), queue), ErrorCode::failed_precondition);
  EXPECT_EQ(memory.use_count(), 1);
  EXPECT_EQ(store.get_into_wait("k", nullptr, 10).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(store.get_into_wait("k", memory->data(), SIZE_MAX).error().code(),
            ErrorCode::invalid_argument);
}

TEST(Into, Law9CancelledInFlightTheMemoryOutlivesTheWriting) {
  const Folder folder;
  auto queue = make_queue();
  int cancelled = 0;
  for (int round = 0; round < 30; ++round) {
    Fate fate;
    std::optional<Result<Filled<std::shared_ptr<void>>>> result;
    auto running = read_large(folder.store, memory_with(fate), queue).start(queue, [&](auto one) {
      result = std::move(one);
    });
    std::this_thread::sleep_for(std::chrono::microseconds(100 * round));
    running.cancel();
    EXPECT_TRUE(drain_until(queue, [&] { return result.has_value(); }));
    cancelled += result->has_value() ? 0 : 1;
    result.reset();
    EXPECT_TRUE(drain_until(queue, [&] { return fate.releases > 0; }));
    EXPECT_EQ(fate.releases, 1);
    EXPECT_EQ(fate.released_on, std::this_thread::get_id());
    EXPECT_FALSE(fate.released_within_a_step);
  }
  EXPECT_GT(cancelled, 0);
}

TEST(Into, DestroyedInFlightWithItsQueueTheMemoryIsReleasedByAnother) {
  const Folder folder;
  for (int round = 0; round < 10; ++round) {
    Fate fate;
    {
      auto queue = make_queue();
      auto running = read_large(folder.store, memory_with(fate), queue).start(queue, [](auto) {});
      std::this_thread::sleep_for(std::chrono::microseconds(200 * round));
    }
    auto other = make_queue();
    EXPECT_TRUE(drain_until(other, [&] {
      std::this_thread::sleep_for(1ms);  // no signal of `other` says that there is something
      drain(other);
      return fate.releases > 0;
    }));
    EXPECT_EQ(fate.released_on, std::this_thread::get_id());
    EXPECT_FALSE(fate.released_within_a_step);
  }
}

TEST(Into, AContainerDestroyedInFlightIsFreedAfterTheWriting) {
  const Folder folder;
  auto queue = make_queue();
  for (int round = 0; round < 20; ++round) {
    auto running =
        folder.store.get_into("large", std::string(kLarge, '\0')).start(queue, [](auto) {});
    std::this_thread::sleep_for(std::chrono::microseconds(200 * round));
  }
  EXPECT_TRUE(nothing_stays_in_flight());
}

/// Reads with a deadline that passes in the midst of a step, or of none. How often it has passed.
int reads_with_a_deadline(const BlobStore& store, int first_round) {
  std::string memory(kLarge, '\0');
  int expired = 0;
  for (int round = first_round; round < first_round + 10; ++round) {
    std::fill(memory.begin(), memory.end(), '\0');
    const auto timeout = std::chrono::milliseconds(round % 7);
    const auto read = store.get_into_wait("large", memory.data(), memory.size(), {}, timeout);
    EXPECT_FALSE(within_a_step(memory)) << round;
    if (!read) {
      EXPECT_EQ(read.error().code(), ErrorCode::deadline_exceeded);
      ++expired;
    }
  }
  return expired;
}

TEST(Into, BlockingItReturnsWhenNobodyWritesAnyMore) {
  const Folder folder;
  std::atomic<int> expired = 0;
  std::vector<std::thread> threads;  // more than processors, so that a step is often interrupted
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&, i] { expired += reads_with_a_deadline(folder.store, i); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_GT(expired, 0);
  std::string memory(kLarge, '\0');
  const auto whole = folder.store.get_into_wait("large", memory.data(), memory.size()).value();
  EXPECT_EQ(whole.buffer, memory.data());
  EXPECT_EQ(whole.size, kLarge);
  EXPECT_EQ(memory, std::string(kLarge, 'x'));
}

TEST(Into, BlockingItIsCancelledByATokenAndRefusedInADrain) {
  const Folder folder;
  std::string memory(kLarge, '\0');
  tombolo::CancellationSource source;
  source.cancel();
  const auto cancelled =
      folder.store.get_into_wait("large", memory.data(), memory.size(), {}, 60s, source.token());
  EXPECT_EQ(cancelled.error().code(), ErrorCode::cancelled);
  auto queue = make_queue();
  std::optional<ErrorKind> kind;
  operation<Number>(ready(1)).then(queue, [&](Answer) {
    kind = folder.store.get_into_wait("large", memory.data(), memory.size()).error().kind();
  });
  EXPECT_TRUE(drain_until(queue, [&] { return kind.has_value(); }));
  EXPECT_EQ(*kind, ErrorKind::would_deadlock);
}

}  // namespace
}  // namespace tombolo_test
