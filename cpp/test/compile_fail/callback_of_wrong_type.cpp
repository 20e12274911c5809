// A callback hears of errors too: it takes the result, not the value.
// expect-error: the callback must take a tombolo::Result<T>
#include "tombolo/tombolo.hpp"

void begin(tombolo::BlobStore& store, tombolo::CompletionQueue& queue) {
#ifdef CONTROL
  store.get("key").then(queue, [](tombolo::Result<tombolo::Bytes>) {});
#else
  store.get("key").then(queue, [](tombolo::Bytes) {});
#endif
}
