#include "face.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "coroutine.hpp"

namespace tombolo_bench {
namespace {

using tombolo::BlobStore;
using tombolo::CompletionQueue;
using tombolo_test::Task;

/// The value of a result, or the end.
template <class T>
T sure(tombolo::Result<T> result, const char* what) {
  if (!result.has_value()) {
    std::fprintf(stderr, "bench: %s: %s\n", what, std::string(result.error().message()).c_str());
    std::exit(EXIT_FAILURE);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

Task get_in_turn(const BlobStore& store, const CompletionQueue& queue, const std::string& key,
                 std::uint64_t times, std::uint64_t& bytes, std::uint64_t& left) {
  for (std::uint64_t i = 0; i < times; ++i) {
    bytes += 1 + sure(co_await store.get(key).on(queue), "get").size();
  }
  --left;
}

Task put_in_turn(const BlobStore& store, const CompletionQueue& queue, const std::string& key,
                 tombolo::Bytes body, std::uint64_t times, std::uint64_t* next,
                 std::uint64_t& left) {
  for (std::uint64_t i = 0; i < times; ++i) {
    if (next == nullptr) {
      sure(co_await store.put(key, body).on(queue), "put");
    } else {
      const std::string own = key + "c" + std::to_string(++*next);
      sure(co_await store.put(own, body).on(queue), "put");
    }
  }
  --left;
}

Task list_all(const BlobStore& store, const CompletionQueue& queue, const std::string& prefix,
              std::uint64_t& objects, std::uint64_t& left) {
  tombolo::ListOptions options;
  options.prefix = prefix;
  const auto pages = store.list(options);
  while (auto page = sure(co_await pages.next().on(queue), "list")) {
    objects += page->objects.size();
  }
  --left;
}

Task read_all(const BlobStore& store, const CompletionQueue& queue, const std::string& key,
              std::uint64_t& bytes, std::uint64_t& left) {
  const auto reader = sure(co_await store.open_reader(key).on(queue), "open_reader");
  while (auto piece = sure(co_await reader.next().on(queue), "read")) {
    bytes += piece->size();
  }
  --left;
}

Task write_all(const BlobStore& store, const CompletionQueue& queue, const std::string& key,
               std::size_t piece, std::uint64_t pieces, std::uint64_t& left) {
  const auto writer = sure(co_await store.open_writer(key).on(queue), "open_writer");
  for (std::uint64_t i = 0; i < pieces; ++i) {
    sure(co_await writer.write(std::string(piece, 'x')).on(queue), "write");
  }
  sure(co_await writer.finish().on(queue), "finish");
  --left;
}

}  // namespace

Face::Face(const std::string& url)
    : store_(sure(BlobStore::open(url), "open")),
      queue_(sure(CompletionQueue::create(), "a queue")) {}

void Face::drain(const std::uint64_t& left) {
  while (left > 0) {
    sure(queue_.wait_for(std::chrono::seconds(1)), "drain");
  }
}

std::uint64_t Face::get(const std::string& key, std::uint64_t times) {
  std::uint64_t bytes = 0;
  std::uint64_t left = 1;
  get_in_turn(store_, queue_, key, times, bytes, left);
  drain(left);
  return bytes;
}

std::uint64_t Face::get_waiting(const std::string& key, std::uint64_t times) {
  std::uint64_t bytes = 0;
  for (std::uint64_t i = 0; i < times; ++i) {
    bytes += 1 + sure(store_.get(key).wait(), "get").size();
  }
  return bytes;
}

std::uint64_t Face::put(const std::string& key, std::size_t size, std::uint64_t times, bool anew) {
  if (body_.size() != size) body_ = std::string(size, 'x');
  std::uint64_t left = 1;
  put_in_turn(store_, queue_, key, body_, times, anew ? &next_ : nullptr, left);
  drain(left);
  return times;
}

std::uint64_t Face::list(const std::string& prefix) {
  std::uint64_t objects = 0;
  std::uint64_t left = 1;
  list_all(store_, queue_, prefix, objects, left);
  drain(left);
  return objects;
}

std::uint64_t Face::read_stream(const std::string& key) {
  std::uint64_t bytes = 0;
  std::uint64_t left = 1;
  read_all(store_, queue_, key, bytes, left);
  drain(left);
  return bytes;
}

std::uint64_t Face::write_stream(const std::string& key, std::size_t piece, std::uint64_t pieces) {
  std::uint64_t left = 1;
  write_all(store_, queue_, key, piece, pieces, left);
  drain(left);
  return pieces * piece;
}

}  // namespace tombolo_bench
