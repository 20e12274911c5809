// A service on epoll, with Tombolo's completions in its loop.
#include <sys/epoll.h>
#include <unistd.h>

#include <cstdlib>

#include "epoll_queue.hpp"
#include "session.hpp"

namespace {

bool serve(const tombolo::BlobStore& store, int epoll, EpollQueue::Trigger trigger) {
  EpollQueue queue(epoll, trigger);
  bool stopping = false;
  Session session(store, queue.queue(), [&] { stopping = true; });
  session.begin();
  while (!stopping) {
    epoll_event events[64];
    const int ready = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < ready; ++i) {
      // A service tells its other descriptors apart here.
      if (events[i].data.ptr == &queue && !queue.on_ready()) return false;
    }
  }
  return session.succeeded();
}

}  // namespace

int main(int count, char** arguments) {
  const auto store = store_of(count, arguments);
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const bool level = serve(store, epoll, EpollQueue::Trigger::level);
  const bool edge = serve(store, epoll, EpollQueue::Trigger::edge);
  close(epoll);
  return level && edge ? EXIT_SUCCESS : EXIT_FAILURE;
}
