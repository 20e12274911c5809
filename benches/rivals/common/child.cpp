#include "common/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/figures.hpp"

namespace rivals {
namespace {

constexpr int kNotStarted = 127;

// Between fork and exec: nothing here may allocate.
[[noreturn]] void become(char** arguments, int fd, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kNotStarted);  // It ended before that was set.
  if (fd >= 0) ::fcntl(fd, F_SETFD, 0);
  ::execv("/proc/self/exe", arguments);
  ::_exit(kNotStarted);
}

}  // namespace

Child::Child(const std::vector<std::string>& arguments, int fd) {
  std::vector<std::string> all{program_invocation_name};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& argument : all) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) fail_errno("fork");
  if (pid_ == 0) become(pointers.data(), fd, parent);
}

Child::~Child() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Child::expect_success() {
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) fail_errno("waitpid");
  pid_ = -1;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail("the process on the other side failed");
}

}  // namespace rivals
