// A service whose work is done by a pool of threads, completions included.
#include "thread_pool.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdlib>

#include "pool_queue.hpp"
#include "session.hpp"

namespace {

/// Hands on what is ready, until `stop` is readable.
void loop(int epoll, int stop, PoolQueue<ThreadPool>& queue) {
  epoll_event stops{};
  stops.events = EPOLLIN;
  stops.data.fd = stop;
  epoll_ctl(epoll, EPOLL_CTL_ADD, stop, &stops);
  for (bool stopping = false; !stopping;) {
    epoll_event events[64];
    const int ready = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < ready; ++i) {
      if (events[i].data.ptr == &queue) {
        queue.on_ready();
      } else {
        stopping = true;
      }
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const int stop = eventfd(0, EFD_CLOEXEC);
  bool succeeded = false;
  {
    ThreadPool pool(3);
    PoolQueue queue(pool, epoll);
    Session session(store_of(count, arguments), queue.queue(), [&] { eventfd_write(stop, 1); });
    session.begin();
    loop(epoll, stop, queue);
    pool.join();  // before the queue and the session go: the last drain may be under way
    succeeded = session.succeeded();
  }
  close(stop);
  close(epoll);
  return succeeded ? EXIT_SUCCESS : EXIT_FAILURE;
}
