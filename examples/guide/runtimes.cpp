// A store with threads and ceilings of its own, beside one on the default runtime.
#include <cstdio>
#include <string>
#include <string_view>

#include "tombolo/tombolo.hpp"

tombolo::Result<tombolo::BlobStore> open_for_ingest(std::string_view url) {
  tombolo::RuntimeOptions threads;
  threads.thread_name = "ingest";
  threads.workers = 1;
  threads.max_in_flight = 1000;
  auto runtime = tombolo::Runtime::create(threads);
  if (!runtime) return tombolo::unexpected(runtime.error());
  tombolo::BlobStoreOptions options;
  options.runtime = *runtime;
  return tombolo::BlobStore::open(url, options);
}

int main() {
  const auto ingest = open_for_ingest("mem:shared");
  const auto store = tombolo::BlobStore::open("mem:shared");
  if (!ingest || !store) return 1;
  const auto put = ingest->put("name", std::string("value")).wait();
  const auto got = store->get("name").wait();
  if (!put || !got) return 1;
  std::printf("%s\n", got->to_string().c_str());
  return tombolo::metrics().runtimes.front().name == "ingest" ? 0 : 1;
}
