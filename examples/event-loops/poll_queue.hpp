// A completion queue in a loop of poll.
#pragma once

#include <poll.h>

#include <cstddef>

#include "tombolo/tombolo.hpp"

class PollQueue {
 public:
  [[nodiscard]] tombolo::CompletionQueue& queue() { return queue_; }

  /// The entry for the loop's table.
  [[nodiscard]] pollfd watched() const { return {queue_.fd(), POLLIN, 0}; }

  /// Runs what has completed, if the entry says that there is something; what a callback throws
  /// comes out here. An error is a mistake of the service's: another thread drains the queue, or
  /// this is a forked child.
  [[nodiscard]] tombolo::Result<std::size_t> on_polled(const pollfd& entry) {
    if (entry.revents == 0) return 0;
    return queue_.poll();
  }

 private:
  tombolo::CompletionQueue queue_ = tombolo::CompletionQueue::create().value();
};
