// Blobs in memory: what the crossing costs where the store costs next to nothing.
#include "stores.hpp"

namespace tombolo_bench {
namespace {

/// A key of 40 bytes.
std::string key_of(std::size_t size) {
  const std::string number = std::to_string(size);
  return "blob/" + std::string(35 - number.size(), '0') + number;
}

}  // namespace

void add_memory(Cases& cases) {
  for (const std::size_t size : {0, 4096, 1 << 20, 64 << 20}) {
    const auto add = [&](const char* what, const char* who, auto make) {
      const auto prepare = [=] {
        const auto stores = std::make_shared<Stores>("mem:");
        const std::string key = key_of(size);
        stores->face.put(key, size, 1, false);
        stores->alone->put(bytes_of(key), size, 1, false);
        return make(stores, key, size);
      };
      cases.add({std::string(what) + "/memory/" + std::to_string(size) + "/" + who, prepare});
    };
    const auto put_over = [](auto put) {
      return [put](const Shared& at, const std::string& key, std::size_t bytes) {
        return put(at, key, bytes, false);
      };
    };
    add("get", "rust", rust_get);
    add("get", "tombolo", cpp_get);
    add("get", "tombolo_wait", cpp_get_waiting);
    add("put", "rust", put_over(rust_put));
    add("put", "tombolo", put_over(cpp_put));
  }
}

}  // namespace tombolo_bench
