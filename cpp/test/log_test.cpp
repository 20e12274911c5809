// Events of the core reach a C++ sink with level, target, message, fields and spans; those that
// were asked for, in a drain, on its thread.
#include "tombolo/log.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <thread>

#include "log_support.hpp"

namespace tombolo_test {
namespace {

using Kind = LogRecord::Field::Kind;
using Texts = std::vector<std::string>;

TEST(Log, ARecordSaysWhatWhereAndWhen) {
  auto queue = make_queue();
  Records records;
  const auto before = std::chrono::system_clock::now();
  const auto log = sink(queue, into(records));
  emit(slice("hello"));
  EXPECT_TRUE(records.empty()) << "before the drain";
  EXPECT_TRUE(readable(queue.fd()));
  drain(queue);
  ASSERT_EQ(records.size(), 1U);
  const LogRecord& record = records.front();
  EXPECT_EQ(record.level, LogLevel::info);
  EXPECT_EQ(record.target, kTarget);
  EXPECT_EQ(record.message, "said");
  EXPECT_EQ(lines(record.fields), (Texts{"text=hello/0"}));
  EXPECT_TRUE(record.spans.empty());
  EXPECT_GE(record.time, before - 1s);
  EXPECT_LE(record.time, std::chrono::system_clock::now() + 1s);
  EXPECT_EQ(record.thread_id, static_cast<std::uint32_t>(::gettid()));
  EXPECT_EQ(record.thread_name, "log_test");
  EXPECT_EQ(record.lost_before, 0U);
  EXPECT_FALSE(record.cut);
  EXPECT_EQ(record.to_string(), "info tombolo_test_core::logs: said text=\"hello\"");
}

TEST(Log, AThreadIsNamedAsItWasAtItsFirstRecord) {
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records));
  std::thread([] {
    pthread_setname_np(pthread_self(), "first");
    emit(slice("it asks"));
    pthread_setname_np(pthread_self(), "second");
    emit(slice("it remembers"));
  }).join();
  drain(queue);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].thread_name, "first");
  EXPECT_EQ(records[1].thread_name, "first");
  EXPECT_EQ(records[0].thread_id, records[1].thread_id);
}

TEST(Log, ValuesAreTextThatKnowsWhatItWas) {
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records));
  emit_values();
  drain(queue);
  ASSERT_EQ(records.size(), 1U);
  const LogRecord& record = records.front();
  EXPECT_EQ(record.message, "values of every kind");
  EXPECT_EQ(lines(record.fields),
            (Texts{"text=größe \"quoted\"\n/0", "debug=Some(1)/0", "shown=x/0", "signed=-7/1",
                   "unsigned=18446744073709551615/1", "real=0.5/1", "yes=true/2",
                   "large=340282366920938463463374607431768211455/1",
                   "small=-170141183460469231731687303715884105728/1",
                   "error=an error occurred when formatting an argument/0"}));
  EXPECT_EQ(record.to_string(),
            "info tombolo_test_core::logs: values of every kind text=\"größe \\\"quoted\\\"\\n\" "
            "debug=\"Some(1)\" shown=\"x\" signed=-7 unsigned=18446744073709551615 real=0.5 "
            "yes=true large=340282366920938463463374607431768211455 "
            "small=-170141183460469231731687303715884105728 "
            "error=\"an error occurred when formatting an argument\"");
}

TEST(Log, EachLevelIncludesThoseBeforeIt) {
  const Texts all = {"an error", "a warning", "a piece of information", "a detail", "a step"};
  for (std::size_t level = 0; level <= all.size(); ++level) {
    auto queue = make_queue();
    Records records;
    LogOptions options;
    options.level = static_cast<LogLevel>(level);
    options.targets = "tombolo=off";
    const auto log = LogSink::create(queue, into(records), options).value();
    emit_at_every_level();
    drain(queue);
    EXPECT_EQ(messages(records), Texts(all.begin(), all.begin() + static_cast<long>(level)));
    for (std::size_t at = 0; at < records.size(); ++at) {
      EXPECT_EQ(static_cast<std::size_t>(records[at].level), at + 1);
    }
  }
}

TEST(Log, TheLongestNameOfATargetDecides) {
  auto queue = make_queue();
  Records records;
  const auto log =
      sink(queue, into(records), "tombolo_test_core=warn,elsewhere=info,elsewhere::within=off");
  emit_at_every_level();
  emit_of_another_target();
  drain(queue);
  EXPECT_EQ(messages(records), (Texts{"an error", "a warning", "an event of elsewhere"}));
}

TEST(Log, OptionsThatCannotBeReadAreRefused) {
  auto queue = make_queue();
  const auto refusal = [&](LogOptions options) {
    auto log = LogSink::create(
        queue, [](const LogRecord&) {}, options);
    EXPECT_FALSE(log);
    EXPECT_EQ(log.error().code(), ErrorCode::invalid_argument);
    return std::string(log.error().message());
  };
  EXPECT_EQ(refusal(only("tombolo=loud")),
            "targets: \"tombolo=loud\": \"loud\" is no level, which are off, error, warn, info, "
            "debug, trace");
  EXPECT_EQ(refusal(only("\xff")), "targets: it is not UTF-8 at byte 0");
  LogOptions options;
  options.capacity = 0;
  EXPECT_EQ(refusal(options), "capacity: it is 0, and must be 1 to 16777216");
  options.capacity = 1;
  options.capacity_bytes = 1000;
  EXPECT_EQ(refusal(options), "capacity_bytes: it is 1000, and must be at least 65536");
  options.capacity_bytes = 65536;
  options.level = static_cast<LogLevel>(6);
  EXPECT_EQ(refusal(options), "level: 6 is none");
  EXPECT_EQ(LogSink::create(CompletionQueue(), [](const LogRecord&) {}).error().code(),
            ErrorCode::invalid_argument);
  EXPECT_TRUE(LogSink::create(queue, [](const LogRecord&) {})) << "none of these is left open";
}

TEST(Log, ThereIsOneSinkAtATime) {
  auto queue = make_queue();
  Records records;
  std::optional<LogSink> first = sink(queue, into(records));
  const auto refused = LogSink::create(queue, [](const LogRecord&) { FAIL(); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::failed_precondition);
  EXPECT_EQ(refused.error().message(),
            "there is a log sink already; let its function hand the records on");
  emit(slice("to the first"));
  drain(queue);
  EXPECT_EQ(records.size(), 1U) << "it goes on";
  first.reset();
  const auto second = sink(queue, into(records));
  emit(slice("to the second"));
  drain(queue);
  EXPECT_EQ(records.size(), 2U);
}

TEST(Log, TextIsCutBetweenCharacters) {
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records));
  emit_long(100);
  emit_long(20000);
  drain(queue);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_FALSE(records[0].cut);
  EXPECT_TRUE(records[1].cut);
  const LogRecord& record = records[1];
  EXPECT_EQ(record.message, "something long");
  const std::size_t size = record.message.size() + record.fields.at(0).value.size();
  EXPECT_EQ(size, 8191U) << "of 8192, the last would have been half a character";
  EXPECT_EQ(record.fields[0].value.substr(8191 - 14 - 2), "ü");
  EXPECT_EQ(record.to_string().substr(record.to_string().size() - 6), " (cut)");
}

TEST(Log, WhatAnOperationEmitsSaysWhichItWas) {
  for (const bool on_worker : {false, true}) {
    auto queue = make_queue();
    Records records;
    const auto log = sink(queue, into(records));
    bool done = false;
    operation<void>(emitting(on_worker)).then(queue, [&](const auto&) { done = true; });
    EXPECT_TRUE(drain_until(queue, [&] { return done && records.size() == 3; }));
    EXPECT_EQ(messages(records), (Texts{"at first", "after a hop", "in blocking work"}));
    for (const LogRecord& record : records) {
      ASSERT_EQ(record.spans.size(), 1U) << record.to_string();
      EXPECT_EQ(record.spans[0].name, "operation");
      EXPECT_EQ(lines(record.spans[0].fields).at(0), "service=test/0");
      EXPECT_EQ(lines(record.spans[0].fields).at(1), "operation=emitting/0");
      EXPECT_EQ(line(record.spans[0].fields.at(2)), line(records[0].spans[0].fields.at(2)));
    }
    EXPECT_NE(records[1].thread_id, records[2].thread_id);
    EXPECT_EQ(records[2].thread_name.substr(0, 8), "tombolo-");
    EXPECT_EQ(records[1].thread_id == records[0].thread_id, true);
    EXPECT_EQ(records[0].thread_id == static_cast<std::uint32_t>(::gettid()), !on_worker);
  }
}

TEST(Log, WhatTheFunctionThrowsComesOutOfTheDrain) {
  auto queue = make_queue();
  Texts texts;
  const RecordsSince since;
  const auto log = sink(queue, [&](const LogRecord& record) {
    texts.push_back(record.fields.at(0).value);
    if (texts.size() == 1) throw std::runtime_error("no room");
  });
  emit(slice("first"));
  emit(slice("second"));
  EXPECT_THROW(static_cast<void>(queue.poll()), std::runtime_error);
  drain(queue);
  EXPECT_EQ(texts, (Texts{"first", "second"}));
  EXPECT_EQ(since.delivered(), 2U);
  EXPECT_EQ(since.lost(), 0U);
}

TEST(Log, OffByDefaultItAsksForNothing) {
  EXPECT_EQ(emit_without_a_listener(100), 0U);
  auto queue = make_queue();
  const RecordsSince since;
  {
    const auto log = sink(queue, [](const LogRecord&) {});
    EXPECT_EQ(emit_without_a_listener(100), 100U);
  }
  EXPECT_EQ(emit_without_a_listener(100), 0U) << "and after the sink is gone";
  EXPECT_EQ(since.delivered(), 0U);
  EXPECT_EQ(since.lost(), 100U);
}

TEST(Log, ManyRecordsArriveInOrderOverManyDrains) {
  auto queue = make_queue();
  Records records;
  const auto log = sink(queue, into(records));
  emit_many(5000);
  std::size_t drains = 0;
  EXPECT_TRUE(drain_until(queue, [&] {
    ++drains;
    return records.size() == 5000;
  }));
  EXPECT_GT(drains, 1U);
  for (std::size_t at = 0; at < records.size(); ++at) {
    ASSERT_EQ(records[at].fields.at(0).value, std::to_string(at));
  }
}

}  // namespace
}  // namespace tombolo_test
