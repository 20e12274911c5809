// A service on poll, with Tombolo's completions in its loop.
#include <poll.h>

#include <cstdlib>
#include <vector>

#include "poll_queue.hpp"
#include "session.hpp"

int main(int count, char** arguments) {
  PollQueue queue;
  bool stopping = false;
  Session session(store_of(count, arguments), queue.queue(), [&] { stopping = true; });
  session.begin();
  std::vector<pollfd> table = {queue.watched()};  // and the service's own
  while (!stopping) {
    if (::poll(table.data(), table.size(), -1) > 0 && !queue.on_polled(table[0])) {
      return EXIT_FAILURE;
    }
  }
  return session.succeeded() ? EXIT_SUCCESS : EXIT_FAILURE;
}
