// `then` consumes the operation, so it wants an rvalue.
// expect-error: (passing|discards|qualifier|not viable|rvalue)
#include <utility>

#include "tombolo/tombolo.hpp"

void consume(tombolo::BlobStore& store, tombolo::CompletionQueue& queue) {
  auto operation = store.get("key");
#ifdef CONTROL
  std::move(operation).then(queue, [](tombolo::Result<tombolo::Bytes>) {});
#else
  operation.then(queue, [](tombolo::Result<tombolo::Bytes>) {});
#endif
}
