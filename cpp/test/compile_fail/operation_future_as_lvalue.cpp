// `future` consumes the operation, so it wants an rvalue.
// expect-error: (passing|discards|qualifier|not viable|rvalue)
#include <utility>

#include "tombolo/tombolo.hpp"

void consume(tombolo::BlobStore& store) {
  auto operation = store.get("key");
#ifdef CONTROL
  auto future = std::move(operation).future();
#else
  auto future = operation.future();
#endif
}
