// A completion queue in an Asio context, Boost's or standalone. Where an operation is awaited by a
// completion token, `tombolo::async_wait` does without this; a queue of one's own is for `then`,
// `start` and `on`, and for memory that is lent until a drain.
#pragma once

#include <utility>

#include "tombolo/tombolo.hpp"

/// `Descriptor` is `boost::asio::posix::stream_descriptor` or `asio::posix::stream_descriptor`. It
/// runs on a strand if several threads run the context, so that one of them drains at a time.
/// Outlives each `run()` of the context, and goes before it.
template <class Descriptor>
class AsioQueue {
 public:
  explicit AsioQueue(typename Descriptor::executor_type executor)
      : descriptor_(std::move(executor), queue_.fd()) {
    watch();
  }
  ~AsioQueue() { descriptor_.release(); }  // or it would close what is the queue's
  AsioQueue(const AsioQueue&) = delete;
  AsioQueue& operator=(const AsioQueue&) = delete;

  [[nodiscard]] tombolo::CompletionQueue& queue() { return queue_; }

  /// Nothing more is drained, and `run()` may return. On any thread.
  void stop() {
    descriptor_.get_executor().execute([this] {
      stopped_ = true;
      descriptor_.cancel();
    });
  }

 private:
  void watch() {
    if (stopped_) return;
    descriptor_.async_wait(Descriptor::wait_read, [this](const auto& error) {
      if (!error) drain();
    });
  }

  void drain() {
    struct WatchAgain {
      AsioQueue& self;
      ~WatchAgain() { self.watch(); }
    };
    const WatchAgain again{*this};  // also if a callback throws, which comes out of `run()`
    // An error means a forked child, or another consumer: not to be asked for ever.
    if (!queue_.poll()) stopped_ = true;
  }

  tombolo::CompletionQueue queue_ = tombolo::CompletionQueue::create().value();
  Descriptor descriptor_;
  bool stopped_ = false;
};
