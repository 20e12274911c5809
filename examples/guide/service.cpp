// Of the guide: a service with a loop of its own, the ways to consume an operation, errors, bytes.
#include <poll.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;

int answers = 0;

void answer(const tombolo::Result<tombolo::Bytes>& got) {
  ++answers;
  if (got) {
    std::printf("%zu bytes\n", got->size());
  } else if (got.error().code() == tombolo::ErrorCode::not_found) {
    std::printf("there is no such object\n");
  } else {
    std::fprintf(stderr, "%s\n", got.error().to_string().c_str());
  }
}

/// The loop of the service, until nothing is in flight.
tombolo::Result<void> run(tombolo::CompletionQueue& queue) {
  pollfd watched{queue.fd(), POLLIN, 0};
  while (!queue.drained()) {
    ::poll(&watched, 1, -1);
    const auto ran = queue.poll();
    if (!ran) return tombolo::unexpected(ran.error());
  }
  return {};
}

/// Stores a page of a pool without a copy; it is the pool's again after a drain of `queue`.
tombolo::Operation<tombolo::PutResult> put_page(const tombolo::BlobStore& store,
                                                std::shared_ptr<std::string> page,
                                                tombolo::CompletionQueue& queue) {
  const auto* data = page->data();
  const auto size = page->size();
  auto body = tombolo::Bytes::lend(std::move(page), data, size, queue);
  if (!body) return tombolo::failed<tombolo::PutResult>(body.error());
  return store.put("a/b", *std::move(body));
}

std::string scraped() { return tombolo::to_prometheus(tombolo::metrics()); }

}  // namespace

int main() {
  auto store = tombolo::BlobStore::open("mem:").value();
  auto queue = tombolo::CompletionQueue::create().value();
  auto put = put_page(store, std::make_shared<std::string>("hello"), queue).wait();
  if (!put) return EXIT_FAILURE;

  tombolo::CancellationSource stop;
  tombolo::Result<tombolo::Bytes> now = store.get("a/b").timeout(2s).wait();
  std::future<tombolo::Result<tombolo::Bytes>> later = store.get("a/b").future();
  store.get("a/b").cancel_on(stop.token()).then(queue, answer);
  tombolo::Running running = store.get("a/c").start(queue, answer);

  if (!run(queue)) return EXIT_FAILURE;
  if (scraped().find("tombolo_queue_drain_completions_sum 2\n") == std::string::npos)
    return EXIT_FAILURE;
  return now && later.get() && answers == 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}
