// A context in a process that forks. Apart from the other cases, since no sanitizer may run it.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <optional>

#include "asio_support.hpp"

namespace {

/// What a forked child answers by its exit.
int in_a_child(net::io_context& context) {
  context.notify_fork(net::io_context::fork_child);
  std::optional<ErrorKind> kind;
  tombolo::async_wait(context, operation<Number>(test::hop(1)),
                      [&](Answer answer) { kind = answer.error().kind(); });
  context.poll();
  return kind == ErrorKind::forked ? 0 : 1;
}

TEST(AsioContexts, AForkedChildIsToldSoAndTheParentGoesOn) {
  net::io_context context;
  std::optional<Number> value;
  tombolo::async_wait(context, operation<Number>(test::hop(1)),
                      [&](Answer answer) { value = *answer; });
  context.notify_fork(net::io_context::fork_prepare);
  const pid_t child = fork();
  if (child == 0) {
    alarm(30);
    std::_Exit(in_a_child(context));
  }
  context.notify_fork(net::io_context::fork_parent);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  context.run();
  EXPECT_EQ(value, 2U);
}

}  // namespace
