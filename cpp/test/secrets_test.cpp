// Secrets: what C++ sees of stores and of values. What every store does is in the shared cases
// (secrets_conformance), the backends' own in Rust.
#include "tombolo/secrets.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "coroutine.hpp"
#include "counting_malloc.hpp"
#include "support.hpp"
#include "temporary_folder.hpp"

namespace tombolo_test {
namespace {

namespace fs = std::filesystem;
using tombolo::SecretStore;
using tombolo::SecretValue;

class Secrets : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& value) {
    std::ofstream(folder_.path() / name) << value;
  }
  /// What the kubelet does to change a mounted secret.
  void swap(const std::string& version, const std::string& value) {
    const fs::path& place = folder_.path();
    fs::create_directory(place / (".." + version));
    write(".." + version + "/a", value);
    fs::create_symlink(".." + version, place / "..data_tmp");
    fs::rename(place / "..data_tmp", place / "..data");
  }
  SecretStore open(const std::string& query = "", const tombolo::SecretStoreOptions& options = {}) {
    return SecretStore::open("folder://" + folder_.path().string() + query, options).value();
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(Secrets, AValueIsSeenWhereItIs) {
  write("a", "s3cr3t");
  const SecretStore store = open("?ttl=3600");
  const SecretValue value = store.get("a").wait().value();
  EXPECT_EQ(value.view(), "s3cr3t");
  EXPECT_EQ(value.size(), 6U);
  EXPECT_EQ(value.version().size(), 32U);
  const SecretValue copy = value;
  EXPECT_EQ(copy.view().data(), value.view().data()) << "a copy is a reference";
  EXPECT_EQ(store.get("a").wait()->view().data(), value.view().data()) << "and so is what is kept";
  EXPECT_EQ(value.to_string(), "s3cr3t");
}

TEST_F(Secrets, AValueOutlivesItsStoreAndIsSharedByThreads) {
  write("a", "s3cr3t");
  std::vector<std::thread> threads;
  {
    const SecretValue value = open().get("a").wait().value();
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([value] { EXPECT_EQ(value.view(), "s3cr3t"); });
    }
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST_F(Secrets, WhatIsGivenIsCopiedIntoMemoryThatIsWiped) {
  std::string given(100, 's');
  const char* at = given.data();
  const std::size_t room = given.capacity();
  const SecretValue value = SecretValue::take(std::move(given)).value();
  EXPECT_EQ(value.view(), std::string(100, 's'));
  // NOLINTNEXTLINE(bugprone-use-after-move): what it is to leave behind is the point.
  EXPECT_TRUE(given.empty());
  ASSERT_EQ(given.data(), at);
  EXPECT_EQ(std::string_view(at, room), std::string(room, '\0')) << "to the end of its room";
  EXPECT_TRUE(value.version().empty());
  const SecretValue none;
  EXPECT_TRUE(none.empty() && none.view().empty() && none.version().empty());
  const SecretValue empty = SecretValue::copy_of("").value();
  EXPECT_TRUE(empty.empty() && empty.version().empty());
  const auto long_one = SecretValue::copy_of(std::string((1U << 20U) + 1, 's'));
  EXPECT_EQ(long_one.error().code(), ErrorCode::resource_exhausted);
}

/// What the kernel says about the mapping that holds this address.
std::string kernel_flags(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  bool inside = false;
  while (std::getline(maps, line)) {
    std::uintptr_t from = 0;
    std::uintptr_t to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2) {
      const auto at = reinterpret_cast<std::uintptr_t>(address);
      inside = from <= at && at < to;
    }
    if (inside && line.rfind("VmFlags:", 0) == 0) {
      return line + ' ';
    }
  }
  return "no such mapping";
}

TEST_F(Secrets, AreLeftOutOfCoreDumps) {
  write("a", "s3cr3t");
  const SecretValue read = open().get("a").wait().value();
  EXPECT_NE(kernel_flags(read.view().data()).find(" dd "), std::string::npos);
  const SecretValue given = SecretValue::copy_of("s3cr3t").value();
  EXPECT_NE(kernel_flags(given.view().data()).find(" dd "), std::string::npos);
}

/// What `co_await` answers, at once.
template <class T>
std::optional<tombolo::Result<T>> at_once(const CompletionQueue& queue, tombolo::Operation<T> op) {
  std::optional<tombolo::Result<T>> result;
  [](const CompletionQueue& queue, tombolo::Operation<T> op, auto& result) -> Task {
    result = co_await std::move(op).on(queue);
  }(queue, std::move(op), result);
  return result;
}

TEST_F(Secrets, WhatIsKeptIsReadyAtOnce) {
  write("a", "s3cr3t");
  const SecretStore store = open("?ttl=3600");
  auto queue = make_queue();
  EXPECT_EQ(store.get("a").wait()->view(), "s3cr3t");
  const auto kept = at_once(queue, store.get("a"));
  ASSERT_TRUE(kept.has_value()) << "it waits for something";
  EXPECT_EQ(kept->value().view(), "s3cr3t");
  EXPECT_EQ(queue.poll().value(), 0U);
  const auto bad = at_once(queue, store.get("\xff"));
  EXPECT_EQ(bad->error().kind(), ErrorKind::invalid_text);
}

TEST_F(Secrets, WhatIsKeptTakesNoAllocation) {
  write("a", "s3cr3t");
  const SecretStore store = open("?ttl=3600");
  auto queue = make_queue();
  std::size_t sizes = 0;
  const auto run = [&](int times) {
    bool done = false;
    [](const SecretStore& store, const CompletionQueue& queue, std::size_t& sizes, int times,
       bool& done) -> Task {
      for (int i = 0; i < times; ++i) {
        const auto value = co_await store.get("a").on(queue);
        sizes += value.value().size();
      }
      done = true;
    }(store, queue, sizes, times, done);
    EXPECT_TRUE(drain_until(queue, [&] { return done; }));
  };
  run(300);
  const Counted counted;
  run(1000);
  EXPECT_EQ(sizes, 1300U * 6);
  // The coroutine's own frame is one of them all.
  EXPECT_EQ((Counted::allocations() + 500) / 1000, 0U);
}

TEST_F(Secrets, MissesAreAskedForOnWhateverRuntimeAndConsumedInAnyWay) {
  write("a", "s3cr3t");
  tombolo::SecretStoreOptions options;
  options.runtime = tombolo::Runtime::create({}).value();
  auto queue = make_queue();
  for (const SecretStore& store : {open("?ttl=0"), open("?ttl=0", options)}) {
    const char* name = "a";
    EXPECT_FALSE(store.get(name).wait()->empty());
    EXPECT_FALSE(store.get(name).future().get()->empty());
    std::size_t size = 0;
    store.get(name).then(queue, [&](tombolo::Result<SecretValue> value) { size = value->size(); });
    EXPECT_TRUE(drain_until(queue, [&] { return size > 0; }));
    auto dropped = store.get(name).start(queue, [](const auto&) { FAIL() << "it was dropped"; });
    dropped = tombolo::Running();
    EXPECT_TRUE(drain_all(queue));
  }
}

TEST_F(Secrets, AWatchGoesOnAfterAnError) {
  swap("one", "1");
  const SecretStore store = open("?poll=1");
  EXPECT_FALSE(store.capabilities().set);
  const auto watch = store.watch("a");
  EXPECT_EQ((*watch.next().wait().value())->view(), "1");
  const auto none = watch.next().timeout(50ms).wait();
  EXPECT_EQ(none.error().code(), ErrorCode::deadline_exceeded) << "nothing has changed";
  swap("two", "2");
  EXPECT_EQ((*watch.next().wait().value())->view(), "2");
  EXPECT_EQ(store.get("a").wait()->view(), "2");
  const auto absent = store.watch("none");
  const auto item = absent.next().wait();
  ASSERT_TRUE(item.has_value() && item->has_value());
  EXPECT_EQ((*item)->error().code(), ErrorCode::not_found);
  EXPECT_EQ((*item)->error().operation(), "watch");
  EXPECT_EQ(absent.next().timeout(50ms).wait().error().code(), ErrorCode::deadline_exceeded);
  write("none", "3");  // beside what is mounted: it is no part of that
  EXPECT_EQ(store.watch("a/b").next().wait().error().code(), ErrorCode::invalid_argument);
}

TEST_F(Secrets, TheEnvironmentIsThatOfTheMomentOfOpening) {
  ::setenv("TOMBOLO_TEST_SECRET_A", "s3cr3t", 1);
  const SecretStore store = SecretStore::open("env://TOMBOLO_TEST_SECRET_").value();
  ::setenv("TOMBOLO_TEST_SECRET_A", "another", 1);
  EXPECT_TRUE(store.capabilities().at_once);
  EXPECT_EQ(store.get("A").wait()->view(), "s3cr3t");
  EXPECT_EQ(store.list().wait().value(), std::vector<std::string>{"A"});
  auto queue = make_queue();
  EXPECT_TRUE(at_once(queue, store.get("A")).has_value());
  EXPECT_EQ(at_once(queue, store.get("B"))->error().code(), ErrorCode::not_found);
  ::unsetenv("TOMBOLO_TEST_SECRET_A");
}

TEST_F(Secrets, NothingOfASecretIsInWhatIsLoggedOrCounted) {
  std::string told;
  auto queue = make_queue();
  tombolo::LogOptions options;
  options.level = tombolo::LogLevel::trace;
  {
    const auto log =
        tombolo::LogSink::create(
            queue, [&](const tombolo::LogRecord& record) { told += record.to_string(); }, options)
            .value();
    write("a", "s3cr3t-value");
    const SecretStore store = open("?ttl=0");
    EXPECT_EQ(store.get("a").wait()->view(), "s3cr3t-value");
    const auto value = SecretValue::copy_of("s3cr3t-value").value();
    EXPECT_TRUE(store.set("b", value).wait().has_value());
    EXPECT_FALSE(store.set("b/c", value).wait().has_value());
    EXPECT_TRUE(eventually([&] { return queue.poll().has_value() && !told.empty(); }));
  }
  EXPECT_EQ(told.find("s3cr3t-value"), std::string::npos);
}

TEST_F(Secrets, OneThatIsNotOpenFails) {
  const SecretStore none;
  EXPECT_EQ(none.get("a").wait().error().code(), ErrorCode::failed_precondition);
  EXPECT_EQ(none.set("a", {}).wait().error().code(), ErrorCode::failed_precondition);
  EXPECT_EQ(none.remove("a").wait().error().code(), ErrorCode::failed_precondition);
  EXPECT_EQ(none.list().wait().error().code(), ErrorCode::failed_precondition);
  EXPECT_FALSE(none.watch("a").next().wait().has_value());
  EXPECT_FALSE(none.capabilities().set);
}

TEST_F(Secrets, AUrlThatIsWrongIsRefused) {
  const auto refused = [](std::string_view url) { return SecretStore::open(url).error(); };
  EXPECT_EQ(refused("folder:///nowhere/at/all").code(), ErrorCode::not_found);
  EXPECT_EQ(refused("folder:///tmp?ttl=x").code(), ErrorCode::invalid_argument);
  EXPECT_NE(refused("vault://vault.test?tls=false").message().find("on this machine"),
            std::string_view::npos);
  tombolo::SecretStoreOptions options;
  options.credential = tombolo::TokenSource("t0k3n");
  EXPECT_EQ(SecretStore::open("env://A_", options).error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(SecretStore::open("vault://vault.test?role=r", options).has_value());
}

}  // namespace
}  // namespace tombolo_test
