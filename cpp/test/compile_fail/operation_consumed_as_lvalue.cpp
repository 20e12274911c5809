// An operation is consumed once: the ways to consume it want an rvalue.
// expect-error: (passing|discards|qualifier|not viable|rvalue)
#include <string>
#include <utility>

#include "tombolo/tombolo.hpp"

bool consume(tombolo::BlobStore& store) {
  auto operation = store.get("key");
#ifdef CONTROL
  return std::move(operation).wait().has_value();
#else
  return operation.wait().has_value();
#endif
}
