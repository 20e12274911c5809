// A program that could use Tombolo, and does nothing unless it is given an argument.
#include <string>

#include "tombolo/tombolo.hpp"

namespace {

int use() {
  auto store = tombolo::BlobStore::open("mem:").value();
  return store.put("a", std::string("b")).wait() ? 0 : 1;
}

}  // namespace

int main(int argc, char**) { return argc > 1 ? use() : 0; }
