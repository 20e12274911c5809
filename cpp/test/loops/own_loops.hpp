// The loops of a service without a framework, and libuv's, around the headers of the examples.
#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <chrono>
#include <string>

#include "check.hpp"
#include "epoll_queue.hpp"
#include "poll_queue.hpp"
#include "pool_queue.hpp"
#include "thread_pool.hpp"
#include "uv_queue.hpp"
#include "wake_ups.hpp"

namespace tombolo_test {

using std::chrono::milliseconds;

/// A descriptor that is closed.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) { check(fd >= 0, "there is no descriptor left"); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(fd_); }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// Another descriptor that a loop watches, readable when the loop is to end.
class Timer {
 public:
  [[nodiscard]] int fd() const { return fd_.get(); }
  void fire(milliseconds after) const {
    itimerspec when{};
    when.it_value.tv_nsec = std::chrono::nanoseconds(after).count() + 1;  // zero would disarm it
    check(timerfd_settime(fd_.get(), 0, &when, nullptr) == 0, "the timer cannot be set");
  }

 private:
  Descriptor fd_{timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)};
};

/// An epoll instance that calls `ready(pointer)` for each event until its timer fires.
class Epoll {
 public:
  Epoll() {
    epoll_event event{};
    event.events = EPOLLIN;
    check(epoll_ctl(fd(), EPOLL_CTL_ADD, timer_.fd(), &event) == 0, "it cannot be watched");
  }
  [[nodiscard]] int fd() const { return fd_.get(); }
  void stop(milliseconds after) const { timer_.fire(after); }

  template <class Ready>
  void run(Ready ready) const {
    for (;;) {
      epoll_event event{};
      check(epoll_wait(fd(), &event, 1, -1) == 1, "epoll failed");
      if (event.data.ptr == nullptr) return;
      ready(event.data.ptr);
    }
  }

 private:
  Descriptor fd_{epoll_create1(EPOLL_CLOEXEC)};
  Timer timer_;
};

template <EpollQueue::Trigger kTrigger>
class EpollLoop {
 public:
  static std::string name() {
    return kTrigger == EpollQueue::Trigger::edge ? "epoll_edge" : "epoll_level";
  }
  [[nodiscard]] tombolo::CompletionQueue& queue() { return queue_.queue(); }
  void run() {
    epoll_.run([](void* queue) {
      check(static_cast<EpollQueue*>(queue)->on_ready().has_value(), "a drain was refused");
    });
  }
  void stop(milliseconds after = milliseconds(0)) { epoll_.stop(after); }

 private:
  Epoll epoll_;
  EpollQueue queue_{epoll_.fd(), kTrigger};
};

class PollLoop {
 public:
  static std::string name() { return "poll"; }
  [[nodiscard]] tombolo::CompletionQueue& queue() { return queue_.queue(); }
  void run() {
    pollfd table[] = {queue_.watched(), {timer_.fd(), POLLIN, 0}};
    while (table[1].revents == 0) {
      check(::poll(table, 2, -1) > 0, "poll failed");
      if (table[0].revents != 0) woken(table[0].fd);
      check(queue_.on_polled(table[0]).has_value(), "a drain was refused");
    }
  }
  void stop(milliseconds after = milliseconds(0)) { timer_.fire(after); }

 private:
  PollQueue queue_;
  Timer timer_;
};

class UvLoop {
 public:
  static std::string name() { return "uv"; }
  [[nodiscard]] tombolo::CompletionQueue& queue() { return queue_.queue(); }
  void run() { uv_run(&loop_.loop, UV_RUN_DEFAULT); }
  void stop(milliseconds after = milliseconds(0)) {
    if (after.count() == 0) {
      queue_.stop();
      return;
    }
    uv_timer_init(&loop_.loop, &timer_);
    timer_.data = &queue_;
    const auto fired = [](uv_timer_t* timer) {
      static_cast<UvQueue*>(timer->data)->stop();
      uv_close(reinterpret_cast<uv_handle_t*>(timer), nullptr);
    };
    uv_timer_start(&timer_, fired, static_cast<std::uint64_t>(after.count()), 0);
  }

 private:
  struct Loop {
    uv_loop_t loop;
    Loop() { check(uv_loop_init(&loop) == 0, "there is no loop"); }
    ~Loop() {
      uv_run(&loop, UV_RUN_DEFAULT);  // closes what was stopped
      uv_loop_close(&loop);
    }
  };
  Loop loop_;
  uv_timer_t timer_{};
  UvQueue queue_{loop_.loop};
};

class PoolLoop {
 public:
  static std::string name() { return "thread_pool"; }
  [[nodiscard]] tombolo::CompletionQueue& queue() { return queue_.queue(); }
  void run() {
    epoll_.run([](void* queue) { static_cast<PoolQueue<ThreadPool>*>(queue)->on_ready(); });
    pool_.join();
  }
  void stop(milliseconds after = milliseconds(0)) { epoll_.stop(after); }

 private:
  Epoll epoll_;
  ThreadPool pool_{3};
  PoolQueue<ThreadPool> queue_{pool_, epoll_.fd()};
};

}  // namespace tombolo_test
