// A library of somebody's that uses Tombolo inside.
#include <string>

#include "tombolo/tombolo.hpp"

int store_and_fetch() {
  auto store = tombolo::BlobStore::open("mem:");
  if (!store || !store->put("k", std::string("value")).wait()) return -1;
  auto back = store->get("k").wait();
  return back ? static_cast<int>(back->size()) : -1;
}
