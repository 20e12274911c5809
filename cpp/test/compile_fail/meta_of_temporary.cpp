// What a reader lends ends with the reader.
// expect-error: (dangling|temporary)
// only: clang
#include <utility>

#include "tombolo/tombolo.hpp"

tombolo::BlobReader open();

std::size_t size() {
#ifdef CONTROL
  const auto reader = open();
  const auto& meta = reader.meta();
#else
  const auto& meta = open().meta();
#endif
  return meta.size;
}
