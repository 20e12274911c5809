// Runtimes of their own: whose threads an operation runs on, whose ceilings it meets, and how a
// runtime ends.
#include "tombolo/runtime.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "captured_stderr.hpp"
#include "support.hpp"
#include "thread_names.hpp"
#include "tombolo-test-core/src/probes.rs.h"
#include "tombolo-test-core/src/runtimes.rs.h"

namespace tombolo_test {
namespace {

using tombolo::Runtime;
using tombolo::RuntimeOptions;
using Names = std::vector<std::string>;

/// A runtime whose threads begin with "own", and whose end may take as long as a test has patience.
RuntimeOptions options_of_own(std::size_t workers = 2) {
  RuntimeOptions options;
  options.workers = workers;
  options.thread_name = "own";
  options.teardown = kPatience;
  return options;
}

Runtime own(std::size_t workers = 2) { return Runtime::create(options_of_own(workers)).value(); }

Answer wait(Ticket ticket) { return operation<Number>(ticket).wait(); }

bool no_thread_is_left() {
  return eventually([] { return threads_named("own").empty(); });
}

std::string blocking_thread_of(const Runtime& runtime) {
  return operation<std::string>(blocking_thread_at(runtime.raw())).wait().value();
}

Names threads_that_poll(Ticket ticket) {
  const auto take = [](const Ticket& op, Names& names) noexcept {
    Polls polls;
    const bool taken = take_polls(op, polls);
    for (const auto& name : polls.names) {
      names.emplace_back(name);
    }
    return taken;
  };
  return operation<Names>(ticket, take).wait().value();
}

TEST(Runtime, OperationsRunOnTheThreadsOfTheirOwn) {
  const Runtime runtime = own(1);
  const Names by_worker = threads_that_poll(polls_at(runtime.raw(), true));
  EXPECT_EQ(by_worker, (Names{"own-0", "own-0"}));
  const Names by_caller = threads_that_poll(polls_at(runtime.raw(), false));
  EXPECT_EQ(by_caller, (Names{"runtime_test", "runtime_test"}));
  EXPECT_EQ(blocking_thread_of(runtime), "own-blocking\n");
  EXPECT_EQ(wait(sleep_ms_at(runtime.raw(), 1)).value(), 1U);
}

TEST(Runtime, RunsHoweverLongItLooksForWork) {
  for (const std::chrono::nanoseconds busy_poll : {0ns, 1ns, 1'000'000ns}) {
    auto options = options_of_own(1);
    options.busy_poll = busy_poll;
    const auto runtime = Runtime::create(options).value();
    for (int i = 0; i < 100; ++i) {
      const bool on_worker = i % 2 == 0;
      ASSERT_TRUE(wait(hop_at(runtime.raw(), on_worker)).has_value()) << busy_poll.count();
    }
  }
}

TEST(Runtime, TheDefaultOneIsWhatNamesNoOther) {
  const Runtime runtime = own(1);
  EXPECT_EQ(threads_that_poll(polls_at(Runtime().raw(), true)).front().substr(0, 8), "tombolo-");
  EXPECT_EQ(blocking_thread_of(Runtime()), "tombolo-blockin\n");
  Runtime moved = runtime;
  const Runtime there = std::move(moved);
  EXPECT_EQ(blocking_thread_of(there), "own-blocking\n");
  EXPECT_EQ(blocking_thread_of(moved), "tombolo-blockin\n");  // NOLINT: as the header says
}

TEST(Runtime, EachItemOfAStreamIsMadeThere) {
  const Runtime runtime = own(1);
  const auto stream = tombolo::stream<Number>(count_at(runtime.raw(), 2));
  EXPECT_EQ(stream.next().wait().value(), 0U);
  runtime.shutdown();
  EXPECT_EQ(stream.next().wait().error().kind(), ErrorKind::shutdown);
}

class StoreOnARuntime : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(folder_); }

  tombolo::BlobStore open(const Runtime& runtime) {
    tombolo::BlobStoreOptions options;
    options.runtime = runtime;
    return tombolo::BlobStore::open("file://" + folder_.string(), options).value();
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("tombolo-runtime-" + std::to_string(getpid()));
};

TEST_F(StoreOnARuntime, WorksAndBlocksOnItsThreadsAlone) {
  const auto before = threads_named("tombolo-b").size();
  auto store = open(own(1));
  ASSERT_TRUE(store.put("a", std::string("text")).wait());
  EXPECT_EQ(store.get("a").wait().value().view(), "text");
  auto writer = store.open_writer("b").wait().value();
  ASSERT_TRUE(writer.write(std::string("piece")).wait());
  ASSERT_TRUE(writer.finish().wait());
  auto reader = store.open_reader("b").wait().value();
  EXPECT_EQ(reader.next().wait().value()->view(), "piece");
  EXPECT_EQ(store.list().next().wait().value()->objects.size(), 2U);
  EXPECT_FALSE(threads_named("own-blockin").empty());
  EXPECT_EQ(threads_named("tombolo-b").size(), before);
}

TEST_F(StoreOnARuntime, KeepsItAndEachPartOfItDoes) {
  auto runtime = std::make_optional(own(1));
  auto store = std::make_optional(open(*runtime));
  runtime.reset();
  ASSERT_TRUE(store->put("a", std::string("text")).wait());
  auto reader = std::make_optional(store->open_reader("a").wait().value());
  auto writer = std::make_optional(store->open_writer("b").wait().value());
  store.reset();
  EXPECT_EQ(reader->next().wait().value()->view(), "text");
  reader.reset();
  EXPECT_TRUE(writer->write(std::string("piece")).wait());
  EXPECT_FALSE(threads_named("own").empty());
  writer.reset();
  EXPECT_TRUE(no_thread_is_left());
}

TEST(Runtime, HasACeilingOfItsOwn) {
  auto options = options_of_own();
  options.max_in_flight = 2;
  const Runtime runtime = Runtime::create(options).value();
  auto queue = make_queue();
  const auto running = [&](bool on_worker) {
    return operation<Number>(never_at(runtime.raw(), on_worker)).start(queue, [](const auto&) {});
  };
  std::optional<tombolo::Running> first = running(true);
  const auto second = running(false);
  EXPECT_EQ(runtime.in_flight(), 2U);
  for (const bool on_worker : {true, false}) {
    const auto full = wait(hop_at(runtime.raw(), on_worker));
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code(), ErrorCode::resource_exhausted);
    EXPECT_TRUE(full.error().retryable());
  }
  EXPECT_TRUE(wait(hop(1))) << "the ceiling is the default runtime's, too";
  EXPECT_EQ(Runtime().in_flight(), 0U);
  first.reset();
  EXPECT_TRUE(eventually([&] { return runtime.in_flight() == 1; }));
  EXPECT_TRUE(wait(hop_at(runtime.raw(), true)));
}

TEST(Runtime, IsNamedWhereOperationsAreListedAndCounted) {
  const std::vector<Runtime> both = {own(1), own(2)};
  auto queue = make_queue();
  EXPECT_EQ(blocking_thread_of(both[0]), "own-blocking\n");
  const auto on_own =
      operation<Number>(never_at(both[0].raw(), false)).start(queue, [](const auto&) {});
  const auto on_default = operation<Number>(never()).timeout(1h).start(queue, [](const auto&) {});
  const auto all = tombolo::operations_in_flight();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].runtime, "own");
  EXPECT_NE(all[0].to_string().find("on the caller, runtime own"), std::string::npos);
  EXPECT_EQ(all[1].runtime, "");
  EXPECT_EQ(all[1].to_string().find("runtime"), std::string::npos);
  std::string printed;
  {
    const Stderr captured;
    tombolo::print_operations_in_flight();
    printed = captured.text();
  }
  EXPECT_NE(printed.find("on the caller, runtime own\n"), std::string::npos) << printed;

  const auto metrics = tombolo::metrics();
  ASSERT_EQ(metrics.runtimes.size(), 1U);
  EXPECT_EQ(metrics.runtimes[0].name, "own");
  EXPECT_EQ(metrics.runtimes[0].workers, 3U);
  EXPECT_EQ(metrics.runtimes[0].blocking_threads, 1U);
  EXPECT_EQ(metrics.runtimes[0].operations_in_flight, 1U);
  EXPECT_NE(
      to_prometheus(metrics).find("tombolo_runtime_threads{kind=\"worker\",runtime=\"own\"} 3"),
      std::string::npos);
}

TEST(Runtime, IsCountedNoMoreWhenItHasEnded) {
  ASSERT_TRUE(no_thread_is_left());
  const auto workers = tombolo::metrics().workers;
  const auto blocking_threads = tombolo::metrics().blocking_threads;
  auto runtime = std::make_optional(own(2));
  EXPECT_EQ(blocking_thread_of(*runtime), "own-blocking\n");
  EXPECT_EQ(tombolo::metrics().workers, workers + 2);
  EXPECT_EQ(tombolo::metrics().blocking_threads, blocking_threads + 1);
  runtime.reset();
  EXPECT_TRUE(no_thread_is_left());
  EXPECT_EQ(tombolo::metrics().workers, workers);
  EXPECT_EQ(tombolo::metrics().blocking_threads, blocking_threads);
  EXPECT_TRUE(tombolo::metrics().runtimes.empty());
}

TEST(Runtime, RefusesWrongOptions) {
  auto options = options_of_own();
  options.workers = 0;
  const auto refused = Runtime::create(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(refused.error().message(), "workers: it is 0, and must be 1 to 1024");
  options = options_of_own();
  options.teardown = 61s;
  EXPECT_EQ(Runtime::create(options).error().message(),
            "teardown: it is 61000000000 ns, and must be 0 to 60s");
  options.teardown = -1ns;
  EXPECT_EQ(Runtime::create(options).error().code(), ErrorCode::invalid_argument);
  options = options_of_own();
  options.busy_poll = 2ms;
  EXPECT_EQ(Runtime::create(options).error().message(),
            "busy_poll: it is 2000000 ns, and must be 0 to 1ms");
}

TEST(Runtime, CallsTheHookOnEachThreadAndLetsGoOfItWithTheLast) {
  auto begun = std::make_shared<std::atomic<int>>(0);
  auto options = options_of_own(2);
  options.on_thread_start = [begun] { ++*begun; };
  auto runtime = std::make_optional(Runtime::create(options).value());
  options.on_thread_start = nullptr;
  EXPECT_EQ(blocking_thread_of(*runtime), "own-blocking\n");
  EXPECT_TRUE(eventually([&] { return *begun == 3; }));
  EXPECT_EQ(begun.use_count(), 2);
  runtime.reset();
  EXPECT_TRUE(eventually([&] { return begun.use_count() == 1; }));

  options.on_thread_start = [begun] { ++*begun; };
  options.workers = 0;
  EXPECT_FALSE(Runtime::create(options));
  options.on_thread_start = nullptr;
  EXPECT_EQ(begun.use_count(), 1) << "that of a runtime that was refused";
}

}  // namespace
}  // namespace tombolo_test
