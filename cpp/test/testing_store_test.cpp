// The fake store of tombolo::testing: what becomes of a call, by faults, panics, bodies and
// streams.
#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "testing_support.hpp"

namespace tombolo_test {
namespace {

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
