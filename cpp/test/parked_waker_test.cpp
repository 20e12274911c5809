// Wakers that outlive their queue: a wake then reaches nobody, least of all whoever has got the
// number of the queue's descriptor since, and nothing is left once the wakers are gone.
#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "support.hpp"
#include "tombolo-test-core/src/probes.rs.h"

namespace tombolo_test {
namespace {

struct ParkedWaker : testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Placed, ParkedWaker, testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "on_worker" : "on_caller");
});

/// Descriptors of somebody else's: they have every number up to `last` that was free.
class Foreign {
 public:
  explicit Foreign(int last) {
    do {
      all_.push_back(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    } while (all_.back() >= 0 && all_.back() <= last);
  }
  Foreign(const Foreign&) = delete;
  Foreign& operator=(const Foreign&) = delete;
  ~Foreign() {
    for (const int fd : all_) {
      close(fd);
    }
  }
  [[nodiscard]] bool touched() const {
    eventfd_t value = 0;
    return std::any_of(all_.begin(), all_.end(),
                       [&](int fd) { return eventfd_read(fd, &value) == 0; });
  }

 private:
  std::vector<int> all_;
};

/// Whether both workers have done what they were told before this.
void let_workers_catch_up() {
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(operation<Number>(ready_on_worker(1)).wait().has_value());
  }
}

TEST_P(ParkedWaker, OfAQueueThatIsGoneWritesToNoForeignDescriptor) {
  int descriptor = -1;
  int ran = 0;
  {
    auto queue = make_queue();
    descriptor = queue.fd();
    operation<Number>(park_waker(GetParam())).then(queue, [&](Answer) { ++ran; });
    ASSERT_TRUE(eventually([] { return parked_wakers() == 1; }));
  }
  EXPECT_EQ(ran, 1);
  let_workers_catch_up();
  const Foreign early(descriptor);
  wake_parked();
  std::thread(wake_parked).join();
  let_workers_catch_up();
  EXPECT_FALSE(early.touched());
  drop_parked();
  let_workers_catch_up();
  EXPECT_FALSE(early.touched());
  EXPECT_TRUE(nothing_stays_in_flight());
}

TEST_P(ParkedWaker, KeepsTheDescriptorOfItsQueueAndNoLonger) {
  int descriptor = -1;
  {
    auto queue = make_queue();
    descriptor = queue.fd();
    operation<Number>(park_waker(GetParam())).then(queue, [](Answer) {});
    ASSERT_TRUE(eventually([] { return parked_wakers() == 1; }));
  }
  EXPECT_NE(fcntl(descriptor, F_GETFD), -1) << "its number may be another's now";
  drop_parked();
  EXPECT_TRUE(eventually([&] { return fcntl(descriptor, F_GETFD) == -1; }));
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

/// A hundred queues that are destroyed with a waker each alive, which is woken and goes.
void a_hundred_queues(bool on_worker) {
  int last = -1;
  {
    std::vector<CompletionQueue> queues;
    for (int i = 0; i < 100; ++i) {
      queues.push_back(make_queue());
      last = std::max(last, queues.back().fd());
      operation<Number>(park_waker(on_worker)).then(queues.back(), [](Answer) {});
    }
    ASSERT_TRUE(eventually([] { return parked_wakers() == 100; }));
  }
  const Foreign others(last);
  wake_parked();
  drop_parked();
  let_workers_catch_up();
  ASSERT_FALSE(others.touched());
}

TEST_P(ParkedWaker, OfTenThousandQueuesLeaveNothingBehind) {
  constexpr std::size_t kAllowed = std::size_t{256} << 10;  // 26 bytes a queue
  // What is kept for the next, such as slots and the allocator's own, is there afterwards.
  for (int i = 0; i < 5; ++i) {
    a_hundred_queues(GetParam());
  }
  const auto memory = mallinfo2().uordblks;
  const int descriptors = open_descriptors();
  for (int i = 0; i < 100; ++i) {
    a_hundred_queues(GetParam());
  }
  EXPECT_TRUE(eventually([&] { return open_descriptors() <= descriptors; }));
  EXPECT_TRUE(eventually([&] { return mallinfo2().uordblks <= memory + kAllowed; }))
      << mallinfo2().uordblks - memory << " bytes more";
}

}  // namespace
}  // namespace tombolo_test
