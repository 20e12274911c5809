// The calls of a fake store: each operation fails, is recorded, waits at a gate and panics by a
// rule for it; gates; the record.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "testing_support.hpp"

namespace tombolo_test {
namespace {

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

}  // namespace
}  // namespace tombolo_test
