// The interface between the service and whatever keeps its artifacts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "net.hpp"

namespace artifact_cache {

/// Why a store could not do what it was asked. A missing artifact is an answer, not an error.
enum class StoreErrorKind {
  invalid_key,  ///< This store cannot keep anything under that key.
  conflict,     ///< The key cannot exist beside one that does (`a` and `a/b` as files).
  full,         ///< No room is left: space, quota or rate.
  unavailable,  ///< The store cannot be reached now; a later attempt may succeed.
  internal,     ///< Anything else; what() says what.
};

/// The one exception type that stores throw.
class StoreError : public std::runtime_error {
 public:
  StoreError(StoreErrorKind kind, const std::string& what)
      : std::runtime_error(what), kind_(kind) {}
  StoreErrorKind kind() const noexcept { return kind_; }

 private:
  StoreErrorKind kind_;
};

/// What is known of an artifact without reading it.
struct ArtifactInfo {
  std::uint64_t size;  ///< In bytes.
};

/// The bytes of one part of an artifact.
using Part = std::span<const std::byte>;

/// Reads one artifact from beginning to end, as it was when it was opened: a writer that replaces
/// it meanwhile does not show. Destroying a reader early is how a download is given up.
class ArtifactReader {
 public:
  virtual ~ArtifactReader() = default;

  /// Length of the whole artifact in bytes, known from the start.
  virtual std::uint64_t size() const noexcept = 0;

  /// The next part, never empty; nullopt once all size() bytes were given. The view is valid until
  /// the next call or the reader's destruction. Throws StoreError.
  virtual awaitable<std::optional<Part>> next() = 0;
};

/// Writes one artifact. Nothing is visible before commit() and everything after it, replacing what
/// the key held. Destroying a writer that has not committed discards what it wrote; the destructor
/// does not block.
class ArtifactWriter {
 public:
  virtual ~ArtifactWriter() = default;

  /// Appends a part, which stays valid and unchanged until the awaitable completes. Waiting for it
  /// is the back pressure. Throws StoreError; the writer can then only be destroyed.
  virtual awaitable<void> write(Part part) = 0;

  /// Publishes the artifact; the writer's last call. Throws StoreError.
  virtual awaitable<void> commit() = 0;
};

/// A place for artifacts. Keys are UTF-8, at most 1,024 bytes, and consist of segments that are
/// neither empty, `.` nor `..`, joined by `/`.
///
/// Threads: a store is called from every thread of the service, concurrently. A reader or a writer
/// is called by one coroutine, one call at a time, though not always on the same thread.
///
/// Blocking: no call blocks the thread it is made on. Coroutines resume on the executor of the
/// coroutine that awaits them.
///
/// Lifetime: the store outlives its readers and writers.
class ArtifactStore {
 public:
  virtual ~ArtifactStore() = default;

  /// What is kept under `key`; nullopt when nothing is. Throws StoreError.
  virtual awaitable<std::optional<ArtifactInfo>> head(std::string key) = 0;

  /// A reader of what is kept under `key`; null when nothing is. Throws StoreError.
  virtual awaitable<std::unique_ptr<ArtifactReader>> open(std::string key) = 0;

  /// A writer of `key`, never null. Several writers of one key may be at work: the last to commit
  /// wins. Throws StoreError.
  virtual awaitable<std::unique_ptr<ArtifactWriter>> create(std::string key) = 0;

  /// Removes what is kept under `key`; false when nothing was. Throws StoreError.
  virtual awaitable<bool> remove(std::string key) = 0;

  /// What the store counts itself, in Prometheus' text format 0.0.4, under names of its own.
  virtual std::string metrics() const { return {}; }
};

}  // namespace artifact_cache
