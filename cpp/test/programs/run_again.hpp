// A program that ends in many ways: run without an argument it runs itself again and again, with
// the name of a way to end as the argument, and each run must end by itself with the chosen status.
#pragma once

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <valgrind/valgrind.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
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

/// What each run is a run of: this program, or, by TOMBOLO_TEST_UNDER, a tool that is given it.
inline std::vector<std::string> command(const char* program, std::string_view way) {
  std::vector<std::string> words;
  const char* tool = std::getenv("TOMBOLO_TEST_UNDER");
  std::istringstream asked(tool == nullptr ? "" : tool);
  for (std::string word; asked >> word;) {
    words.push_back(word);
  }
  words.emplace_back(program);
  words.emplace_back(way);
  return words;
}

inline bool run_once(const char* program, std::string_view way) {
  auto words = command(program, way);
  std::vector<char*> arguments;
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  pid_t child = 0;
  int status = 0;
  if (posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0 ||
      waitpid(child, &status, 0) != child) {
    std::perror(program);
    return false;
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kChosenStatus) {
    return true;
  }
  std::fprintf(stderr, "%s %s: status %#x\n", program, words.back().c_str(),
               static_cast<unsigned>(status));
  return false;
}

/// To be called first in a forked child, where a leak is none: what the other threads of the parent
/// had, and what its destructors leave alone, is nobody's there.
inline void begin_as_child() {
  alarm(kWatchdogSeconds);
  VALGRIND_CLO_CHANGE("--leak-check=no");
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
