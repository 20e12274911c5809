// The queue's descriptor in the loops of a service: level-triggered, edge-triggered, many at once.
#include <dirent.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "support.hpp"

namespace tombolo_test {
namespace {

/// An epoll instance that watches one descriptor.
class Epoll {
 public:
  Epoll(int fd, std::uint32_t events) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    epoll_event event{};
    event.events = events;
    EXPECT_EQ(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), 0);
  }
  Epoll(const Epoll&) = delete;
  Epoll& operator=(const Epoll&) = delete;
  ~Epoll() { close(epoll_); }

  [[nodiscard]] bool wait(int timeout_ms) const {
    epoll_event event{};
    return epoll_wait(epoll_, &event, 1, timeout_ms) == 1;
  }

 private:
  int epoll_;
};

/// How often `woken` wakes a loop that drains, until `done` and the descriptor is quiet.
template <class Woken, class Done>
int wake_ups(CompletionQueue& queue, Woken woken, Done done) {
  int count = 0;
  while (!done() || woken(0)) {
    if (!done() && !woken(60000)) {
      return -1;
    }
    ++count;
    drain(queue);
  }
  return count;
}

TEST(Fd, IsReadableOnlyWhileThereIsSomething) {
  auto queue = make_queue();
  EXPECT_FALSE(readable(queue.fd()));
  operation<Number>(ready(1)).then(queue, [](Answer) {});
  EXPECT_TRUE(readable(queue.fd()));
  EXPECT_EQ(drain(queue), 1U);
  EXPECT_FALSE(readable(queue.fd()));
  EXPECT_EQ(drain(queue), 0U);
  EXPECT_FALSE(readable(queue.fd()));
}

TEST(Fd, OneSignalWakesALevelTriggeredPollAtMostTwice) {
  auto queue = make_queue();
  for (int i = 0; i < 2000; ++i) {
    bool done = false;
    operation<Number>(hop_on_worker(1)).then(queue, [&](Answer) { done = true; });
    const auto woken = [&](int timeout_ms) { return readable(queue.fd(), timeout_ms); };
    const int count = wake_ups(queue, woken, [&] { return done; });
    ASSERT_GE(count, 1);
    ASSERT_LE(count, 2);
  }
}

TEST(Fd, OneSignalWakesALevelTriggeredEpollAtMostTwice) {
  auto queue = make_queue();
  const Epoll epoll(queue.fd(), EPOLLIN);
  for (int i = 0; i < 2000; ++i) {
    bool done = false;
    operation<Number>(hop_on_worker(1)).then(queue, [&](Answer) { done = true; });
    const auto woken = [&](int timeout_ms) { return epoll.wait(timeout_ms); };
    const int count = wake_ups(queue, woken, [&] { return done; });
    ASSERT_GE(count, 1);
    ASSERT_LE(count, 2);
  }
}

TEST(Fd, EdgeTriggeredModeLosesNoWakeUpAndNeverReads) {
  auto queue = make_queue(65536, true);
  const Epoll epoll(queue.fd(), EPOLLIN | EPOLLET);
  const bool initially = epoll.wait(0);
  EXPECT_FALSE(initially);
  for (int i = 0; i < 2000; ++i) {
    bool done = false;
    operation<Number>(hop_on_worker(1)).then(queue, [&](Answer) { done = true; });
    while (!done) {
      ASSERT_TRUE(epoll.wait(60000)) << "a wake-up was lost";
      drain(queue);
    }
  }
  eventfd_t value = 0;
  ASSERT_EQ(eventfd_read(queue.fd(), &value), 0);
  EXPECT_GE(value, 1U);
}

TEST(Fd, EdgeTriggeredModeAnnouncesWhatABoundedDrainLeft) {
  auto queue = make_queue(65536, true);
  const Epoll epoll(queue.fd(), EPOLLIN | EPOLLET);
  std::size_t ran = 0;
  for (int i = 0; i < 1000; ++i) {
    operation<Number>(ready(1)).then(queue, [&](Answer) { ++ran; });
  }
  while (ran < 1000) {
    ASSERT_TRUE(epoll.wait(60000)) << "a wake-up was lost";
    drain(queue);
  }
  EXPECT_TRUE(queue.drained());
}

TEST(Fd, EdgeTriggeredModeWaitsToo) {
  auto queue = make_queue(65536, true);
  for (int i = 0; i < 500; ++i) {
    operation<Number>(hop_on_worker(1)).then(queue, [](Answer) {});
    EXPECT_TRUE(drain_all(queue));
  }
}

TEST(Fd, SignalsCoalesce) {
  auto queue = make_queue();
  for (int i = 0; i < 200; ++i) {
    operation<Number>(ready(1)).then(queue, [](Answer) {});
  }
  eventfd_t value = 0;
  ASSERT_EQ(eventfd_read(queue.fd(), &value), 0);
  EXPECT_EQ(value, 1U) << "200 completions made more than one signal";
  EXPECT_TRUE(drain_all(queue));
  // The test has stolen the signal, which the queue must survive.
  operation<Number>(ready(1)).then(queue, [](Answer) {});
  EXPECT_TRUE(readable(queue.fd()));
  EXPECT_TRUE(drain_all(queue));
}

int open_descriptors() {
  int count = 0;
  DIR* all = opendir("/proc/self/fd");
  while (readdir(all) != nullptr) {
    ++count;
  }
  closedir(all);
  return count;
}

TEST(Fd, QueuesThatGoWithWorkInFlightLeaveNoDescriptorBehind) {
  EXPECT_TRUE(operation<Number>(hop_on_worker(1)).wait().has_value());
  const int before = open_descriptors();
  for (int i = 0; i < 10000; ++i) {
    auto queue = make_queue();
    auto op = operation<Number>(i % 2 == 0 ? hop(1) : hop_on_worker(1));
    std::move(op).then(queue, [](Answer) {});
  }
  EXPECT_TRUE(nothing_stays_alive());
  EXPECT_TRUE(eventually([&] { return open_descriptors() <= before; }))
      << open_descriptors() - before;
}

}  // namespace
}  // namespace tombolo_test
