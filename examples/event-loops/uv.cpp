// A service on libuv, with Tombolo's completions in its loop.
#include <uv.h>

#include <cstdlib>

#include "session.hpp"
#include "uv_queue.hpp"

int main(int count, char** arguments) {
  uv_loop_t loop;
  if (uv_loop_init(&loop) != 0) return EXIT_FAILURE;
  bool succeeded = false;
  {
    UvQueue queue(loop);
    Session session(store_of(count, arguments), queue.queue(), [&] { queue.stop(); });
    session.begin();
    uv_run(&loop, UV_RUN_DEFAULT);
    succeeded = session.succeeded();
  }
  return uv_loop_close(&loop) == 0 && succeeded ? EXIT_SUCCESS : EXIT_FAILURE;
}
