// A completion queue in an epoll loop, level- or edge-triggered.
#pragma once

#include <sys/epoll.h>

#include <cerrno>
#include <cstddef>
#include <system_error>

#include "tombolo/tombolo.hpp"

/// Events that carry `this` are for `on_ready`. Not to be destroyed in a forked child, which shares
/// the epoll instance with its parent and would take the watch from it.
class EpollQueue {
 public:
  enum class Trigger { level, edge };

  EpollQueue(int epoll, Trigger trigger) : epoll_(epoll), queue_(create(trigger)) {
    epoll_event event{};
    event.events = trigger == Trigger::edge ? EPOLLIN | EPOLLET : EPOLLIN;
    event.data.ptr = this;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, queue_.fd(), &event) != 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
  }
  // The queue closes its descriptor, but a worker that is still busy with an operation may hold
  // it for a moment longer, and that long epoll would report it.
  ~EpollQueue() { epoll_ctl(epoll_, EPOLL_CTL_DEL, queue_.fd(), nullptr); }
  EpollQueue(const EpollQueue&) = delete;
  EpollQueue& operator=(const EpollQueue&) = delete;

  [[nodiscard]] tombolo::CompletionQueue& queue() { return queue_; }

  /// Runs what has completed; what a callback throws comes out here. An error is a mistake of the
  /// service's: another thread drains the queue, or this is a forked child.
  [[nodiscard]] tombolo::Result<std::size_t> on_ready() { return queue_.poll(); }

 private:
  static tombolo::CompletionQueue create(Trigger trigger) {
    tombolo::CompletionQueue::Options options;
    options.edge_triggered = trigger == Trigger::edge;
    return tombolo::CompletionQueue::create(options).value();
  }

  int epoll_;
  tombolo::CompletionQueue queue_;
};
