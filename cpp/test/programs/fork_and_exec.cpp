// Law 10: other programs are started while work is in flight: by fork and exec, by vfork and exec,
// by posix_spawn and by popen. They start, inherit no descriptor of Tombolo's, and the parent's
// work goes on.
#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "run_again.hpp"
#include "tombolo-test-core/src/lib.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;
using Number = std::uint64_t;
using tombolo::operation;
using tombolo_test::must;
namespace test = tombolo_test;

constexpr int kStarts = 50;
/// Set if this program has inherited an eventfd itself.
constexpr const char* kNotOurs = "TOMBOLO_TEST_INHERITED";

/// Whether an eventfd is open here: what the child inherits, if it inherits anything.
bool has_an_eventfd() {
  DIR* descriptors = opendir("/proc/self/fd");
  bool found = false;
  while (const dirent* one = readdir(descriptors)) {
    char target[64] = {};
    const auto link = std::string("/proc/self/fd/") + one->d_name;
    found = found || (readlink(link.c_str(), target, sizeof target - 1) > 0 &&
                      std::strstr(target, "eventfd") != nullptr);
  }
  closedir(descriptors);
  return found;
}

void must_have_ended_well(pid_t child, const char* how) {
  int status = -1;
  must(child > 0 && waitpid(child, &status, 0) == child, how);
  must(WIFEXITED(status) && WEXITSTATUS(status) == tombolo_test::kChosenStatus, how);
}

/// This program, by its path: /proc/self/exe would be the tool that runs it.
char* program = nullptr;

char* const* child_arguments() {
  static char argument[] = "child";
  static char* arguments[] = {program, argument, nullptr};
  return arguments;
}

void by_fork() {
  const pid_t child = fork();
  if (child == 0) {
    execv(program, child_arguments());
    _exit(1);
  }
  must_have_ended_well(child, "fork and exec");
}

void by_vfork() {
  const pid_t child = vfork();
  if (child == 0) {
    execv(program, child_arguments());
    _exit(1);
  }
  must_have_ended_well(child, "vfork and exec");
}

void by_spawn() {
  pid_t child = 0;
  must(posix_spawn(&child, program, nullptr, nullptr, child_arguments(), environ) == 0,
       "posix_spawn");
  must_have_ended_well(child, "posix_spawn");
}

void by_popen() {
  std::FILE* said = popen("echo well", "r");
  char text[16] = {};
  must(said != nullptr && std::fgets(text, sizeof text, said) != nullptr, "popen");
  must(std::strcmp(text, "well\n") == 0 && pclose(said) == 0, "popen");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {
    must(std::getenv(kNotOurs) != nullptr || !has_an_eventfd(),
         "a descriptor of the parent's was inherited");
    const auto store = tombolo::BlobStore::open("mem:").value();
    must(store.put("k", std::string("x")).wait().has_value(), "a put of the new program failed");
    return tombolo_test::kChosenStatus;
  }
  program = argv[0];
  alarm(10 * tombolo_test::kWatchdogSeconds);
  if (has_an_eventfd()) setenv(kNotOurs, "1", 1);
  auto queue = tombolo::CompletionQueue::create().value();
  must(has_an_eventfd(), "there is no descriptor to look for");
  std::atomic<bool> over = false;
  std::atomic<Number> completions = 0;
  std::thread drains([&] {
    Number started = 0;
    while (!over || completions < started) {
      for (; !over && started < completions + 64; ++started) {
        operation<Number>(test::hop_on_worker(1)).then(queue, [&](const auto& answer) {
          must(answer.has_value(), "an operation of the parent failed");
          ++completions;
        });
      }
      must(queue.wait_for(10ms).has_value(), "the queue could not be drained");
    }
  });
  for (int i = 0; i < kStarts; ++i) {
    by_fork();
    by_vfork();
    by_spawn();
    by_popen();
  }
  const Number before = completions;
  while (completions == before) {
    std::this_thread::sleep_for(1ms);  // or the alarm ends it
  }
  over = true;
  drains.join();
  std::printf("%d programs started in each of four ways, %llu operations meanwhile\n", kStarts,
              static_cast<unsigned long long>(completions.load()));
  return EXIT_SUCCESS;
}
