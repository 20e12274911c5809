// A process that has no descriptor left: an error that says so, and the service lives on.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "support.hpp"
#include "temporary_folder.hpp"

namespace tombolo_test {
namespace {

/// While this lives, the process can open nothing.
class NoDescriptorLeft {
 public:
  NoDescriptorLeft() {
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
    rlimit few = before_;
    few.rlim_cur = 128;
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    for (int fd = 0; (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) {
      all_.push_back(fd);
    }
    EXPECT_EQ(errno, EMFILE);
  }
  NoDescriptorLeft(const NoDescriptorLeft&) = delete;
  NoDescriptorLeft& operator=(const NoDescriptorLeft&) = delete;
  ~NoDescriptorLeft() {
    for (const int fd : all_) {
      close(fd);
    }
    setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  rlimit before_{};
  std::vector<int> all_;
};

void expect_exhausted(const tombolo::Error& error) {
  EXPECT_EQ(error.code(), ErrorCode::resource_exhausted) << error.to_string();
  EXPECT_EQ(error.service_status(), static_cast<std::uint32_t>(EMFILE));
  EXPECT_EQ(error.effect(), Effect::none);
}

TEST(NoDescriptor, AQueueIsNotCreated) {
  {
    const NoDescriptorLeft none;
    const auto queue = CompletionQueue::create();
    ASSERT_FALSE(queue.has_value());
    expect_exhausted(queue.error());
  }
  auto queue = make_queue();
  std::optional<Answer> answer;
  operation<Number>(hop(1)).then(queue, [&](Answer one) { answer = std::move(one); });
  EXPECT_TRUE(drain_all(queue));
  EXPECT_EQ(answer->value(), 2U);
}

TEST(NoDescriptor, AFolderIsNotOpened) {
  const TemporaryFolder folder;
  {
    const NoDescriptorLeft none;
    const auto store = tombolo::BlobStore::open(folder.url());
    ASSERT_FALSE(store.has_value());
    expect_exhausted(store.error());
  }
  EXPECT_TRUE(tombolo::BlobStore::open(folder.url()).has_value());
}

TEST(NoDescriptor, WhatIsOpenWorksAgainAfterwards) {
  const TemporaryFolder folder;
  auto queue = make_queue();
  const auto store = tombolo::BlobStore::open(folder.url()).value();
  ASSERT_TRUE(store.put("k", std::string("text")).wait());
  {
    const NoDescriptorLeft none;
    expect_exhausted(store.get("k").wait().error());
    expect_exhausted(store.put("other", std::string("text")).wait().error());
    // What needs no descriptor goes on meanwhile.
    std::optional<Answer> answer;
    operation<Number>(hop_on_worker(1)).then(queue, [&](Answer one) { answer = std::move(one); });
    EXPECT_TRUE(drain_all(queue));
    EXPECT_EQ(answer->value(), 2U);
  }
  EXPECT_EQ(store.get("k").wait().value().view(), "text");
  EXPECT_EQ(store.get("other").wait().error().code(), ErrorCode::not_found);
}

// In a process whose first start this is. Its threads need no descriptor as long as they do no
// network I/O; should they come to need one, then each way to start says so, and none hangs.
TEST(NoDescriptor, AStartIsAnsweredAllTheSame) {
  auto queue = make_queue();
  const NoDescriptorLeft none;
  std::vector<ErrorCode> codes;
  const auto note = [&](Answer answer) {
    codes.push_back(answer.has_value() ? ErrorCode{} : answer.error().code());
  };
  for (auto* make : {+[] { return ready(1); }, +[] { return ready_on_worker(1); }}) {
    note(operation<Number>(make()).wait());
    note(operation<Number>(make()).future().get());
    operation<Number>(make()).then(queue, note);
  }
  EXPECT_TRUE(drain_all(queue));
  ASSERT_EQ(codes.size(), 6U);
  for (const auto code : codes) {
    EXPECT_TRUE(code == codes.front());
    EXPECT_TRUE(code == ErrorCode{} || code == ErrorCode::resource_exhausted);
  }
}

}  // namespace
}  // namespace tombolo_test
