// The spans of a record: which they are, in which order, and what is known of them.
#include <string>

#include "log_support.hpp"
#include "tombolo-test-core/src/spans.rs.h"

namespace tombolo_test {
namespace {

/// The one record of what `emit` emits, as a line.
template <class F>
std::string line_of(F emit) {
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records));
  emit();
  drain(queue);
  EXPECT_EQ(records.size(), 1U);
  return records.empty() ? "" : records.front().to_string();
}

TEST(LogSpans, ComeOutermostFirst) {
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records));
  emit_in_spans(2);
  emit_in_a_root();
  drain(queue);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].to_string(),
            "info level{depth=2 later=\"known\"} level{depth=1 later=\"known\"} "
            "tombolo_test_core::spans: within");
  EXPECT_EQ(records[1].to_string(), "info tombolo_test_core::spans: on its own");
  EXPECT_EQ(records[2].to_string(), "info other{} tombolo_test_core::spans: in the other");
}

TEST(LogSpans, TheInnermostSixteenAreTold) {
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records));
  for (const std::size_t depth : {16U, 17U, 500U}) {
    emit_in_spans(depth);
  }
  drain(queue);
  ASSERT_EQ(records.size(), 3U);
  for (const LogRecord& record : records) {
    ASSERT_EQ(record.spans.size(), 16U);
    EXPECT_EQ(line(record.spans.front().fields.front()), "depth=16/1");
  }
  EXPECT_FALSE(records[0].cut);
  EXPECT_TRUE(records[1].cut);
  EXPECT_TRUE(records[2].cut);
}

// Each is held by the next: an end of one within another would take more stack than there is.
TEST(LogSpans, AnyNumberMayBeWithinEachOther) {
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records));
  emit_in_deep_spans(300000);
  drain(queue);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].message, "deep down");
  EXPECT_EQ(line(records[0].spans.back().fields.front()), "level=299999/1");
  EXPECT_TRUE(records[0].cut);
}

TEST(LogSpans, TextIsCut) {
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records));
  emit_in_long_spans(1, 1024);
  emit_in_long_spans(1, 1025);
  drain(queue);
  ASSERT_EQ(records.size(), 2U);
  for (const LogRecord& record : records) {
    EXPECT_EQ(record.spans.at(0).fields.at(0).value, std::string(1024, 'x'));
  }
  EXPECT_FALSE(records[0].cut);
  EXPECT_TRUE(records[1].cut);
}

TEST(LogSpans, TheirMemoryCountsInEachRecord) {
  auto queue = make_queue();
  const RecordsSince since;
  LogOptions options = only("tombolo_test_core=trace");
  options.capacity_bytes = std::size_t{64} << 10;
  const auto log = LogSink::create(
                       queue, [](const LogRecord&) {}, options)
                       .value();
  for (int i = 0; i < 10; ++i) {
    emit_in_long_spans(16, 1000);
  }
  const std::uint64_t waiting = RecordsSince::waiting();
  EXPECT_GE(waiting, 2U);
  EXPECT_LE(waiting, 4U) << "of 16 KB each, in 64 KiB";
  EXPECT_EQ(since.lost(), 10 - waiting);
}

TEST(LogSpans, WhatIsRecordedAnewTakesThePlaceOfWhatWas) {
  EXPECT_EQ(line_of(emit_in_a_span_that_is_recorded_twice),
            "info span{other=1 later=\"known better\"} tombolo_test_core::spans: within");
}

TEST(LogSpans, AreThereAsLongAsAnythingHoldsThem) {
  EXPECT_EQ(line_of(emit_in_a_clone_of_a_span), "info span{} tombolo_test_core::spans: within");
  EXPECT_EQ(line_of(emit_of_a_span_that_is_gone),
            "info tombolo_test_core::spans: of one that is gone");
}

TEST(LogSpans, MayBeLeftInAnyOrder) {
  EXPECT_EQ(line_of(emit_out_of_order), "info second{} tombolo_test_core::spans: in the second");
}

TEST(LogSpans, WhatTheirValuesEmitIsDropped) {
  const RecordsSince since;
  EXPECT_EQ(line_of(emit_in_a_span_that_emits),
            "info span{value=\"emitted\" later=\"emitted\"} tombolo_test_core::spans: within "
            "(2 lost before)");
  EXPECT_EQ(since.lost(), 2U);
}

TEST(LogSpans, APanicOfTheirValuesIsContained) {
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records));
  emit_in_a_span_that_panics();
  drain(queue);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].to_string(), "info tombolo_test_core::spans: in the first")
      << "of which nothing is known";
  EXPECT_EQ(records[1].to_string(), "info recorded{} tombolo_test_core::spans: in the second");
}

// An operation's span is around those that it makes itself.
TEST(LogSpans, OfAnOperationThatTheSinkStartsAreMutedToo) {
  for (const bool on_worker : {false, true}) {
    auto queue = make_queue();
    const RecordsSince since;
    int times = 0;
    int done = 0;
    const auto log = sink(queue, [&](const LogRecord& record) {
      ++times;
      if (record.spans.empty()) {
        operation<void>(emitting_in_a_span(on_worker)).then(queue, [&](const auto&) { ++done; });
      } else {
        EXPECT_EQ(record.spans.size(), 2U);
        EXPECT_EQ(record.spans.back().name, "inner");
      }
    });
    emit(slice("once"));
    EXPECT_TRUE(drain_until(queue, [&] { return done == 1; }));
    static_cast<void>(drain(queue));
    EXPECT_EQ(times, 1) << "on a worker: " << on_worker;
    EXPECT_EQ(since.lost(), 2U);
    operation<void>(emitting_in_a_span(on_worker)).then(queue, [&](const auto&) { ++done; });
    EXPECT_TRUE(drain_until(queue, [&] { return done == 2 && times == 3; }))
        << "others are heard as before";
  }
}

}  // namespace
}  // namespace tombolo_test
