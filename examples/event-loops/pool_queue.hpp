// A completion queue whose completions run on a pool of threads: an epoll loop watches the
// descriptor and hands each drain to the pool.
#pragma once

#include <sys/epoll.h>

#include <cerrno>
#include <system_error>

#include "tombolo/tombolo.hpp"

/// Events that carry `this` are for `on_ready`. EPOLLONESHOT makes one consumer at a time: the
/// descriptor is reported again only after the drain that it has led to. Outlives the pool's last
/// task; a callback that throws ends the process, as any task of the pool's that does.
template <class Pool>
class PoolQueue {
 public:
  PoolQueue(Pool& pool, int epoll) : pool_(pool), epoll_(epoll) { watch(EPOLL_CTL_ADD); }
  // Not left to the close of the descriptor: a worker may hold it for a moment longer.
  ~PoolQueue() { epoll_ctl(epoll_, EPOLL_CTL_DEL, queue_.fd(), nullptr); }
  PoolQueue(const PoolQueue&) = delete;
  PoolQueue& operator=(const PoolQueue&) = delete;

  [[nodiscard]] tombolo::CompletionQueue& queue() { return queue_; }

  void on_ready() {
    pool_.post([this]() noexcept {
      // An error means a forked child, or another consumer: not to be asked for ever.
      if (queue_.poll()) watch(EPOLL_CTL_MOD);
    });
  }

 private:
  void watch(int how) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLONESHOT;
    event.data.ptr = this;
    if (epoll_ctl(epoll_, how, queue_.fd(), &event) != 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
  }

  Pool& pool_;
  int epoll_;
  tombolo::CompletionQueue queue_ = tombolo::CompletionQueue::create().value();
};
