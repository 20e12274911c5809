// A client of the clouds' protocols through Tombolo's C++ API: as many coroutines as there are to
// be operations in flight, each of which awaits one after another in the loop of one thread.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <tombolo/tombolo.hpp>
#include <utility>
#include <vector>

#include "common/body.hpp"
#include "common/measure.hpp"
#include "common/options.hpp"
#include "coroutine.hpp"

namespace {

using clouds::Options;
using clouds::Work;
using tombolo::BlobStore;
using tombolo::CompletionQueue;
using tombolo_test::Task;

/// The value of a result, or the end.
template <class T>
T sure(tombolo::Result<T> result) {
  if (!result.has_value()) clouds::fail(std::string(result.error().message()).c_str());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// On the default runtime, of two workers, or on one of a single worker.
tombolo::BlobStoreOptions on_runtime(const Options& options) {
  tombolo::BlobStoreOptions store;
  if (options.who == "tombolo_one") {
    tombolo::RuntimeOptions one;
    one.workers = 1;
    store.runtime = sure(tombolo::Runtime::create(one));
  }
  return store;
}

class Client {
 public:
  explicit Client(const Options& options)
      : options_(options),
        key_(clouds::key_of(options.size)),
        store_(sure(BlobStore::open(options.url, on_runtime(options)))),
        queue_(sure(CompletionQueue::create())),
        memory_(options.in_flight) {
    if (options.work == Work::put) body_ = clouds::body_of(options.size);
  }

  void run(std::uint64_t times) {
    std::uint64_t left = options_.in_flight;
    for (std::uint64_t at = 0; at < options_.in_flight; ++at) {
      in_turn(at, clouds::share(times, options_.in_flight, at), left);
    }
    while (left > 0) static_cast<void>(sure(queue_.wait_for(std::chrono::seconds(10))));
  }

  /// Whether what was put is there.
  void check() {
    if (options_.work != Work::put) return;
    const tombolo::Bytes put = sure(store_.get(clouds::put_key(0)).wait());
    clouds::check_whole(put.data(), put.size(), options_.size);
  }

 private:
  Task in_turn(std::size_t at, std::uint64_t times, std::uint64_t& left) {
    std::vector<char>& memory = memory_[at];
    const std::string put_key = clouds::put_key(at);
    for (std::uint64_t i = 0; i < times; ++i) {
      switch (options_.work) {
        case Work::get: {
          const tombolo::Bytes got = sure(co_await store_.get(key_).on(queue_));
          clouds::check_whole(got.data(), got.size(), options_.size);
          break;
        }
        case Work::get_into: {
          memory.resize(options_.size);
          auto got = sure(co_await store_.get_into(key_, std::move(memory)).on(queue_));
          clouds::check_whole(got.buffer.data(), got.size, options_.size);
          memory = std::move(got.buffer);
          break;
        }
        case Work::get_stream: {
          const auto reader = sure(co_await store_.open_reader(key_).on(queue_));
          std::size_t read = 0;
          while (auto piece = sure(co_await reader.next().on(queue_))) {
            clouds::check(piece->data(), piece->size(), read);
            read += piece->size();
          }
          if (read != options_.size) clouds::fail("a stream of another length");
          break;
        }
        case Work::put:
          sure(co_await store_.put(put_key, body_).on(queue_));
          break;
        case Work::list: {
          tombolo::ListOptions all;
          all.prefix = "list/";
          all.page_size = 5000;
          const auto pages = store_.list(all);
          std::uint64_t found = 0;
          while (auto page = sure(co_await pages.next().on(queue_))) {
            for (const auto& object : page->objects) found += object.size == 4096 ? 1 : 0;
          }
          if (found != clouds::kListed) clouds::fail("more keys or fewer than there are");
          break;
        }
      }
    }
    --left;
  }

  const Options& options_;
  std::string key_;
  BlobStore store_;
  CompletionQueue queue_;
  std::vector<std::vector<char>> memory_;
  tombolo::Bytes body_;
};

}  // namespace

int main(int argc, char** argv) {
  const Options options = clouds::parse_options(argc, argv);
  Client client(options);
  clouds::measure(options, [&](std::uint64_t times) { client.run(times); });
  client.check();
}
