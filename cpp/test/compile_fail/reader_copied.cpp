// A reader is where it is in its object: a copy would take pieces from it.
// expect-error: deleted
#include <utility>

#include "tombolo/tombolo.hpp"

tombolo::BlobReader share(tombolo::BlobReader& reader) {
#ifdef CONTROL
  return std::move(reader);
#else
  return reader;
#endif
}
