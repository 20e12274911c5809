// Blobs in a local folder: through C++, by Rust alone, and by what plain C++ would do.
#include <filesystem>

#include "plain.hpp"
#include "stores.hpp"

namespace tombolo_bench {
namespace {

constexpr std::size_t kSizes[] = {0, 4096, 1 << 20, 64 << 20};
constexpr std::uint64_t kKeys = 10'000;
constexpr std::size_t kPiece = 64 << 10;
constexpr std::uint64_t kPieces = 4096;

/// A store in a folder of its own, with or without syncing, opened by both languages.
struct At {
  std::string folder;
  bool durable;

  [[nodiscard]] Shared open() const {
    std::filesystem::create_directories(folder);
    return std::make_shared<Stores>("file://" + folder + (durable ? "" : "?durable=false"));
  }
};

class Adding {
 public:
  Adding(Cases& cases, At at) : cases_(cases), at_(std::move(at)) {}

  void gets(std::size_t size) {
    const std::string key = "get/" + std::to_string(size);
    const auto plainly = [=, path = at_.folder + "/" + key](auto read) {
      return [=](const Shared& /*stores*/) -> Run {
        return [=](std::uint64_t n) {
          for (std::uint64_t i = 0; i < n; ++i) expect(read(path).size() == size, "plain reading");
        };
      };
    };
    const auto fill = [=](const Shared& stores) { stores->face.put(key, size, 1, false); };
    add("get", size, "cpp", fill, plainly(plain::read_file));
    add("get", size, "cpp_ifstream", fill, plainly(plain::read_stream));
    add("get", size, "rust", fill, [=](const Shared& s) { return rust_get(s, key, size); });
    add("get", size, "tombolo", fill, [=](const Shared& s) { return cpp_get(s, key, size); });
    add("get", size, "tombolo_wait", fill,
        [=](const Shared& s) { return cpp_get_waiting(s, key, size); });
  }

  /// `anew`: each object has a name of its own; else they take the place of one another.
  void puts(std::size_t size, bool anew) {
    const std::string folder = at_.folder + "/put";
    const std::string key = "put/" + std::to_string(size);
    const std::string what = std::string(anew ? "put_new" : "put") + (at_.durable ? "_synced" : "");
    const auto clear = [=](const Shared& /*stores*/) {
      std::filesystem::remove_all(folder);
      std::filesystem::create_directories(folder);
    };
    const auto plainly = [=, durable = at_.durable](const Shared& /*stores*/) -> Run {
      return [=, body = std::string(size, 'x'), next = 0](std::uint64_t n) mutable {
        for (std::uint64_t i = 0; i < n; ++i) {
          plain::write_file(folder, "f" + std::to_string(anew ? ++next : 0), body, durable);
        }
      };
    };
    add(what, size, "cpp", clear, plainly);
    add(what, size, "rust", clear, [=](const Shared& s) { return rust_put(s, key, size, anew); });
    add(what, size, "tombolo", clear, [=](const Shared& s) { return cpp_put(s, key, size, anew); });
  }

  void lists() {
    const std::string folder = at_.folder + "/list";
    const auto fill = [=](const Shared& stores) {
      if (!std::filesystem::exists(folder)) stores->face.put("list/", 0, kKeys, true);
    };
    add("list", kKeys, "cpp", fill, [=](const Shared& /*stores*/) {
      return by_ones([=] { return plain::count_files(folder); }, kKeys);
    });
    add("list", kKeys, "rust", fill, [](const Shared& s) {
      return by_ones([s] { return s->alone->list(bytes_of("list/")); }, kKeys);
    });
    add("list", kKeys, "tombolo", fill,
        [](const Shared& s) { return by_ones([s] { return s->face.list("list/"); }, kKeys); });
  }

  void streams() {
    constexpr std::uint64_t kAll = kPieces * kPiece;
    const auto fill = [](const Shared& s) { s->face.write_stream("stream", kPiece, kPieces); };
    add("stream_out", kAll, "rust", fill, [](const Shared& s) {
      return by_ones([s] { return s->alone->read_stream(bytes_of("stream")); }, kAll);
    });
    add("stream_out", kAll, "tombolo", fill, [](const Shared& s) {
      return by_ones([s] { return s->face.read_stream("stream"); }, kAll);
    });
    const auto nothing = [](const Shared& /*stores*/) {};
    add("stream_in", kAll, "rust", nothing, [](const Shared& s) {
      return by_ones([s] { return s->alone->write_stream(bytes_of("stream"), kPiece, kPieces); },
                     kAll);
    });
    add("stream_in", kAll, "tombolo", nothing, [](const Shared& s) {
      return by_ones([s] { return s->face.write_stream("stream", kPiece, kPieces); }, kAll);
    });
  }

 private:
  template <class F>
  static Run by_ones(F one, std::uint64_t answer) {
    return [=](std::uint64_t n) {
      for (std::uint64_t i = 0; i < n; ++i) expect(one() == answer, "a folder");
    };
  }

  template <class Fill, class Make>
  void add(const std::string& what, std::size_t size, const char* who, Fill fill, Make make) {
    const auto prepare = [=, at = at_] {
      const Shared stores = at.open();
      fill(stores);
      return Run(make(stores));
    };
    cases_.add({what + "/folder/" + std::to_string(size) + "/" + who, prepare, Counted::nothing, 1,
                size > (1 << 20)});
  }

  Cases& cases_;
  At at_;
};

}  // namespace

void add_folder(Cases& cases, const std::string& folder) {
  Adding loose(cases, {folder + "/loose", false});
  for (const std::size_t size : kSizes) loose.gets(size);
  for (const std::size_t size : kSizes) loose.puts(size, false);
  for (const std::size_t size : {kSizes[0], kSizes[1]}) loose.puts(size, true);
  Adding synced(cases, {folder + "/synced", true});
  for (const std::size_t size : kSizes) synced.puts(size, false);
  synced.puts(kSizes[1], true);
  loose.lists();
  loose.streams();
}

}  // namespace tombolo_bench
