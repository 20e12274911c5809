// The program of the README.
#include <cstdio>

#include "tombolo/tombolo.hpp"

int main() {
  auto store = tombolo::BlobStore::open("mem:").value();  // or file:///var/lib/artifacts
  auto put = store.put("greetings/first", std::string("hello")).wait();
  if (!put) {
    std::fprintf(stderr, "%s\n", put.error().to_string().c_str());
    return 1;
  }
  auto get = store.get("greetings/first").wait();
  std::printf("%s\n", get.value().to_string().c_str());
}
