// This program once more, as the process on the other side.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace rivals {

class Child {
 public:
  /// Starts this program with `arguments`; it inherits `fd`, if that is not negative, under the
  /// same number. It is killed when this process ends, however that happens.
  explicit Child(const std::vector<std::string>& arguments, int fd = -1);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Waits until it has ended by itself, and fails unless that was with 0.
  void expect_success();

 private:
  pid_t pid_;
};

}  // namespace rivals
