// A queue has one owner, whose end is its end.
// expect-error: deleted
#include <utility>

#include "tombolo/tombolo.hpp"

tombolo::CompletionQueue share(tombolo::CompletionQueue& queue) {
#ifdef CONTROL
  return std::move(queue);
#else
  return queue;
#endif
}
