// What is in flight, as somebody sees it who wonders why a service hangs.
#include "tombolo/diagnostics.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "captured_stderr.hpp"
#include "support.hpp"
#include "tombolo-test-core/src/probes.rs.h"
#include "tombolo/metrics.hpp"

namespace tombolo_test {
namespace {

using tombolo::OperationInFlight;
using Phase = OperationInFlight::Phase;

std::vector<OperationInFlight> in_phase(Phase phase) {
  auto all = tombolo::operations_in_flight();
  const auto other = [phase](const OperationInFlight& one) { return one.phase != phase; };
  all.erase(std::remove_if(all.begin(), all.end(), other), all.end());
  return all;
}

bool becomes(Phase phase, std::size_t many) {
  return eventually([&] { return in_phase(phase).size() == many; });
}

std::string without_digits(std::string text) {
  const auto is_digit = [](char one) { return one >= '0' && one <= '9'; };
  text.erase(std::remove_if(text.begin(), text.end(), is_digit), text.end());
  return text;
}

bool all_ends(CompletionQueue& queue) {
  return drain_until(queue, [&] { return queue.drained(); }) && nothing_stays_in_flight();
}

TEST(Diagnostics, NothingIsInFlight) {
  EXPECT_TRUE(nothing_stays_in_flight());
  EXPECT_TRUE(tombolo::operations_in_flight().empty());
}

TEST(Diagnostics, EachSaysWhatItIsAndHowLongItHas) {
  auto queue = make_queue();
  auto second = operation<Number>(never()).timeout(30s).start(queue, [](Answer) {});
  auto first = operation<Number>(never_on_worker()).timeout(20s).start(queue, [](Answer) {});
  EXPECT_TRUE(becomes(Phase::waiting, 2));
  const auto all = tombolo::operations_in_flight();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].service, "test");
  EXPECT_EQ(all[0].operation, "write");
  EXPECT_TRUE(all[0].on_worker);
  EXPECT_FALSE(all[1].on_worker);
  for (const auto& [one, timeout] : {std::pair(all[0], 20s), std::pair(all[1], 30s)}) {
    EXPECT_GT(one.age, 0ns);
    EXPECT_GE(one.age + one.left, timeout);
    EXPECT_LE(one.age + one.left, timeout + 20ms);  // long ones begin with the kernel's next tick
  }
  EXPECT_EQ(all[0].to_string().substr(0, 21), "test.write: waiting, ");
  EXPECT_NE(all[0].to_string().find("s left, on a worker"), std::string::npos);
}

TEST(Diagnostics, EachIsOneLineForALog) {
  OperationInFlight one{"blob.folder", "get", 1250ms, 58750ms, Phase::waiting, false, ""};
  EXPECT_EQ(one.to_string(), "blob.folder.get: waiting, 1.250 s old, 58.750 s left, on the caller");
  one.on_worker = true;
  one.runtime = "ingest";
  constexpr std::array<const char*, 6> kNames = {"waiting",    "queued", "running",
                                                 "cancelling", "done",   "unknown"};
  for (std::size_t phase = 0; phase < kNames.size(); ++phase) {
    one.phase = static_cast<Phase>(phase);
    EXPECT_EQ(one.to_string(), std::string("blob.folder.get: ") + kNames[phase] +
                                   ", 1.250 s old, 58.750 s left, on a worker, runtime ingest");
  }
}

TEST(Diagnostics, TheListIsPrintedAsItIs) {
  auto queue = make_queue();
  auto second = operation<Number>(never()).timeout(30s).start(queue, [](Answer) {});
  auto first = operation<Number>(never_on_worker()).timeout(20s).start(queue, [](Answer) {});
  EXPECT_TRUE(becomes(Phase::waiting, 2));
  const Stderr captured;
  tombolo::print_operations_in_flight();
  const auto caller = in_phase(Phase::waiting).back();
  EXPECT_EQ(without_digits(captured.text()),
            "test.write: waiting, . s old, . s left, on a worker\n" + caller.service + "." +
                caller.operation + ": waiting, . s old, . s left, on the caller\n");
}

TEST(Diagnostics, TheTimesThatArePrintedAreThose) {
  auto queue = make_queue();
  auto running = operation<Number>(never()).timeout(30s).start(queue, [](Answer) {});
  EXPECT_TRUE(eventually([] { return in_phase(Phase::waiting).at(0).age > 10ms; }));
  const auto before = in_phase(Phase::waiting).at(0);
  const Stderr captured;
  tombolo::print_operations_in_flight();
  const auto text = captured.text();
  const auto after = in_phase(Phase::waiting).at(0);
  double age = 0;
  double left = 0;
  ASSERT_EQ(std::sscanf(text.c_str(), "test.write: waiting, %lf s old, %lf s left", &age, &left), 2)
      << text;
  // It is printed to the millisecond, and rounded.
  constexpr double kRounded = 0.0006;
  using Seconds = std::chrono::duration<double>;
  EXPECT_GE(age, Seconds(before.age).count() - kRounded);
  EXPECT_LE(age, Seconds(after.age).count() + kRounded);
  EXPECT_LE(left, Seconds(before.left).count() + kRounded);
  EXPECT_GE(left, Seconds(after.left).count() - kRounded);
}

TEST(Diagnostics, EachPhaseShows) {
  auto queue = make_queue();
  // Two that hold the workers, and one that waits for its turn with one of them.
  for (int i = 0; i < 2; ++i) {
    operation<void>(hold_worker()).then(queue, [](const auto&) {});
  }
  EXPECT_TRUE(eventually([] { return workers_held() == 2; }));
  EXPECT_EQ(in_phase(Phase::running).size(), 2U);
  operation<Number>(ready_on_worker(1)).then(queue, [](Answer) {});
  const auto on_worker = in_phase(Phase::queued);
  ASSERT_EQ(on_worker.size(), 1U);
  EXPECT_TRUE(on_worker.front().on_worker);
  release_workers();
  EXPECT_TRUE(all_ends(queue));
  // One that waits for a drain.
  operation<Number>(hop(1)).then(queue, [](Answer) {});
  EXPECT_TRUE(becomes(Phase::queued, 1));
  EXPECT_FALSE(in_phase(Phase::queued).front().on_worker);
  EXPECT_TRUE(all_ends(queue));
}

TEST(Diagnostics, WhatIsToEndAndCannotYetIsCancelling) {
  auto queue = make_queue();
  auto held = operation<void>(hold_worker()).start(queue, [](const auto&) {});
  EXPECT_TRUE(eventually([] { return workers_held() == 1; }));
  EXPECT_EQ(in_phase(Phase::running).size(), 1U);
  held.cancel();
  EXPECT_EQ(in_phase(Phase::cancelling).size(), 1U);
  release_workers();
  EXPECT_TRUE(all_ends(queue));
}

/// Holds a worker in an operation whose deadline passes meanwhile, and not before.
void hold_beyond_a_deadline(CompletionQueue& queue) {
  for (auto timeout = 1ms; timeout < kPatience; timeout *= 2) {
    const auto ended = std::make_shared<bool>(false);
    operation<void>(hold_worker()).timeout(timeout).then(queue, [ended](const auto&) {
      *ended = true;
    });
    EXPECT_TRUE(drain_until(queue, [&] { return *ended || workers_held() == 1; }));
    if (workers_held() == 1) {
      return;
    }
  }
  FAIL() << "no worker could be held";
}

TEST(Diagnostics, WhatIsOverdueStaysUntilItEnds) {
  auto queue = make_queue();
  const auto other = operation<Number>(never()).timeout(30s).start(queue, [](Answer) {});
  hold_beyond_a_deadline(queue);
  EXPECT_TRUE(becomes(Phase::cancelling, 1));
  EXPECT_EQ(tombolo::metrics().operations_in_flight, 2U);
  const auto all = tombolo::operations_in_flight();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].phase, Phase::cancelling);
  EXPECT_EQ(all[0].left, 0ns);
  EXPECT_GE(all[0].age, 1ms);
  EXPECT_EQ(all[1].phase, Phase::waiting);
  const Stderr captured;
  tombolo::print_operations_in_flight();
  EXPECT_EQ(captured.text().find("test.probe: cancelling, "), 0U) << captured.text();
  release_workers();
  EXPECT_TRUE(drain_until(queue, [&] { return queue.in_flight() == 1; }));
}

}  // namespace
}  // namespace tombolo_test
