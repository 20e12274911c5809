// app [URL]: what every consumer does: a blob goes in and comes out again, by default in memory.
#include <cstdio>
#include <string>

#include "tombolo/tombolo.hpp"

int main(int count, char** arguments) {
  auto store = tombolo::BlobStore::open(count > 1 ? arguments[1] : "mem:");
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().to_string().c_str());
    return 1;
  }
  if (!store->put("a/b", std::string("hello")).wait()) return 2;
  auto back = store->get("a/b").wait();
  if (!back || back->to_string() != "hello") return 3;
  auto missing = store->get("a/c").wait();
  if (missing || missing.error().code() != tombolo::ErrorCode::not_found) return 4;
  std::puts("a blob went in and came out");
  return 0;
}
