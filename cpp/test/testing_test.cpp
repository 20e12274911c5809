// tombolo::testing, as the unit tests of a service use it: rules and records of the fake store. The
// clock is in testing_clock_test.cpp.
#include "tombolo/testing.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "draining.hpp"
#include "tombolo/tombolo.hpp"

namespace tombolo_test {
namespace {

using tombolo::BlobStore;
using tombolo::Bytes;
using tombolo::Effect;
using tombolo::ErrorCode;
using tombolo::ErrorKind;
using tombolo::Result;
using tombolo::testing::Call;
using tombolo::testing::FakeBlobStore;
using tombolo::testing::Fault;
using tombolo::testing::Gate;
using tombolo::testing::Outcome;
using tombolo::testing::RecordedCall;

std::string text_of(const Result<Bytes>& bytes) {
  return bytes ? bytes->to_string() : bytes.error().to_string();
}

void put(const BlobStore& store, const std::string& key, const std::string& text) {
  ASSERT_TRUE(store.put(key, std::string(text)).wait());
}

/// The code of the error, or nothing.
template <class T>
std::optional<ErrorCode> code_of(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().code());
}

std::optional<ErrorCode> get(const BlobStore& store, const std::string& key) {
  return code_of(store.get(key).wait());
}

using Codes = std::vector<std::optional<ErrorCode>>;

Codes gets(const BlobStore& store, const std::string& key, int times) {
  Codes codes;
  for (int i = 0; i < times; ++i) {
    codes.push_back(get(store, key));
  }
  return codes;
}

constexpr auto kUnavailable = ErrorCode::unavailable;

TEST(FakeBlobStore, IsAStoreInMemoryUnlessARuleSaysOtherwise) {
  FakeBlobStore fake;
  put(fake.store(), "a/b", "hello");
  EXPECT_EQ(text_of(fake.store().get("a/b").wait()), "hello");
  EXPECT_EQ(get(fake.store(), "a/c"), ErrorCode::not_found);
  EXPECT_TRUE(fake.verify());
  FakeBlobStore another;
  EXPECT_EQ(get(another.store(), "a/b"), ErrorCode::not_found) << "two fakes are one store";
}

TEST(FakeBlobStore, FailsAsARuleSays) {
  FakeBlobStore fake;
  put(fake.store(), "a", "hello");
  Fault fault(ErrorCode::resource_exhausted, "the disk is full");
  fault.kind = ErrorKind::condition_not_met;
  fault.retryable = true;
  fake.on(Call::get).key("a").fail(fault);
  const auto got = fake.store().get("a").wait();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::resource_exhausted);
  EXPECT_EQ(got.error().kind(), ErrorKind::condition_not_met);
  EXPECT_EQ(got.error().message(), "the disk is full");
  EXPECT_EQ(got.error().service(), "blob.fake");
  EXPECT_EQ(got.error().operation(), "get");
  EXPECT_TRUE(got.error().retryable());
  EXPECT_TRUE(fake.verify());
}

TEST(FakeBlobStore, RetriesFollowFromTheCodeUnlessTheyAreSaid) {
  FakeBlobStore fake;
  fake.on(Call::get).nth(1).fail(kUnavailable);
  Fault final(kUnavailable);
  final.retryable = false;
  fake.on(Call::get).nth(2).fail(final);
  EXPECT_TRUE(fake.store().get("a").wait().error().retryable());
  EXPECT_FALSE(fake.store().get("a").wait().error().retryable());
}

TEST(FakeBlobStore, EveryCodeAndKindComesBack) {
  FakeBlobStore fake;
  for (std::uint32_t code = 1; code <= 16; ++code) {
    Fault fault(static_cast<ErrorCode>(code));
    fault.kind = static_cast<ErrorKind>(code % 10);
    fake.on(Call::get).nth(code).fail(fault);
  }
  for (std::uint32_t code = 1; code <= 16; ++code) {
    const auto got = fake.store().get("a").wait();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code(), static_cast<ErrorCode>(code));
    EXPECT_EQ(got.error().kind(), static_cast<ErrorKind>(code % 10));
  }
  EXPECT_TRUE(fake.verify());
}

TEST(RulesOfAFake, AnswerTheNextTheNthOrEveryCall) {
  FakeBlobStore fake;
  auto& store = fake.store();
  for (const char* key : {"next", "nth", "every"}) {
    put(store, key, "hello");
  }
  fake.on(Call::get).key("next").next(2).fail(kUnavailable);
  fake.on(Call::get).key("nth").nth(2).fail(kUnavailable);
  fake.on(Call::get).key("every").fail(kUnavailable);
  EXPECT_EQ(gets(store, "next", 3), (Codes{kUnavailable, kUnavailable, std::nullopt}));
  EXPECT_EQ(gets(store, "nth", 3), (Codes{std::nullopt, kUnavailable, std::nullopt}));
  EXPECT_EQ(gets(store, "every", 3), (Codes{kUnavailable, kUnavailable, kUnavailable}));
  EXPECT_TRUE(fake.verify());
}

TEST(RulesOfAFake, TheFirstThatWantsACallHasIt) {
  FakeBlobStore fake;
  fake.on(Call::get).next(1).fail(ErrorCode::aborted);
  fake.on(Call::get).nth(2).fail(ErrorCode::data_loss);
  fake.on(Call::any).fail(kUnavailable);
  // The second rule has counted the call that the first has answered.
  EXPECT_EQ(gets(fake.store(), "a", 3),
            (Codes{ErrorCode::aborted, ErrorCode::data_loss, kUnavailable}));
  EXPECT_EQ(code_of(fake.store().head("a").wait()), kUnavailable);
  EXPECT_TRUE(fake.verify());
}

TEST(RulesOfAFake, AreForKeys) {
  FakeBlobStore fake;
  auto& store = fake.store();
  for (const char* key : {"a", "a/b", "b"}) {
    put(store, key, "hello");
  }
  fake.on(Call::get).key("a").fail(ErrorCode::aborted);
  fake.on(Call::get).prefix("a/").fail(kUnavailable);
  EXPECT_EQ(get(store, "a"), ErrorCode::aborted);
  EXPECT_EQ(get(store, "a/b"), kUnavailable);
  EXPECT_EQ(get(store, "b"), std::nullopt);

  fake.on(Call::copy).key("target").fail(kUnavailable);
  fake.on(Call::rename).key("target").fail(kUnavailable);
  fake.on(Call::remove_many).key("b").fail(kUnavailable);
  fake.on(Call::list).key("a/").fail(kUnavailable);
  EXPECT_EQ(code_of(store.copy("b", "target").wait()), kUnavailable);
  EXPECT_EQ(code_of(store.rename("b", "target").wait()), kUnavailable);
  EXPECT_EQ(code_of(store.remove_many({"a", "b"}).wait()), kUnavailable);
  EXPECT_EQ(code_of(store.remove_many({"a", "c"}).wait()), std::nullopt);
  tombolo::ListOptions options;
  options.prefix = "a/";
  EXPECT_EQ(code_of(store.list(options).next().wait()), kUnavailable);
  EXPECT_EQ(code_of(store.list().next().wait()), std::nullopt);
  EXPECT_TRUE(fake.verify());
}

/// Makes one call of each operation, and of nothing else but what must be open for it; "a" is
/// there.
Codes call_each(const BlobStore& store, Call call) {
  auto reader = call == Call::read ? store.open_reader("a").wait() : tombolo::BlobReader();
  auto writer = call == Call::write || call == Call::finish ? store.open_writer("w").wait()
                                                            : tombolo::BlobWriter();
  const std::map<Call, std::function<std::optional<ErrorCode>()>> calls = {
      {Call::get, [&] { return code_of(store.get("a").wait()); }},
      {Call::get_into, [&] { return code_of(store.get_into("a", std::string(99, ' ')).wait()); }},
      {Call::head, [&] { return code_of(store.head("a").wait()); }},
      {Call::put, [&] { return code_of(store.put("a", std::string("new")).wait()); }},
      {Call::open_reader, [&] { return code_of(store.open_reader("a").wait()); }},
      {Call::read, [&] { return code_of(reader->next().wait()); }},
      {Call::open_writer, [&] { return code_of(store.open_writer("w").wait()); }},
      {Call::write, [&] { return code_of(writer->write(std::string("piece")).wait()); }},
      {Call::finish, [&] { return code_of(writer->finish().wait()); }},
      {Call::list, [&] { return code_of(store.list().next().wait()); }},
      {Call::remove, [&] { return code_of(store.remove("a").wait()); }},
      {Call::remove_many, [&] { return code_of(store.remove_many({"a"}).wait()); }},
      {Call::copy, [&] { return code_of(store.copy("a", "b").wait()); }},
      {Call::rename, [&] { return code_of(store.rename("a", "b").wait()); }},
  };
  return {calls.at(call)()};
}

struct EachCall : testing::TestWithParam<std::uint32_t> {
  static Call call() { return static_cast<Call>(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(Of, EachCall, testing::Range(1U, 15U), [](const auto& info) {
  return std::string(tombolo::testing::to_string(static_cast<Call>(info.param)));
});

TEST_P(EachCall, FailsByARuleForIt) {
  FakeBlobStore fake;
  put(fake.store(), "a", "hello");
  fake.on(call()).fail(kUnavailable);
  EXPECT_EQ(call_each(fake.store(), call()), Codes{kUnavailable});
  EXPECT_TRUE(fake.verify());
}

TEST_P(EachCall, IsRecorded) {
  FakeBlobStore fake;
  put(fake.store(), "a", "hello");
  fake.clear_calls();
  EXPECT_EQ(call_each(fake.store(), call()), Codes{std::nullopt});
  const auto recorded = fake.calls(call());
  ASSERT_EQ(recorded.size(), 1U);
  EXPECT_EQ(recorded[0].call, call());
  EXPECT_EQ(recorded[0].outcome, Outcome::value);
  EXPECT_FALSE(recorded[0].scripted);
  EXPECT_FALSE(recorded[0].code);
  EXPECT_EQ(fake.calls().back().call, call()) << "something else was recorded after it";
}

TEST_P(EachCall, WaitsAtAGate) {
  FakeBlobStore fake;
  put(fake.store(), "a", "hello");
  fake.clear_calls();
  const Gate gate;
  fake.on(call()).at(gate).answer();
  Codes codes;
  std::thread other([&] { codes = call_each(fake.store(), call()); });
  EXPECT_TRUE(gate.wait_for_calls(1, kPatience));
  EXPECT_EQ(fake.calls(call()).at(0).outcome, Outcome::pending);
  gate.open();
  other.join();
  EXPECT_EQ(codes, Codes{std::nullopt});
  EXPECT_EQ(gate.waiting(), 0U);
}

TEST_P(EachCall, Law1PanicsByARuleAndTheErrorSaysSo) {
  FakeBlobStore fake;
  put(fake.store(), "a", "hello");
  fake.clear_calls();
  fake.on(call()).panic("the core is broken");
  EXPECT_EQ(call_each(fake.store(), call()), Codes{ErrorCode::internal});
  EXPECT_EQ(fake.calls(call()).at(0).outcome, Outcome::panic);
  EXPECT_TRUE(fake.verify());
}

TEST(FakeBlobStore, APanicIsToldWithItsText) {
  FakeBlobStore fake;
  fake.on(Call::get).panic("the core is broken");
  const auto got = fake.store().get("a").wait();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind(), ErrorKind::panic);
  EXPECT_NE(got.error().message().find("the core is broken"), std::string::npos);
}

TEST(FaultsOfAFake, AreAppliedOrNotAsTheySay) {
  FakeBlobStore fake;
  auto& store = fake.store();
  Fault fault(kUnavailable);
  const auto put_fails = [&](const char* key, Effect effect, bool applied) {
    fault.effect = effect;
    fault.applied = applied;
    fake.on(Call::put).key(key).fail(fault);
    const auto put = store.put(key, std::string("hello")).wait();
    return !put && put.error().effect() == effect;
  };
  EXPECT_TRUE(put_fails("none", Effect::none, false));
  EXPECT_TRUE(put_fails("unknown", Effect::unknown, false));
  EXPECT_TRUE(put_fails("unknown but there", Effect::unknown, true));
  EXPECT_TRUE(put_fails("done", Effect::done, true));
  EXPECT_EQ(get(store, "none"), ErrorCode::not_found);
  EXPECT_EQ(get(store, "unknown"), ErrorCode::not_found);
  EXPECT_EQ(text_of(store.get("unknown but there").wait()), "hello");
  EXPECT_EQ(text_of(store.get("done").wait()), "hello");
  EXPECT_EQ(fake.calls(Call::put).at(3).effect, Effect::done);
  EXPECT_TRUE(fake.verify());
}

TEST(BodiesOfAFake, AreCutAndSpoilt) {
  FakeBlobStore fake;
  auto& store = fake.store();
  put(store, "a", "hello");
  fake.on(Call::get).nth(1).cut_body(2);
  fake.on(Call::get).nth(2).spoil_body(4);
  EXPECT_EQ(text_of(store.get("a").wait()), "he");
  EXPECT_EQ(text_of(store.get("a").wait()), "helln");
  EXPECT_EQ(text_of(store.get("a").wait()), "hello") << "the stored bytes were spoilt";
  EXPECT_EQ(fake.calls(Call::get).at(0).received, 2U);

  fake.on(Call::read).nth(1).spoil_body(0);
  const auto reader = store.open_reader("a").wait().value();
  EXPECT_EQ(reader.next().wait().value()->to_string(), "iello");
  EXPECT_TRUE(fake.verify());
}

TEST(BodiesOfAFake, ThatAreTooShortForTheRuleFail) {
  FakeBlobStore fake;
  put(fake.store(), "a", "hello");
  fake.on(Call::get).nth(1).cut_body(5);
  fake.on(Call::get).nth(2).spoil_body(5);
  for (int i = 0; i < 2; ++i) {
    const auto got = fake.store().get("a").wait();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(got.error().message(), "body: it has 5 bytes, and the rule wants byte 5");
  }
}

/// The chunks of "a" until the end or an error.
std::pair<std::vector<std::string>, std::optional<ErrorCode>> read_all(const BlobStore& store) {
  std::vector<std::string> chunks;
  const auto reader = store.open_reader("a").wait().value();
  for (;;) {
    auto chunk = reader.next().wait();
    if (!chunk || !*chunk) {
      return {chunks, code_of(chunk)};
    }
    chunks.push_back((*chunk)->to_string());
  }
}

using Chunks = std::vector<std::string>;

TEST(StreamsOfAFake, BreakAfterSoManyChunks) {
  FakeBlobStore::Options options;
  options.chunk_size = 2;
  FakeBlobStore fake(options);
  put(fake.store(), "a", "hello");
  EXPECT_EQ(read_all(fake.store()), std::pair(Chunks({"he", "ll", "o"}), Codes::value_type()));
  fake.on(Call::read).key("a").after(2).next(1).fail(ErrorCode::data_loss);
  EXPECT_EQ(read_all(fake.store()),
            std::pair(Chunks({"he", "ll"}), std::optional(ErrorCode::data_loss)));
  EXPECT_EQ(read_all(fake.store()), std::pair(Chunks({"he", "ll", "o"}), Codes::value_type()));
  // After all of them: it is the end that is not found.
  fake.on(Call::read).after(3).fail(ErrorCode::data_loss);
  EXPECT_EQ(read_all(fake.store()),
            std::pair(Chunks({"he", "ll", "o"}), std::optional(ErrorCode::data_loss)));
  EXPECT_TRUE(fake.verify());
}

TEST(StreamsOfAFake, OfWritersAndListingsBreakToo) {
  FakeBlobStore fake;
  auto& store = fake.store();
  fake.on(Call::write).after(1).fail(kUnavailable);
  const auto writer = store.open_writer("w").wait().value();
  EXPECT_TRUE(writer.write(std::string("one")).wait());
  EXPECT_EQ(code_of(writer.write(std::string("two")).wait()), kUnavailable);
  EXPECT_EQ(fake.calls(Call::write).at(0).sent, 3U);

  for (const char* key : {"a", "b", "c"}) {
    put(store, key, "hello");
  }
  fake.on(Call::list).after(2).fail(kUnavailable);
  tombolo::ListOptions options;
  options.page_size = 1;
  const auto pages = store.list(options);
  EXPECT_EQ(pages.next().wait().value()->objects.at(0).key, "a");
  EXPECT_EQ(pages.next().wait().value()->objects.at(0).key, "b");
  EXPECT_EQ(code_of(pages.next().wait()), kUnavailable);
  EXPECT_EQ(pages.next().wait().value(), std::nullopt) << "a listing goes on after an error";
  EXPECT_TRUE(fake.verify());
}

TEST(GatesOfAFake, LetThroughInTheOrderOfComing) {
  FakeBlobStore fake;
  const Gate gate;
  fake.on(Call::put).at(gate).answer();
  auto queue = make_queue();
  std::vector<std::string> done;
  for (const char* key : {"1", "2", "3"}) {
    fake.store().put(key, std::string("x")).then(queue, [&done, key](auto put) {
      EXPECT_TRUE(put);
      done.emplace_back(key);
    });
  }
  ASSERT_TRUE(gate.wait_for_calls(3, kPatience));
  gate.let_through(2);
  EXPECT_TRUE(drain_until(queue, [&] { return done.size() == 2; }));
  EXPECT_EQ(done, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(gate.waiting(), 1U);
  gate.open();
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(done.size(), 3U);

  gate.close();
  auto running = fake.store().put("4", std::string("x")).start(queue, [](auto) {});
  EXPECT_TRUE(gate.wait_for_calls(1, kPatience));
  running.cancel();
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(gate.waiting(), 0U);
  EXPECT_EQ(fake.calls().back().outcome, Outcome::dropped);
  EXPECT_EQ(get(fake.store(), "4"), ErrorCode::not_found);
}

TEST(GatesOfAFake, TellHowManyCallsHaveCome) {
  const auto waited = Gate().wait_for_calls(3, 1ms);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code(), ErrorCode::deadline_exceeded);
  EXPECT_EQ(waited.error().message(), "0 of 3 calls are at the gate after 1ms");
  EXPECT_TRUE(Gate().wait_for_calls(0, -1s));
}

TEST(CallsOfAFake, AreRecordedInOrder) {
  FakeBlobStore fake;
  auto& store = fake.store();
  fake.on(Call::get).key("b").fail(kUnavailable);
  put(store, "a", "hello");
  static_cast<void>(store.get("a").wait());
  static_cast<void>(store.get("b").wait());
  static_cast<void>(store.copy("a", "c").wait());
  static_cast<void>(store.remove_many({"a", "b", "c"}).wait());
  static_cast<void>(store.get("").wait());  // no key, so the backend is not asked

  const auto calls = fake.calls();
  ASSERT_EQ(calls.size(), 5U);
  EXPECT_EQ(calls[0].call, Call::put);
  EXPECT_EQ(calls[0].key, "a");
  EXPECT_EQ(calls[0].sent, 5U);
  EXPECT_EQ(calls[1].call, Call::get);
  EXPECT_EQ(calls[1].received, 5U);
  EXPECT_EQ(calls[2].key, "b");
  EXPECT_EQ(calls[2].outcome, Outcome::error);
  EXPECT_EQ(calls[2].code, kUnavailable);
  EXPECT_TRUE(calls[2].scripted);
  EXPECT_EQ(calls[3].other_keys, std::vector<std::string>{"c"});
  EXPECT_EQ(calls[4].key, "a");
  EXPECT_EQ(calls[4].other_keys, (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(fake.calls(Call::get).size(), 2U);

  fake.clear_calls();
  EXPECT_TRUE(fake.calls().empty());
}

TEST(CallsOfAFake, ComeInTheOrderInWhichTheyWereStarted) {
  FakeBlobStore fake;
  auto queue = make_queue();
  std::vector<std::string> started;
  std::vector<std::string> ended;
  for (int i = 0; i < 200; ++i) {
    const auto& key = started.emplace_back(std::to_string(i));
    fake.store().get(key).then(queue, [&ended, key](const auto&) { ended.push_back(key); });
  }
  EXPECT_TRUE(drain_all(queue));
  std::vector<std::string> came;
  for (const RecordedCall& call : fake.calls()) {
    came.push_back(call.key);
  }
  EXPECT_EQ(came, started);
  EXPECT_EQ(ended, started);
}

TEST(CallsOfAFake, ThatWereClearedMeanwhileAreNoOthers) {
  FakeBlobStore fake;
  const Gate gate;
  fake.on(Call::get).key("slow").at(gate).fail(kUnavailable);
  auto slow = fake.store().get("slow").future();
  ASSERT_TRUE(gate.wait_for_calls(1, kPatience));
  fake.clear_calls();
  put(fake.store(), "a", "hello");
  gate.open();
  EXPECT_EQ(code_of(slow.get()), kUnavailable);
  const auto calls = fake.calls();
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].outcome, Outcome::value) << "the call that was cleared has ended in its place";
}

TEST(RulesOfAFake, ThatWereNotUsedAreNamed) {
  FakeBlobStore fake;
  fake.on(Call::get).key("a").next(2).fail(kUnavailable);
  fake.on(Call::put).prefix("logs/").delay(2s).answer();
  fake.on(Call::head).nth(3).panic();
  fake.on(Call::get).key("b").fail(kUnavailable);
  EXPECT_EQ(get(fake.store(), "a"), kUnavailable);
  EXPECT_EQ(get(fake.store(), "b"), kUnavailable);
  static_cast<void>(fake.store().head("a").wait());
  const auto verified = fake.verify();
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code(), ErrorCode::failed_precondition);
  EXPECT_EQ(verified.error().message(),
            "rule 1 was used 1 times, with 1 calls that match: the next 2 get of \"a\": fail with "
            "unavailable; rule 2 was used 0 times, with 0 calls that match: every put under "
            "\"logs/\": after 2s answer; rule 3 was used 0 times, with 1 calls that match: number "
            "3 of head: panic");
  fake.clear_rules();
  EXPECT_TRUE(fake.verify());
  EXPECT_EQ(get(fake.store(), "a"), ErrorCode::not_found);
}

TEST(RulesOfAFake, ThatAreImpossibleAreErrorsOfEveryCall) {
  Fault of_a_read(kUnavailable);
  of_a_read.effect = Effect::unknown;
  Fault applied_without_effect(kUnavailable);
  applied_without_effect.applied = true;
  Fault done_and_not_applied(kUnavailable);
  done_and_not_applied.effect = Effect::done;
  const Fault fault(kUnavailable);
  const std::pair<const char*, std::function<void(FakeBlobStore&)>> impossible[] = {
      {"key: it is empty", [&](auto& fake) { fake.on(Call::get).key("").fail(fault); }},
      {"key: it has 1025 bytes",
       [&](auto& fake) { fake.on(Call::get).key(std::string(1025, 'k')).fail(fault); }},
      {"key: it holds a NUL",
       [&](auto& fake) { fake.on(Call::get).prefix(std::string("a\0b", 3)).fail(fault); }},
      {"key: it is not UTF-8", [&](auto& fake) { fake.on(Call::get).key("\xff").fail(fault); }},
      {"prefix: it is empty", [&](auto& fake) { fake.on(Call::get).prefix("").fail(fault); }},
      {"times: calls are counted from 1", [&](auto& fake) { fake.on(Call::get).nth(0).panic(); }},
      {"times: calls are counted from 1", [&](auto& fake) { fake.on(Call::get).next(0).panic(); }},
      {"after: only read, write,", [&](auto& fake) { fake.on(Call::get).after(1).panic(); }},
      {"after: only read, write,", [&](auto& fake) { fake.on(Call::any).after(1).panic(); }},
      {"delay: it is negative", [&](auto& fake) { fake.on(Call::get).delay(-1ns).answer(); }},
      {"answer: it changes nothing", [&](auto& fake) { fake.on(Call::get).answer(); }},
      {"body: only get and read", [&](auto& fake) { fake.on(Call::put).cut_body(1); }},
      {"body: only get and read", [&](auto& fake) { fake.on(Call::any).spoil_body(1); }},
      {"body: a chunk is never empty", [&](auto& fake) { fake.on(Call::read).cut_body(0); }},
      {"effect: a read has none", [&](auto& fake) { fake.on(Call::get).fail(of_a_read); }},
      {"applied: the error says that there was",
       [&](auto& fake) { fake.on(Call::put).fail(applied_without_effect); }},
      {"applied: the error says that the effect",
       [&](auto& fake) { fake.on(Call::put).fail(done_and_not_applied); }},
      {"code: there is none with the number 99",
       [&](auto& fake) { fake.on(Call::put).fail(static_cast<ErrorCode>(99)); }},
      {"call: there is none with the number 99",
       [&](auto& fake) { fake.on(static_cast<Call>(99)).fail(fault); }},
  };
  for (const auto& [why, add] : impossible) {
    FakeBlobStore fake;
    add(fake);
    const auto verified = fake.verify();
    ASSERT_FALSE(verified) << why;
    EXPECT_EQ(verified.error().code(), ErrorCode::invalid_argument) << why;
    EXPECT_NE(verified.error().message().find(why), std::string::npos)
        << verified.error().message();
    const auto put = fake.store().put("k", std::string("v")).wait();
    ASSERT_FALSE(put) << why;
    EXPECT_EQ(put.error().message(), verified.error().message());
    fake.clear_rules();
    EXPECT_TRUE(fake.store().put("k", std::string("v")).wait());
  }
}

TEST(FakeBlobStore, Law11IsUsedByManyThreads) {
  FakeBlobStore fake;
  constexpr int kThreads = 4;
  constexpr int kEach = 200;
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, key = std::to_string(i)] {
      for (int j = 0; j < kEach; ++j) {
        fake.on(Call::put).key(key).next(1).fail(kUnavailable);
        failed += fake.store().put(key, std::string("x")).wait() ? 0 : 1;
        static_cast<void>(fake.calls(Call::get));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(failed, kThreads * kEach);
  EXPECT_EQ(fake.calls(Call::put).size(), static_cast<std::size_t>(kThreads * kEach));
  EXPECT_TRUE(fake.verify());
}

TEST(FakeBlobStore, ItsStoreAndGatesOutliveIt) {
  auto fake = std::make_unique<FakeBlobStore>();
  auto gate = std::make_unique<Gate>();
  const BlobStore store = fake->store();
  fake->on(Call::get).at(*gate).fail(kUnavailable);
  auto got = store.get("a").future();
  ASSERT_TRUE(gate->wait_for_calls(1, kPatience));
  const Gate copy = *gate;
  gate.reset();
  fake.reset();
  copy.open();
  EXPECT_EQ(code_of(got.get()), kUnavailable);
  EXPECT_EQ(get(store, "a"), kUnavailable);
}

}  // namespace
}  // namespace tombolo_test
