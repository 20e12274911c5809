// Every registered case of the shared blob table, on every embedded store, by every way to consume
// an operation that this program has. A store that does not open is a failure.
//
//   blob_conformance [part of a test's name]
//   blob_conformance --list      what is registered, named as by the program in Rust
//   blob_conformance --places    on stores whose places come on the standard input, as with-clouds
//                                (rust/testkit) writes them
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "blob_cases.hpp"
#include "blob_cases.inc"
#include "blob_runner.hpp"

namespace {

namespace fs = std::filesystem;
using tombolo_test::Way;

struct Store {
  const char* name;
  const char* query;  // what follows the path; null for a store in memory
};

constexpr Store stores[] = {{"mem", nullptr}, {"file", "?durable=false"}, {"file_durable", ""}};

// Where the store of one case lives; it goes when the case does.
class Place {
 public:
  explicit Place(const Store& store) {
    if (store.query == nullptr) return;
    static int next = 0;
    folder_ = fs::temp_directory_path() /
              ("tombolo-blob-" + std::to_string(getpid()) + "-" + std::to_string(next++));
    url_ = "file://" + folder_.string() + store.query;
  }
  ~Place() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] tombolo::Result<tombolo::BlobStore> open() const {
    return tombolo::BlobStore::open(url_);
  }

 private:
  fs::path folder_;
  std::string url_ = "mem:";
};

struct Counts {
  int passed = 0;
  int failed = 0;
};

void run_one(const Store& store, const Way& way, const tombolo_test::Case& test,
             std::string_view filter, Counts& counts) {
  const std::string name = std::string(store.name) + "." + way.name() + "." + test.name.str();
  if (name.find(filter) == std::string::npos) return;
  const Place place(store);
  try {
    tombolo_test::run_case(
        test, [&place] { return place.open(); }, way);
    ++counts.passed;
  } catch (const std::exception& failed) {
    ++counts.failed;
    std::printf("FAILED %s\n  %s\n", name.c_str(), failed.what());
  }
}

void run_store(const Store& store, std::string_view filter, bool list, Counts& counts) {
  const auto opened = Place(store).open();
  if (!opened) {
    ++counts.failed;
    std::printf("FAILED %s does not open\n  %s\n", store.name, opened.error().to_string().c_str());
    return;
  }
  const tombolo::Capabilities capabilities = opened->capabilities();
  for (const tombolo_test::Case& test : tombolo_test::blob_cases) {
    if (!tombolo_test::is_registered(test, capabilities)) continue;
    if (list) {
      std::printf("%s::%s\n", store.name, test.name.str().c_str());
      continue;
    }
    for (const auto& way : tombolo_test::ways<Way>()) {
      run_one(store, *way, test, filter, counts);
    }
  }
}

// A server, what is empty in it, and the cases that it is known to fail.
struct Server {
  std::vector<std::string> urls;
  std::set<std::string> fails;
};

std::map<std::string, Server> read_places() {
  std::map<std::string, Server> servers;
  std::string what, name, value;
  while (std::cin >> what >> name >> value) {
    Server& server = servers[name];
    if (what == "place") server.urls.push_back(value);
    if (what == "fails") server.fails.insert(value);
  }
  return servers;
}

// Runs a case at a place. One that the server is known to fail must fail.
void run_at(const std::string& url, bool fails, const std::string& name,
            const tombolo_test::Case& test, const Way& way, Counts& counts) {
  std::string why = fails ? "it passes: take it off the list of what fails" : "";
  try {
    tombolo_test::run_case(
        test, [&url] { return tombolo::BlobStore::open(url); }, way);
  } catch (const std::exception& failed) {
    why = fails ? "" : failed.what();
  }
  if (why.empty()) {
    ++counts.passed;
    return;
  }
  ++counts.failed;
  std::printf("FAILED %s\n  %s\n", name.c_str(), why.c_str());
}

void run_server(const std::string& name, Server& server, Counts& counts) {
  const auto opened = tombolo::BlobStore::open(server.urls.at(0));
  const tombolo::Capabilities capabilities = opened.value().capabilities();
  for (const tombolo_test::Case& test : tombolo_test::blob_cases) {
    if (!tombolo_test::is_registered(test, capabilities)) continue;
    for (const auto& way : tombolo_test::ways<Way>()) {
      const std::string full = name + "." + way->name() + "." + test.name.str();
      const std::string url = server.urls.at(server.urls.size() - 1);
      server.urls.pop_back();
      run_at(url, server.fails.count(test.name.str()) > 0, full, test, *way, counts);
    }
  }
}

int run_places() {
  tombolo_test::add_blob_ways();
  Counts counts;
  auto servers = read_places();
  for (auto& [name, server] : servers) {
    const Counts before = counts;
    run_server(name, server, counts);
    std::printf("%s: %d passed, %d failed\n", name.c_str(), counts.passed - before.passed,
                counts.failed - before.failed);
  }
  return counts.failed == 0 && counts.passed > 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view filter = count > 1 ? arguments[1] : "";
  if (filter == "--places") return run_places();
  const bool list = filter == "--list";
  tombolo_test::add_blob_ways();
  Counts counts;
  for (const Store& store : stores) run_store(store, filter, list, counts);
  if (list) return counts.failed == 0 ? 0 : 1;
  std::printf("%d passed, %d failed\n", counts.passed, counts.failed);
  return counts.failed == 0 && counts.passed > 0 ? 0 : 1;
}
