// Blobs: objects of bytes under keys.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tombolo/bytes.hpp"
#include "tombolo/identity.hpp"
#include "tombolo/operation.hpp"
#include "tombolo/runtime.hpp"
#include "tombolo/stream.hpp"

namespace tombolo::ffi {
struct BlobStore;
struct BlobWriter;
struct Reader;
}  // namespace tombolo::ffi

TOMBOLO_NAMESPACE_BEGIN

/// Which bytes of an object a read wants. What reaches beyond the end is cut off; a range that
/// begins at or beyond the end is answered with `out_of_range`, one of no bytes with
/// `invalid_argument`.
class ByteRange {
 public:
  /// The whole object.
  ByteRange() noexcept = default;
  /// From `offset` to the end.
  [[nodiscard]] static ByteRange from(std::uint64_t offset) noexcept { return {1, offset, 0}; }
  /// `length` bytes from `offset` on.
  [[nodiscard]] static ByteRange of(std::uint64_t offset, std::uint64_t length) noexcept {
    return {2, offset, length};
  }
  /// The last `length` bytes.
  [[nodiscard]] static ByteRange last(std::uint64_t length) noexcept { return {3, 0, length}; }

  [[nodiscard]] std::uint32_t kind() const noexcept { return kind_; }
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] std::uint64_t length() const noexcept { return length_; }

 private:
  ByteRange(std::uint32_t kind, std::uint64_t offset, std::uint64_t length) noexcept
      : kind_(kind), offset_(offset), length_(length) {}
  std::uint32_t kind_ = 0;
  std::uint64_t offset_ = 0;
  std::uint64_t length_ = 0;
};

// Options have constructors, and so are no aggregates: gcc 12 copies the temporary of an aggregate
// bit by bit when it appears in a co_await expression, also as a default argument, and a map or a
// string does not survive that.

struct BlobStoreOptions {
  BlobStoreOptions() {}

  /// On whose threads, and under whose ceilings, the operations of the store run: those of its
  /// readers, writers and lists, too. The default one, unless another is named.
  Runtime runtime;
  /// What shows the service who asks, where no key in the URL does: for "azblob://" and "gs://". A
  /// `Credential`, or another source of tokens.
  TokenSource credential;
};

struct GetOptions {
  GetOptions() {}

  ByteRange range;
  /// Only the object with this etag, else `failed_precondition`.
  std::optional<std::string> if_match;
  /// Not the object with this etag: `failed_precondition`, kind `not_modified`.
  std::optional<std::string> if_none_match;
};

struct HeadOptions {
  HeadOptions() {}

  /// As in `GetOptions`.
  std::optional<std::string> if_match;
  /// As in `GetOptions`.
  std::optional<std::string> if_none_match;
};

struct PutOptions {
  PutOptions() {}

  /// Only where no object is, else `failed_precondition`, kind `condition_not_met`. Not together
  /// with `if_match`.
  bool if_absent = false;
  /// Only over the object with this etag, else `failed_precondition`, kind `condition_not_met`.
  std::optional<std::string> if_match;
  /// The media type, or empty.
  std::string content_type;
  /// Names: 1 to 128 of a-z 0-9 _ -, beginning with a letter; values: text without control
  /// characters. With the content type at most 2 KiB together.
  std::map<std::string, std::string> metadata;
};

struct DeleteOptions {
  DeleteOptions() {}

  /// Only the object with this etag, else `failed_precondition`.
  std::optional<std::string> if_match;
};

struct CopyOptions {
  CopyOptions() {}

  /// Fail with `failed_precondition` if the target exists.
  bool if_absent = false;
};

struct ListOptions {
  ListOptions() {}

  /// Only keys that begin with this text.
  std::string prefix;
  /// "/" rolls keys up into common prefixes; empty lists them all.
  std::string delimiter;
  /// Only keys after this one, in byte order.
  std::string start_after;
  /// At most so many objects and prefixes in a page; 1 to 10,000.
  std::size_t page_size = 1000;
};

/// What a store knows about an object beside its bytes.
struct ObjectMeta {
  std::string key;
  std::uint64_t size = 0;
  /// The version: changes with every write and never returns.
  std::string etag;
  std::chrono::system_clock::time_point last_modified;
  std::string content_type;
  std::map<std::string, std::string> metadata;
};

/// An object: what is known about the whole, and the bytes [start, end) of it.
struct Object {
  ObjectMeta meta;
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  Bytes bytes;
};

/// A buffer that was read into, and what it holds now: of the object the bytes [start, end), in its
/// first `size` bytes. The rest of it is as it was.
template <class Buffer>
struct Filled {
  /// The buffer, given back.
  Buffer buffer{};
  std::size_t size = 0;
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  ObjectMeta meta;
};

struct PutResult {
  /// The version that was written.
  std::string etag;
};

/// One page of a listing, in the order of the keys.
struct ListPage {
  /// Content type and metadata are filled where `Capabilities::list_has_metadata`.
  std::vector<ObjectMeta> objects;
  /// The common prefixes, each with its delimiter.
  std::vector<std::string> prefixes;
};

/// What became of one key of a `remove_many`.
struct DeleteOutcome {
  /// Empty where the key was not UTF-8, which the result says.
  std::string key;
  Result<void> result;
};

/// What a backend can do. What it cannot is answered with `unimplemented` before anything is sent.
struct Capabilities {
  bool put_if_match = false;
  bool put_if_absent = false;
  bool delete_if_match = false;
  bool copy_if_absent = false;
  bool atomic_rename = false;
  bool metadata = false;
  bool list_has_metadata = false;
  bool presign = false;
  bool persistent = false;
  /// A key may also be a folder of another (`a` beside `a/b`).
  bool key_beside_folder = false;
  /// A segment of a key may be longer than 255 bytes once encoded.
  bool long_segments = false;
  /// A key may have segments that are `.` or `..`, backslashes and control characters.
  bool odd_keys = false;
  /// Every write has an etag that no other has. Otherwise the etag is made of the content, so that
  /// the same content has the same etag again.
  bool new_etags = false;
  /// Cached data is read without a hop to another thread.
  bool cached_reads = false;
};

/// An object that is read piece by piece, all pieces of one version.
class BlobReader {
 public:
  BlobReader() noexcept = default;
  /// For the library.
  BlobReader(ObjectMeta meta, std::uint64_t start, std::uint64_t end, Stream<Bytes> chunks) noexcept
      : meta_(std::move(meta)), start_(start), end_(end), chunks_(std::move(chunks)) {}

  /// What is known about the whole object.
  [[nodiscard]] const ObjectMeta& meta() const noexcept TOMBOLO_LIFETIMEBOUND { return meta_; }
  /// The chunks hold the bytes [start, end) of the object.
  [[nodiscard]] std::uint64_t start() const noexcept { return start_; }
  [[nodiscard]] std::uint64_t end() const noexcept { return end_; }
  /// The next chunk, never empty, or `std::nullopt` at the end. One at a time. `data_loss` in place
  /// of the end: the chunks are not what the store has; take none for right before the end came.
  [[nodiscard]] Operation<std::optional<Bytes>> next() const noexcept { return chunks_.next(); }

 private:
  ObjectMeta meta_;
  std::uint64_t start_ = 0;
  std::uint64_t end_ = 0;
  Stream<Bytes> chunks_;
};

/// An object that is written piece by piece. Nothing is visible before `finish` succeeds;
/// destroying the writer before that leaves nothing behind. One operation at a time; cancelling
/// one closes the writer.
class TOMBOLO_API BlobWriter {
 public:
  /// A writer that is closed.
  BlobWriter() noexcept;
  BlobWriter(BlobWriter&& other) noexcept;
  BlobWriter& operator=(BlobWriter&& other) noexcept;
  ~BlobWriter();
  /// For the library.
  explicit BlobWriter(ffi::BlobWriter* writer) noexcept;

  /// Appends a piece. When it is done, the writer is ready for the next. In a cloud it is sent
  /// later, and what fails then is told by the next call.
  [[nodiscard]] Operation<void> write(Bytes piece) const noexcept;
  /// Publishes the object, if its condition holds.
  [[nodiscard]] Operation<PutResult> finish() const noexcept;

 private:
  struct Free {
    void operator()(ffi::BlobWriter* writer) const noexcept;
  };
  std::unique_ptr<ffi::BlobWriter, Free> writer_;
};

/// A store of blobs, opened by URL. Cheap to copy; may be used from any thread. Keys are UTF-8
/// without NUL, 1 to 1,024 bytes.
///
/// Embedded stores (file, mem) are placed on the caller: an operation that finds its data in memory
/// or in the page cache completes without a hop to another thread.
class TOMBOLO_API BlobStore {
 public:
  /// A store that is not open: every operation answers `failed_precondition`.
  BlobStore() noexcept = default;

  /// Opens a store: "file:///var/lib/artifacts", "mem:", "s3://bucket?region=eu-central-1". Checks
  /// the configuration and does no network I/O; a folder is looked at, which blocks for a few
  /// system calls. Parameters of a folder, as in "file:///var/lib/artifacts?durable=false":
  /// `create` and `durable` (true), `max_running` and `max_queued` (16 blocking steps at a time,
  /// 4,096 more that wait), `max_get` (the most bytes of one `get`, 1 GiB), `max_open` (files of
  /// objects that are read often stay open, up to 64, which each take a descriptor; 0: none); of
  /// memory: `max_bytes` (no ceiling).
  [[nodiscard]] static Result<BlobStore> open(std::string_view url,
                                              const BlobStoreOptions& options = {});
  /// For the library: takes over a store that crossed the seam.
  explicit BlobStore(ffi::BlobStore* store);

  [[nodiscard]] Capabilities capabilities() const noexcept;

  /// Reads an object, or a part of it, into one buffer. More bytes than a folder's `max_get` are
  /// answered with `resource_exhausted`: read ranges, into a buffer of one's own, or open a reader.
  [[nodiscard]] Operation<Bytes> get(std::string_view key, const GetOptions& options = {}) const;
  /// As `get`, with what is known about the object.
  [[nodiscard]] Operation<Object> get_object(std::string_view key,
                                             const GetOptions& options = {}) const;
  /// As `get_object`, straight into `buffer`, from its first byte on, which is given back with the
  /// result. What it has beyond the range stays as it is; one that is smaller than the range is
  /// answered with `invalid_argument` before anything is read. After an error, also if cancelled,
  /// the buffer is freed when nobody writes into it any more: memory that must come back in every
  /// case is lent, below.
  [[nodiscard]] Operation<Filled<std::string>> get_into(std::string_view key, std::string&& buffer,
                                                        const GetOptions& options = {}) const;
  [[nodiscard]] Operation<Filled<std::vector<std::byte>>> get_into(
      std::string_view key, std::vector<std::byte>&& buffer, const GetOptions& options = {}) const;
  [[nodiscard]] Operation<Filled<std::vector<std::uint8_t>>> get_into(
      std::string_view key, std::vector<std::uint8_t>&& buffer,
      const GetOptions& options = {}) const;
  [[nodiscard]] Operation<Filled<std::vector<char>>> get_into(std::string_view key,
                                                              std::vector<char>&& buffer,
                                                              const GetOptions& options = {}) const;
  /// As above, into `size` bytes at `data`, which `owner` keeps alive. Nobody else may touch them
  /// until the operation's share of `owner` is gone. Success moves that into the result. After an
  /// error, also if cancelled, it is released in a drain of `queue`, on the service's own thread,
  /// when nobody writes any more: then the memory is the service's again, by its own share of
  /// `owner` or by what its deleter does. If the queue is gone by then, the next drain of any queue
  /// does it.
  [[nodiscard]] Operation<Filled<std::shared_ptr<void>>> get_into(
      std::string_view key, std::shared_ptr<void> owner, void* data, std::size_t size,
      CompletionQueue& queue, const GetOptions& options = {}) const;
  /// As above, into `size` bytes at `data`. Blocks this thread until it is done or has failed and
  /// nobody writes any more, so beyond `timeout` by at most one step of the read, 1 MiB. What the
  /// memory holds after an error is not known. Answers as `Operation::wait` where that would
  /// deadlock.
  [[nodiscard]] Result<Filled<void*>> get_into_wait(
      std::string_view key, void* data, std::size_t size, const GetOptions& options = {},
      std::chrono::nanoseconds timeout = std::chrono::seconds(60),
      CancellationToken token = {}) const;
  /// What is known about an object.
  [[nodiscard]] Operation<ObjectMeta> head(std::string_view key,
                                           const HeadOptions& options = {}) const;
  /// Writes an object whole.
  [[nodiscard]] Operation<PutResult> put(std::string_view key, Bytes body,
                                         const PutOptions& options = {}) const;
  /// Opens an object for reading in pieces.
  [[nodiscard]] Operation<BlobReader> open_reader(std::string_view key,
                                                  const GetOptions& options = {}) const;
  /// Begins to write an object in pieces.
  [[nodiscard]] Operation<BlobWriter> open_writer(std::string_view key,
                                                  const PutOptions& options = {}) const;
  /// Lists objects, page by page, in the byte order of their keys. Takes O(N log N) for N objects,
  /// however many pages. Between pages a store in memory keeps one key; a folder store keeps the
  /// names that are left in the folders on the current path, 55 MB for a million short ones in one.
  [[nodiscard]] Stream<ListPage> list(const ListOptions& options = {}) const;
  /// Deletes an object; what is absent is deleted already.
  [[nodiscard]] Operation<void> remove(std::string_view key,
                                       const DeleteOptions& options = {}) const;
  /// Deletes many objects, at most 10,000; each key has an outcome of its own, in their order.
  [[nodiscard]] Operation<std::vector<DeleteOutcome>> remove_many(
      const std::vector<std::string>& keys) const;
  /// Copies an object with its content type and metadata.
  [[nodiscard]] Operation<PutResult> copy(std::string_view from, std::string_view to,
                                          const CopyOptions& options = {}) const;
  /// Moves an object.
  [[nodiscard]] Operation<PutResult> rename(std::string_view from, std::string_view to,
                                            const CopyOptions& options = {}) const;

  enum class PresignMethod : std::uint32_t { get = 0, put = 1, remove = 2 };
  /// A URL by which anybody may do this for a while. `unimplemented` on embedded stores, and where
  /// a cloud's store has no key to sign with.
  [[nodiscard]] Operation<std::string> presign(std::string_view key, PresignMethod method,
                                               std::chrono::nanoseconds expires_in) const;

 private:
  std::shared_ptr<ffi::BlobStore> store_;
};

TOMBOLO_NAMESPACE_END
