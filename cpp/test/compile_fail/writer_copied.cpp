// An object that is being written has one writer.
// expect-error: deleted
#include <utility>

#include "tombolo/tombolo.hpp"

tombolo::BlobWriter share(tombolo::BlobWriter& writer) {
#ifdef CONTROL
  return std::move(writer);
#else
  return writer;
#endif
}
