// What a test writes to stderr: a panic that is contained is quiet.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

namespace tombolo_test {

/// What is written to stderr while this lives.
class Stderr {
 public:
  Stderr() : saved_(dup(STDERR_FILENO)) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    read_ = ends[0];
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
  }
  Stderr(const Stderr&) = delete;
  Stderr& operator=(const Stderr&) = delete;
  ~Stderr() {
    dup2(saved_, STDERR_FILENO);
    close(saved_);
    close(read_);
  }
  [[nodiscard]] std::string text() const {
    std::array<char, 4096> buffer;
    const auto size = read(read_, buffer.data(), buffer.size());
    return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }

 private:
  int saved_;
  int read_ = -1;
};

}  // namespace tombolo_test
