// The store on Tombolo: adopting it took this file and its line in stores.def. Where the artifacts
// are is the URL's choice: a folder, memory, or a cloud.
#include <cerrno>
#include <chrono>
#include <iostream>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>

#include "artifact_store.hpp"
#include "tombolo/boost_asio.hpp"
#include "tombolo/tombolo.hpp"

namespace artifact_cache {
namespace {

// commit() writes what is still in memory to the disk: gigabytes, perhaps, on a slow one.
constexpr auto kCommitTimeout = std::chrono::minutes(30);

// What is got by one operation, so that a small artifact takes no more than that: the service sends
// as much at a time, and a folder store reads as much without a hop to another thread.
constexpr std::uint64_t kFirstPart = 64 * 1024;

// A key beside its own folder. Whatever else forbids a write, a read-only file system say, is not
// the client's doing.
bool is_conflict(const tombolo::Error& error) {
  const auto number = error.service_status();
  return number == EISDIR || number == ENOTDIR || number == ENOTEMPTY;
}

StoreErrorKind kind_of(const tombolo::Error& error) {
  using tombolo::ErrorCode;
  switch (error.code()) {
    case ErrorCode::invalid_argument:
      return StoreErrorKind::invalid_key;
    case ErrorCode::failed_precondition:
      return is_conflict(error) ? StoreErrorKind::conflict : StoreErrorKind::internal;
    case ErrorCode::resource_exhausted:  // A disk, or something that frees itself: descriptors.
      return error.retryable() ? StoreErrorKind::unavailable : StoreErrorKind::full;
    case ErrorCode::aborted:
    case ErrorCode::unavailable:
    case ErrorCode::deadline_exceeded:
    case ErrorCode::cancelled:
      return StoreErrorKind::unavailable;
    default:
      return StoreErrorKind::internal;
  }
}

/// What an operation has brought, or its error as the service's own.
template <class T>
T value_of(tombolo::Result<T> result) {
  if (!result) throw StoreError(kind_of(result.error()), result.error().to_string());
  return *std::move(result);
}

/// The same, but nothing where there is no such object.
template <class T>
std::optional<T> found(tombolo::Result<T> result) {
  if (!result && result.error().code() == tombolo::ErrorCode::not_found) return std::nullopt;
  return value_of(std::move(result));
}

class BlobArtifactReader final : public ArtifactReader {
 public:
  /// Of an artifact whose first part is here already, if it has one; `rest` reads what follows.
  BlobArtifactReader(std::uint64_t size, tombolo::Bytes first,
                     std::optional<tombolo::BlobReader> rest)
      : size_(size), first_(std::move(first)), rest_(std::move(rest)) {}

  std::uint64_t size() const noexcept override { return size_; }

  awaitable<std::optional<Part>> next() override {
    if (!first_.empty()) {
      chunk_ = std::exchange(first_, {});
      co_return Part(chunk_);
    }
    if (!rest_) co_return std::nullopt;
    auto chunk = value_of(co_await tombolo::async_wait(rest_->next(), asio::use_awaitable));
    if (!chunk) co_return std::nullopt;
    chunk_ = *std::move(chunk);
    co_return Part(chunk_);
  }

 private:
  std::uint64_t size_;
  tombolo::Bytes first_;
  std::optional<tombolo::BlobReader> rest_;
  tombolo::Bytes chunk_;
};

/// Keeps the first part back: an artifact that has no other is put whole, by one operation.
class BlobArtifactWriter final : public ArtifactWriter {
 public:
  BlobArtifactWriter(const tombolo::BlobStore& blobs, std::string key)
      : blobs_(blobs), key_(std::move(key)) {}

  awaitable<void> write(Part part) override {
    // The part is the connection's buffer, which lives as long as this coroutine and not longer: a
    // write that is given up may go on for a moment, so it gets a copy.
    auto piece = value_of(tombolo::Bytes::copy_of(part.data(), part.size()));
    if (first_.empty() && !writer_) {
      first_ = std::move(piece);
      co_return;
    }
    if (!writer_) {
      auto opened = co_await tombolo::async_wait(blobs_.open_writer(key_), asio::use_awaitable);
      writer_ = value_of(std::move(opened));
      co_await append(std::exchange(first_, {}));
    }
    co_await append(std::move(piece));
  }

  awaitable<void> commit() override {
    if (writer_) {
      value_of(co_await tombolo::async_wait(writer_->finish().timeout(kCommitTimeout),
                                            asio::use_awaitable));
    } else {
      auto put = blobs_.put(key_, std::move(first_)).timeout(kCommitTimeout);
      value_of(co_await tombolo::async_wait(std::move(put), asio::use_awaitable));
    }
  }

 private:
  awaitable<void> append(tombolo::Bytes piece) {
    value_of(co_await tombolo::async_wait(writer_->write(std::move(piece)), asio::use_awaitable));
  }

  const tombolo::BlobStore& blobs_;
  std::string key_;
  tombolo::Bytes first_;
  std::optional<tombolo::BlobWriter> writer_;
};

/// What Tombolo has to say that somebody should look at goes to the service's log, on a thread of
/// its own: a log whose reader is slow stops no request.
class Log {
 public:
  Log()
      : queue_(value_of(tombolo::CompletionQueue::create())),
        sink_(value_of(tombolo::LogSink::create(
            queue_,
            [](const tombolo::LogRecord& record) {
              std::clog << "tombolo: " + record.to_string() + "\n";
            },
            warnings()))),
        thread_([this](const std::stop_token& stop) { drain(stop); }) {}

 private:
  static tombolo::LogOptions warnings() {
    tombolo::LogOptions options;
    options.level = tombolo::LogLevel::warn;
    return options;
  }

  void drain(const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] { queue_.shutdown(); });
    while (!queue_.drained()) {
      if (!queue_.wait_for(std::chrono::hours(1))) return;
    }
  }

  tombolo::CompletionQueue queue_;
  tombolo::LogSink sink_;
  std::jthread thread_;
};

class TomboloStore final : public ArtifactStore {
 public:
  explicit TomboloStore(tombolo::BlobStore blobs) : blobs_(std::move(blobs)) {}

  awaitable<std::optional<ArtifactInfo>> head(std::string key) override {
    auto meta = found(co_await tombolo::async_wait(blobs_.head(key), asio::use_awaitable));
    if (!meta) co_return std::nullopt;
    co_return ArtifactInfo{meta->size};
  }

  awaitable<std::unique_ptr<ArtifactReader>> open(std::string key) override {
    tombolo::GetOptions beginning;
    beginning.range = tombolo::ByteRange::of(0, kFirstPart);
    auto got = co_await tombolo::async_wait(blobs_.get_object(key, beginning), asio::use_awaitable);
    // An empty artifact has no beginning to get.
    if (!got && got.error().code() == tombolo::ErrorCode::out_of_range) {
      co_return co_await open_whole(std::move(key));
    }
    auto object = found(std::move(got));
    if (!object) co_return nullptr;
    if (object->end < object->meta.size) {
      co_return co_await open_rest(std::move(key), *std::move(object));
    }
    co_return std::make_unique<BlobArtifactReader>(object->meta.size, std::move(object->bytes),
                                                   std::nullopt);
  }

  awaitable<std::unique_ptr<ArtifactWriter>> create(std::string key) override {
    co_return std::make_unique<BlobArtifactWriter>(blobs_, std::move(key));
  }

  awaitable<bool> remove(std::string key) override {
    // Deleting what is absent succeeds, on every backend; the answer to the client wants more.
    const auto meta = co_await tombolo::async_wait(blobs_.head(key), asio::use_awaitable);
    // After any other error it is removed all the same: that is how a damaged one is got rid of.
    if (!meta && meta.error().code() == tombolo::ErrorCode::not_found) co_return false;
    value_of(co_await tombolo::async_wait(blobs_.remove(key), asio::use_awaitable));
    co_return true;
  }

  std::string metrics() const override { return tombolo::to_prometheus(tombolo::metrics()); }

 private:
  /// What follows the beginning; all of it anew, if the artifact has been replaced meanwhile.
  awaitable<std::unique_ptr<ArtifactReader>> open_rest(std::string key, tombolo::Object beginning) {
    tombolo::GetOptions rest;
    rest.range = tombolo::ByteRange::from(beginning.end);
    rest.if_match = beginning.meta.etag;
    auto reader = co_await tombolo::async_wait(blobs_.open_reader(key, rest), asio::use_awaitable);
    if (!reader) co_return co_await open_whole(std::move(key));
    co_return std::make_unique<BlobArtifactReader>(beginning.meta.size, std::move(beginning.bytes),
                                                   *std::move(reader));
  }

  awaitable<std::unique_ptr<ArtifactReader>> open_whole(std::string key) {
    auto reader = found(co_await tombolo::async_wait(blobs_.open_reader(key), asio::use_awaitable));
    if (!reader) co_return nullptr;
    const auto size = reader->meta().size;
    co_return std::make_unique<BlobArtifactReader>(size, tombolo::Bytes(), *std::move(reader));
  }

  Log log_;
  tombolo::BlobStore blobs_;
};

}  // namespace

std::unique_ptr<ArtifactStore> open_tombolo_store(std::string_view url) {
  auto blobs = tombolo::BlobStore::open(url);
  if (!blobs && blobs.error().code() == tombolo::ErrorCode::invalid_argument) {
    throw std::invalid_argument(blobs.error().to_string());
  }
  return std::make_unique<TomboloStore>(value_of(std::move(blobs)));
}

}  // namespace artifact_cache
