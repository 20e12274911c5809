// Which threads there are: none before the first operation starts, then two workers and a timer,
// and one for blocking work when there is some. None of them takes a signal, since signals are the
// service's.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "run_again.hpp"
#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;
using Number = std::uint64_t;
using Names = std::vector<std::string>;
using tombolo::operation;
using tombolo_test::must;
namespace test = tombolo_test;

/// What the kernel says of a thread after `key`.
std::string status_of(const std::filesystem::path& task, const std::string& key) {
  std::ifstream status(task / "status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(key, 0) == 0) {
      return line.substr(line.find_first_not_of(" \t", key.size()));
    }
  }
  return {};
}

/// KILL, STOP, and the two that the C library keeps for itself.
constexpr std::uint64_t kCannotBeBlocked = 1ULL << 8 | 1ULL << 18 | 1ULL << 31 | 1ULL << 32;

/// The names of the threads beside this one, sorted. Those of ours must block every signal.
Names other_threads() {
  Names names;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (task.path().filename() == std::to_string(getpid())) {
      continue;
    }
    names.push_back(status_of(task.path(), "Name:"));
    if (names.back().rfind("tombolo", 0) == 0) {
      const auto blocked = std::stoull(status_of(task.path(), "SigBlk:"), nullptr, 16);
      must((blocked | kCannotBeBlocked) == ~0ULL, "a thread of ours takes signals");
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Waits until these are the other threads: a new one takes its name when it first runs.
void must_become(const Names& expected) {
  alarm(tombolo_test::kWatchdogSeconds);
  while (other_threads() != expected) {
    std::this_thread::sleep_for(1ms);
  }
  alarm(0);
}

}  // namespace

int main() {
  auto queue = tombolo::CompletionQueue::create().value();
  const auto store = tombolo::BlobStore::open("mem:").value();
  const auto unstarted = store.get("k");
  must(other_threads().empty(), "there are threads before the first start");

  must(store.put("k", tombolo::Bytes(std::string("x"))).wait().has_value(), "a put failed");
  must_become({"tombolo-0", "tombolo-1", "tombolo-timer"});

  // Polled on this thread, which takes signals, so it is this thread that makes the new one.
  must(!operation<Number>(test::panic_in_blocking_work()).wait().has_value(), "it did not panic");
  // The kernel keeps 15 bytes of a name.
  must_become({"tombolo-0", "tombolo-1", "tombolo-blockin", "tombolo-timer"});
  return 0;
}
