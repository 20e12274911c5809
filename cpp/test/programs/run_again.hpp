// A program that ends in many ways: run without an argument it runs itself again and again, with
// the name of a way to end as the argument, and each run must end by itself with the chosen status.
#pragma once

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace tombolo_test {

constexpr int kChosenStatus = 7;
constexpr unsigned kWatchdogSeconds = 60;

/// How often each way is run; TOMBOLO_TEST_TIMES says otherwise, for slow tools such as valgrind.
inline int times() {
  const char* asked = std::getenv("TOMBOLO_TEST_TIMES");
  return asked == nullptr ? 50 : std::atoi(asked);
}

inline bool run_once(const char* program, std::string_view way) {
  std::string name(program);
  std::string argument(way);
  char* arguments[] = {name.data(), argument.data(), nullptr};
  pid_t child = 0;
  int status = 0;
  if (posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments, environ) != 0 ||
      waitpid(child, &status, 0) != child) {
    std::perror(program);
    return false;
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kChosenStatus) {
    return true;
  }
  std::fprintf(stderr, "%s %s: status %#x\n", program, argument.c_str(),
               static_cast<unsigned>(status));
  return false;
}

/// The body of `main`: `end_by(way)` does the work and returns what `main` is to return.
template <class EndBy>
int run_again(int argc, char** argv, const std::vector<std::string_view>& ways, EndBy end_by) {
  if (argc > 1) {
    alarm(kWatchdogSeconds);
    return end_by(std::string_view(argv[1]));
  }
  int failures = 0;
  for (const std::string_view way : ways) {
    for (int i = 0; i < times(); ++i) {
      failures += run_once(argv[0], way) ? 0 : 1;
    }
  }
  std::printf("%zu ways to end, %d times each: %d went wrong\n", ways.size(), times(), failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/// Ends at once, with a status that nobody chose, if something does not hold at the end of the
/// program, where no test framework is left.
inline void must(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "at the end: %s\n", what);
    std::_Exit(1);
  }
}

}  // namespace tombolo_test
