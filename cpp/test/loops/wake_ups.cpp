// The functions of epoll, in place of the C library's: what wakes libuv and Asio shows in none of
// their hooks, since a wake-up need not lead to a call of what waits for it.
#include "wake_ups.hpp"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>

// gcc says so itself.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace {

/// With what each descriptor was last watched, by which epoll names it.
std::array<std::atomic<std::uint64_t>, 4096> watched_with;
/// And by which epoll, as tokio's workers have some of their own; 0 for none.
std::array<std::atomic<int>, 4096> watched_by;
std::atomic<int> counted_fd = -1;
std::atomic<int> count = 0;

/// What `epoll_ctl` is told happens before what `epoll_wait` then reports. ThreadSanitizer knows
/// that of its own functions, which these are in place of; it cannot see into the kernel.
#ifdef __SANITIZE_THREAD__
void comes_before(int epoll) { __tsan_release(&watched_with.at(static_cast<std::size_t>(epoll))); }
void comes_after(int epoll) { __tsan_acquire(&watched_with.at(static_cast<std::size_t>(epoll))); }
#else
void comes_before(int /*unused*/) {}
void comes_after(int /*unused*/) {}
#endif

int report(int epoll, const epoll_event* events, long ready) {
  const int fd = counted_fd;
  const bool is_watched = fd >= 0 && watched_by.at(static_cast<std::size_t>(fd)) == epoll;
  for (long i = 0; is_watched && i < ready; ++i) {
    if (events[i].data.u64 == watched_with.at(static_cast<std::size_t>(fd))) ++count;
  }
  return static_cast<int>(ready);
}

}  // namespace

namespace tombolo_test {

void count_wake_ups(int fd) {
  counted_fd = fd;
  count = 0;
}

int wake_ups() { return count; }

void woken(int fd) {
  if (fd == counted_fd) ++count;
}

}  // namespace tombolo_test

extern "C" {

__attribute__((used)) int epoll_ctl(int epoll, int what, int fd, epoll_event* event) noexcept {
  if (event != nullptr) {
    watched_with.at(static_cast<std::size_t>(fd)) = event->data.u64;
    watched_by.at(static_cast<std::size_t>(fd)) = epoll;
  }
  comes_before(epoll);
  return static_cast<int>(syscall(SYS_epoll_ctl, epoll, what, fd, event));
}

__attribute__((used)) int epoll_pwait(int epoll, epoll_event* events, int most, int timeout,
                                      const sigset_t* mask) {
  const long ready = syscall(SYS_epoll_pwait, epoll, events, most, timeout, mask, 8);
  comes_after(epoll);
  return report(epoll, events, ready);
}

__attribute__((used)) int epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
  return epoll_pwait(epoll, events, most, timeout, nullptr);
}
}
