// A buffer to read into is handed over, not copied.
// expect-error: (no matching|cannot bind|rvalue)
#include <string>
#include <utility>

#include "tombolo/tombolo.hpp"

void read(tombolo::BlobStore& store) {
  std::string buffer(100, '\0');
#ifdef CONTROL
  auto operation = store.get_into("key", std::move(buffer));
#else
  auto operation = store.get_into("key", buffer);
#endif
  (void)operation;
}
