// Logs under strain: whoever emits never waits, what is too much is counted, a sink never feeds
// itself, and it may end at any moment.
#include <sys/xattr.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

#include "log_support.hpp"
#include "temporary_folder.hpp"

namespace tombolo_test {
namespace {

/// A sink of the test core with other bounds.
LogSink bounded(const CompletionQueue& queue, Records& records, std::size_t capacity,
                std::size_t bytes) {
  LogOptions options = only("tombolo_test_core=trace");
  options.capacity = capacity;
  options.capacity_bytes = bytes;
  return LogSink::create(queue, into(records), options).value();
}

TEST(LogEnd, WhatASlowServiceHasNoRoomForIsDroppedAndCounted) {
  auto queue = make_queue();
  Records records;
  const RecordsSince since;
  const auto log = bounded(queue, records, 100, 4 << 20);
  emit_many(1000);  // on this thread, which drains nothing meanwhile
  EXPECT_EQ(RecordsSince::waiting(), 100U);
  EXPECT_EQ(since.lost(), 900U);
  EXPECT_TRUE(drain_until(queue, [&] { return records.size() == 100; }));
  EXPECT_EQ(records.back().fields.at(0).value, "99") << "the first stay, the last are dropped";
  emit(slice("after it"));
  EXPECT_TRUE(drain_until(queue, [&] { return records.size() == 101; }));
  EXPECT_EQ(records.back().lost_before, 900U);
  EXPECT_EQ(since.delivered(), 101U);
  EXPECT_EQ(since.lost(), 900U);
  EXPECT_EQ(RecordsSince::waiting(), 0U);
}

TEST(LogEnd, SoIsWhatTakesTooMuchMemory) {
  auto queue = make_queue();
  Records records;
  const RecordsSince since;
  const auto log = bounded(queue, records, 10000, 64 << 10);
  for (int i = 0; i < 100; ++i) {
    emit_long(8000);
  }
  const std::uint64_t waiting = RecordsSince::waiting();
  EXPECT_GE(waiting, 5U);
  EXPECT_LE(waiting, 8U) << "of 8 KB each, in 64 KiB";
  EXPECT_EQ(since.lost(), 100 - waiting);
  EXPECT_TRUE(drain_until(queue, [&] { return RecordsSince::waiting() == 0; }));
  emit_long(8000);
  EXPECT_TRUE(drain_until(queue, [&] { return records.size() == waiting + 1; }))
      << "what was taken out has made room";
}

TEST(LogEnd, WhateverIsEmittedIsDeliveredOrCounted) {
  constexpr std::uint64_t kEach = 20000;
  auto queue = make_queue();
  Records records;
  const RecordsSince since;
  const auto log = bounded(queue, records, 64, 4 << 20);
  std::atomic<int> emitting = 4;
  std::vector<std::thread> threads;
  for (int i = emitting; i > 0; --i) {
    threads.emplace_back([&] {
      emit_many(kEach);
      --emitting;
    });
  }
  EXPECT_TRUE(drain_until(queue, [&] { return emitting == 0; }));
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_TRUE(drain_until(queue, [&] { return RecordsSince::waiting() == 0; }));
  emit(slice("the last one tells of the rest"));
  EXPECT_TRUE(drain_until(queue, [&] { return messages(records).back() == "said"; }));
  std::uint64_t told = 0;
  for (const LogRecord& record : records) {
    told += record.lost_before;
  }
  EXPECT_EQ(records.size() + told, 4 * kEach + 1);
  EXPECT_EQ(since.delivered(), records.size());
  EXPECT_EQ(since.lost(), told);
}

TEST(LogEnd, WhatTheFunctionEmitsIsDropped) {
  auto queue = make_queue();
  const RecordsSince since;
  int times = 0;
  const auto log = sink(queue, [&](const LogRecord&) {
    ++times;
    emit(slice("from within"));
  });
  emit(slice("once"));
  EXPECT_TRUE(drain_until(queue, [&] { return times > 0; }));
  static_cast<void>(drain(queue));
  EXPECT_EQ(times, 1);
  EXPECT_EQ(since.lost(), 1U);
}

TEST(LogEnd, SoIsWhatComesOfOperationsThatTheFunctionStarts) {
  for (const bool on_worker : {false, true}) {
    auto queue = make_queue();
    const RecordsSince since;
    int times = 0;
    int done = 0;
    const auto log = sink(queue, [&](const LogRecord&) {
      ++times;
      operation<void>(emitting(on_worker)).then(queue, [&](const auto&) { ++done; });
    });
    emit(slice("once"));
    EXPECT_TRUE(drain_until(queue, [&] { return done == 1; }));
    static_cast<void>(drain(queue));
    EXPECT_EQ(times, 1) << "on a worker: " << on_worker;
    EXPECT_EQ(since.lost(), 3U);
    operation<void>(emitting(on_worker)).then(queue, [](const auto&) {});
    EXPECT_TRUE(drain_until(queue, [&] { return done == 4; })) << "others are heard as before";
  }
}

TEST(LogEnd, AtTraceASinkDoesNotTellOfItself) {
  start_the_runtime();
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records), "tombolo=trace,tombolo_test_core=trace");
  for (int i = 0; i < 10; ++i) {
    emit(slice("something"));
    static_cast<void>(drain(queue));
  }
  EXPECT_EQ(records.size(), 10U);
}

TEST(LogEnd, AValueThatEmitsOrPanicsIsContained) {
  auto queue = make_queue();
  Records records;
  const RecordsSince since;
  const auto log = sink(queue, into(records));
  emit_a_debug_that_emits();
  emit_a_debug_that_panics();
  emit(slice("after both"));
  EXPECT_TRUE(drain_until(queue, [&] { return records.size() == 2; }));
  EXPECT_EQ(messages(records), (std::vector<std::string>{"its Debug emits", "said"}));
  EXPECT_EQ(records[0].lost_before, 1U) << "what it emitted itself";
  EXPECT_EQ(records[1].lost_before, 1U) << "the second";
  EXPECT_EQ(since.lost(), 2U);
}

TEST(LogEnd, TheFunctionMayDestroyItsSink) {
  auto queue = make_queue();
  const RecordsSince since;
  int times = 0;
  std::optional<LogSink> log;
  log = sink(queue, [&](const LogRecord&) {
    ++times;
    log.reset();
  });
  emit_many(3);
  EXPECT_TRUE(drain_until(queue, [&] { return times > 0; }));
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(times, 1);
  EXPECT_EQ(since.lost(), 2U) << "those that waited";
  EXPECT_EQ(RecordsSince::waiting(), 0U);
}

TEST(LogEnd, TheFunctionMayShutItsQueueDown) {
  auto queue = make_queue();
  int times = 0;
  const auto log = sink(queue, [&](const LogRecord&) {
    ++times;
    queue.shutdown();
  });
  emit_many(3);
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(times, 3) << "what is there is given before the end";
  EXPECT_EQ(emit_without_a_listener(1), 0U) << "and nothing is taken in after it";
}

TEST(LogEnd, AQueueThatIsDestroyedEndsIt) {
  Records records;
  std::optional<CompletionQueue> queue = make_queue();
  const auto log = sink(*queue, into(records));
  emit(slice("just in time"));
  queue.reset();
  EXPECT_EQ(records.size(), 1U) << "it was given what was there";
  EXPECT_EQ(emit_without_a_listener(1), 0U);
  auto another = make_queue();
  const auto next = sink(another, into(records));
  emit(slice("heard"));
  EXPECT_TRUE(drain_until(another, [&] { return records.size() == 2; }));
  EXPECT_EQ(records.back().fields.at(0).value, "heard");
}

TEST(LogEnd, AQueueThatWasShutDownTakesNone) {
  auto queue = make_queue();
  queue.shutdown();
  const auto log = LogSink::create(queue, [](const LogRecord&) {});
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code(), ErrorCode::cancelled);
  auto another = make_queue();
  EXPECT_TRUE(LogSink::create(another, [](const LogRecord&) {})) << "nothing of it is left";
}

TEST(LogEnd, ItMovesAndEndsWhatItIsAssignedTo) {
  auto queue = make_queue();
  Records records;
  LogSink log;
  log = sink(queue, into(records));
  LogSink moved = std::move(log);
  emit(slice("to the moved"));
  EXPECT_TRUE(drain_until(queue, [&] { return records.size() == 1; }));
  moved = LogSink();
  EXPECT_EQ(emit_without_a_listener(1), 0U);
  EXPECT_TRUE(drain_all(queue));
}

TEST(LogEnd, ComingAndGoingWhileEverybodyEmitsLosesNothingUncounted) {
  auto queue = make_queue();
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> asked = 0;
  const RecordsSince since;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        asked += emit_without_a_listener(10);
        static_cast<void>(operation<Number>(hop_on_worker(1)).wait());
      }
    });
  }
  std::uint64_t heard = 0;
  for (int i = 0; i < 300; ++i) {
    const auto log = sink(queue, [&](const LogRecord&) { ++heard; });
    static_cast<void>(drain(queue));
  }
  stop = true;
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(since.delivered(), heard);
  EXPECT_EQ(since.delivered() + since.lost(), asked);
  EXPECT_EQ(RecordsSince::waiting(), 0U);
  EXPECT_TRUE(nothing_stays_in_flight());
}

TEST(LogEnd, AFolderTellsWhatItFoundAndDid) {
  const TemporaryFolder folder;
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records), "tombolo::blob=info");
  {
    const auto store = tombolo::BlobStore::open(folder.url()).value();
    ASSERT_TRUE(store.put("key", std::string("text")).wait());
  }
  EXPECT_EQ(drain(queue), 0U) << "nothing that is worth an operator's while";
  std::filesystem::create_directory(folder.path() / ".tombolo/tmp/dead");
  std::ofstream(folder.path() / ".tombolo/tmp/dead/1") << "half an object";
  const auto store = tombolo::BlobStore::open(folder.url()).value();
  const std::string file = folder.path() / "key";
  ASSERT_EQ(::setxattr(file.c_str(), "user.tombolo", "\xff", 1, 0), 0);
  ASSERT_EQ(store.list().next().wait().value()->objects.size(), 1U);
  std::filesystem::remove_all(folder.path() / ".tombolo/tmp");
  EXPECT_TRUE(drain_until(queue, [&] { return records.size() == 2; }));
  EXPECT_EQ(records[0].to_string(),
            "info tombolo::blob::folder::session: what a process that died had left was removed "
            "files=1");
  EXPECT_EQ(records[1].level, LogLevel::warn);
  EXPECT_EQ(records[1].message, "the attribute of an object is corrupt");
  EXPECT_EQ(records[1].fields.at(0).value, "key");
  EXPECT_TRUE(is_in(records[1], "list")) << "though a thread for blocking work has found it";
}

}  // namespace
}  // namespace tombolo_test
