// upload KEY FILE: puts a file into a store in memory, which shows that the program works and is of
// no further use.
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>

#include "uploader.hpp"

int main(int count, char** arguments) {
  if (count != 3) return 2;
  std::ostringstream body;
  body << std::ifstream(arguments[2]).rdbuf();
  auto store = tombolo::BlobStore::open("mem:").value();
  auto queue = tombolo::CompletionQueue::create().value();
  std::optional<tombolo::Result<void>> uploaded;
  Uploader uploader(store, queue);
  uploader.upload(arguments[1], body.str(), [&](auto result) { uploaded = std::move(result); });
  while (!uploaded) {
    if (!queue.wait_for(std::chrono::seconds(1))) return 3;
  }
  std::puts(*uploaded ? "uploaded" : uploaded->error().to_string().c_str());
  return *uploaded ? 0 : 1;
}
