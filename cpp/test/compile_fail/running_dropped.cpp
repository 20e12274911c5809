// Dropping what start() returns would cancel the operation at once.
// expect-error: (nodiscard|unused-result)
#include <utility>

#include "tombolo/tombolo.hpp"

void begin(tombolo::BlobStore& store, tombolo::CompletionQueue& queue) {
  auto done = [](tombolo::Result<tombolo::Bytes>) {};
#ifdef CONTROL
  auto running = store.get("key").start(queue, done);
#else
  store.get("key").start(queue, done);
#endif
}
