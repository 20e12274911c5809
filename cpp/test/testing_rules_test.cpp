// The rules of a fake store: which calls they are for, which of several has one, and those that
// were not used or never can be.
#include <string>
#include <vector>

#include "testing_support.hpp"

namespace tombolo_test {
namespace {

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

}  // namespace
}  // namespace tombolo_test
