// Bytes outlive the call: a borrowed string becomes bytes by `copy_of` alone, which says so.
// expect-error: (cannot convert|could not convert|no matching|no viable|cannot bind)
#include <string>
#include <string_view>
#include <utility>

#include "tombolo/tombolo.hpp"

void put(tombolo::BlobStore& store, const std::string& text) {
#ifdef CONTROL
  (void)store.put("key", tombolo::Bytes::copy_of(text).value());
#else
  (void)store.put("key", text);
#endif
}
