// An operation is owned by one.
// expect-error: (deleted)
#include <utility>

#include "tombolo/tombolo.hpp"

void share(tombolo::BlobStore& store) {
  auto operation = store.get("key");
#ifdef CONTROL
  auto other = std::move(operation);
#else
  auto other = operation;
#endif
  (void)other;
}
