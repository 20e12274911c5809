// Blobs: the public types in front of the bridge's.
#include "tombolo/blob.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include "bridge.hpp"
#include "tombolo-bridge/src/blob.rs.h"
#include "tombolo/crossing.hpp"
#include "tombolo/lent_buffer.hpp"

TOMBOLO_NAMESPACE_BEGIN

namespace {

using detail::slice;

/// `none` is what stands for text that is absent: to make a slice takes a call, and most operations
/// have no options.
inline ffi::Optional optional(const std::optional<std::string>& text,
                              rust::Slice<const std::uint8_t> none = slice("")) noexcept {
  if (!text.has_value()) {
    return {false, none};
  }
  return {true, slice(*text)};
}

inline ffi::GetOptions to_ffi(const GetOptions& options,
                              rust::Slice<const std::uint8_t> none = slice("")) noexcept {
  const ByteRange& range = options.range;
  return {{range.kind(), range.offset(), range.length()},
          optional(options.if_match, none),
          optional(options.if_none_match, none)};
}

ffi::GetOptions to_ffi(const HeadOptions& options) noexcept {
  return {{0, 0, 0}, optional(options.if_match), optional(options.if_none_match)};
}

/// The options of a write as they cross; borrows from what it was made of.
class PutFields {
 public:
  explicit PutFields(const PutOptions& options) : options_(options) {
    fields_.reserve(options.metadata.size());
    for (const auto& [name, value] : options.metadata) {
      fields_.push_back({slice(name), slice(value)});
    }
  }
  [[nodiscard]] ffi::PutOptions ffi() const noexcept {
    return {options_.if_absent,
            optional(options_.if_match),
            slice(options_.content_type),
            {fields_.data(), fields_.size()}};
  }

 private:
  const PutOptions& options_;
  std::vector<ffi::Field> fields_;
};

ObjectMeta to_std(const ffi::ObjectMeta& meta) {
  using std::chrono::duration_cast;
  using std::chrono::system_clock;
  ObjectMeta out;
  out.key = detail::to_std(meta.key);
  out.size = meta.size;
  out.etag = detail::to_std(meta.etag);
  out.last_modified = system_clock::time_point(
      duration_cast<system_clock::duration>(std::chrono::nanoseconds(meta.last_modified)));
  out.content_type = detail::to_std(meta.content_type);
  for (const ffi::Entry& entry : meta.metadata) {
    out.metadata.emplace(detail::to_std(entry.name), detail::to_std(entry.value));
  }
  return out;
}

bool take_meta(const Ticket& op, ObjectMeta& out) noexcept {
  ffi::ObjectMeta meta;
  const bool taken = ffi::take_meta(op, meta);
  out = to_std(meta);
  return taken;
}

bool take_object(const Ticket& op, Object& out) noexcept {
  ffi::Object object{};
  const bool taken = ffi::take_object(op, object);
  out = Object{to_std(object.meta), object.start, object.end, Bytes(object.bytes)};
  return taken;
}

template <class Owner>
bool take_filled(const Ticket& op, Filled<Owner>& out) noexcept {
  ffi::Filled filled{};
  if (!ffi::take_filled(op, filled)) {
    return false;
  }
  out = Filled<Owner>{LentBuffer<Owner>(filled.buffer).take_back(), filled.size, filled.start,
                      filled.end, to_std(filled.meta)};
  return true;
}

bool take_reader(const Ticket& op, BlobReader& out) noexcept {
  ffi::Reader reader{};
  if (!ffi::take_reader(op, reader)) {
    return false;
  }
  out = BlobReader(to_std(reader.meta), reader.start, reader.end, stream<Bytes>(reader.chunks));
  return true;
}

bool take_writer(const Ticket& op, BlobWriter& out) noexcept {
  auto* writer = ffi::take_writer(op);
  out = BlobWriter(writer);
  return writer != nullptr;
}

bool take_put(const Ticket& op, PutResult& out) noexcept {
  rust::String etag;
  const bool taken = ffi::take_etag(op, etag);
  out.etag = detail::to_std(etag);
  return taken;
}

bool take_page(const Ticket& op, ListPage& out) noexcept {
  ffi::ListPage page;
  const bool taken = ffi::take_page(op, page);
  for (const ffi::ObjectMeta& meta : page.objects) {
    out.objects.push_back(to_std(meta));
  }
  for (const rust::String& prefix : page.prefixes) {
    out.prefixes.push_back(detail::to_std(prefix));
  }
  return taken;
}

bool take_outcomes(const Ticket& op, std::vector<DeleteOutcome>& out) noexcept {
  ffi::DeleteOutcomes outcomes;
  const bool taken = ffi::take_outcomes(op, outcomes);
  for (ffi::DeleteOutcome& outcome : outcomes.outcomes) {
    const detail::RawError error = std::exchange(outcome.error, detail::RawError());
    out.push_back({detail::to_std(outcome.key),
                   !error.is_error() ? Result<void>() : unexpected(Error(error))});
  }
  return taken;
}

Error closed(const std::shared_ptr<ffi::BlobStore>& /*unused*/) {
  return {ErrorCode::failed_precondition, "this store is not open; see BlobStore::open"};
}

template <class Writer>
Error closed(const Writer& /*unused*/) {
  return {ErrorCode::failed_precondition, "this writer is closed"};
}

/// The operation that `call` makes on an open handle, or one that fails.
template <class T, class Handle, class Call, class... Take>
Operation<T> on(const Handle& handle, Call&& call, Take... take) {
  if (handle == nullptr) {
    return failed<T>(closed(handle));
  }
  return operation<T>(call(*handle), take...);
}

/// A read into lent memory.
template <class Owner>
Operation<Filled<Owner>> read_into(const std::shared_ptr<ffi::BlobStore>& store,
                                   std::string_view key, Result<LentBuffer<Owner>> buffer,
                                   const GetOptions& options) {
  if (store == nullptr) {
    return failed<Filled<Owner>>(closed(store));
  }
  if (!buffer) {
    return failed<Filled<Owner>>(std::move(buffer.error()));
  }
  const RawBuffer raw = std::move(*buffer).release();
  return operation<Filled<Owner>>(store->get_into(slice(key), raw, to_ffi(options)),
                                  take_filled<Owner>);
}

}  // namespace

BlobStore::BlobStore(ffi::BlobStore* store) : store_(store, &ffi::blob_store_free) {}

Result<BlobStore> BlobStore::open(std::string_view url, const BlobStoreOptions& options) {
  detail::RawError error;
  const TokenSource& source = options.credential;
  const ffi::TokenSource given{optional(source.token()), source.is_function()};
  auto* store = ffi::blob_store_open(slice(url), options.runtime.raw(), source.credential(), given,
                                     source.raw(), error);
  if (store == nullptr) {
    return unexpected(Error(error));
  }
  BlobStore opened(store);
  if (source.is_function()) {
    // The function is called as long as there are operations that need it.
    auto store_and_source = [store = opened.store_, source](ffi::BlobStore* /*unused*/) {};
    opened.store_ = std::shared_ptr<ffi::BlobStore>(store, std::move(store_and_source));
  }
  return opened;
}

Capabilities BlobStore::capabilities() const noexcept {
  if (store_ == nullptr) {
    return {};
  }
  const ffi::Capabilities can = store_->capabilities();
  return {can.put_if_match,  can.put_if_absent,     can.delete_if_match,   can.copy_if_absent,
          can.atomic_rename, can.metadata,          can.list_has_metadata, can.presign,
          can.persistent,    can.key_beside_folder, can.long_segments,     can.odd_keys,
          can.new_etags,     can.cached_reads};
}

Operation<Bytes> BlobStore::get(std::string_view key, const GetOptions& options) const {
  const auto name = slice(key);
  return on<Bytes>(store_, [&](auto& s) { return s.get(name, to_ffi(options, name)); });
}

Operation<Object> BlobStore::get_object(std::string_view key, const GetOptions& options) const {
  return on<Object>(
      store_, [&](auto& s) { return s.get_object(slice(key), to_ffi(options)); }, take_object);
}

Operation<Filled<std::string>> BlobStore::get_into(std::string_view key, std::string&& buffer,
                                                   const GetOptions& options) const {
  return read_into(store_, key, LentBuffer<std::string>::lend(std::move(buffer)), options);
}

Operation<Filled<std::vector<std::byte>>> BlobStore::get_into(std::string_view key,
                                                              std::vector<std::byte>&& buffer,
                                                              const GetOptions& options) const {
  return read_into(store_, key, LentBuffer<std::vector<std::byte>>::lend(std::move(buffer)),
                   options);
}

Operation<Filled<std::vector<std::uint8_t>>> BlobStore::get_into(std::string_view key,
                                                                 std::vector<std::uint8_t>&& buffer,
                                                                 const GetOptions& options) const {
  return read_into(store_, key, LentBuffer<std::vector<std::uint8_t>>::lend(std::move(buffer)),
                   options);
}

Operation<Filled<std::vector<char>>> BlobStore::get_into(std::string_view key,
                                                         std::vector<char>&& buffer,
                                                         const GetOptions& options) const {
  return read_into(store_, key, LentBuffer<std::vector<char>>::lend(std::move(buffer)), options);
}

Operation<Filled<std::shared_ptr<void>>> BlobStore::get_into(std::string_view key,
                                                             std::shared_ptr<void> owner,
                                                             void* data, std::size_t size,
                                                             CompletionQueue& queue,
                                                             const GetOptions& options) const {
  using Memory = LentBuffer<std::shared_ptr<void>>;
  return read_into(store_, key, Memory::lend(std::move(owner), data, size, queue), options);
}

Result<Filled<void*>> BlobStore::get_into_wait(std::string_view key, void* data, std::size_t size,
                                               const GetOptions& options,
                                               std::chrono::nanoseconds timeout,
                                               CancellationToken token) const {
  // The promise keeps nothing alive: its end, wherever it comes, says that nobody writes any more.
  using Memory = LentBuffer<std::promise<void>>;
  std::promise<void> end;
  const auto over = end.get_future();
  auto memory = Memory::lend_to_any_thread(std::move(end), data, size);
  auto read = read_into(store_, key, std::move(memory), options);
  auto filled = std::move(read).timeout(timeout).cancel_on(std::move(token)).wait();
  if (!filled) {
    over.wait();
    return unexpected(std::move(filled.error()));
  }
  return Filled<void*>{data, filled->size, filled->start, filled->end, std::move(filled->meta)};
}

Operation<ObjectMeta> BlobStore::head(std::string_view key, const HeadOptions& options) const {
  return on<ObjectMeta>(
      store_, [&](auto& s) { return s.head(slice(key), to_ffi(options)); }, take_meta);
}

Operation<PutResult> BlobStore::put(std::string_view key, Bytes body,
                                    const PutOptions& options) const {
  const PutFields put(options);
  return on<PutResult>(
      store_, [&](auto& s) { return s.put(slice(key), std::move(body).release(), put.ffi()); },
      take_put);
}

Operation<BlobReader> BlobStore::open_reader(std::string_view key,
                                             const GetOptions& options) const {
  return on<BlobReader>(
      store_, [&](auto& s) { return s.open_reader(slice(key), to_ffi(options)); }, take_reader);
}

Operation<BlobWriter> BlobStore::open_writer(std::string_view key,
                                             const PutOptions& options) const {
  const PutFields put(options);
  return on<BlobWriter>(
      store_, [&](auto& s) { return s.open_writer(slice(key), put.ffi()); }, take_writer);
}

Stream<ListPage> BlobStore::list(const ListOptions& options) const {
  if (store_ == nullptr) {
    return {};
  }
  const ffi::ListOptions list{slice(options.prefix), slice(options.delimiter),
                              slice(options.start_after), options.page_size};
  return stream<ListPage>(store_->list(list), take_page);
}

Operation<void> BlobStore::remove(std::string_view key, const DeleteOptions& options) const {
  return on<void>(store_,
                  [&](auto& s) { return s.remove(slice(key), optional(options.if_match)); });
}

Operation<std::vector<DeleteOutcome>> BlobStore::remove_many(
    const std::vector<std::string>& keys) const {
  std::vector<rust::Slice<const std::uint8_t>> slices;
  slices.reserve(keys.size());
  for (const std::string& key : keys) {
    slices.push_back(slice(key));
  }
  return on<std::vector<DeleteOutcome>>(
      store_,
      [&](auto& s) {
        return s.remove_many({slices.data(), slices.size()});
      },
      take_outcomes);
}

Operation<PutResult> BlobStore::copy(std::string_view from, std::string_view to,
                                     const CopyOptions& options) const {
  return on<PutResult>(
      store_, [&](auto& s) { return s.copy(slice(from), slice(to), options.if_absent); }, take_put);
}

Operation<PutResult> BlobStore::rename(std::string_view from, std::string_view to,
                                       const CopyOptions& options) const {
  return on<PutResult>(
      store_, [&](auto& s) { return s.rename(slice(from), slice(to), options.if_absent); },
      take_put);
}

Operation<std::string> BlobStore::presign(std::string_view key, PresignMethod method,
                                          std::chrono::nanoseconds expires_in) const {
  const auto expiry = static_cast<std::uint64_t>(std::max<std::int64_t>(expires_in.count(), 0));
  return on<std::string>(store_, [&](auto& s) {
    return s.presign(slice(key), static_cast<std::uint32_t>(method), expiry);
  });
}

BlobWriter::BlobWriter() noexcept = default;
BlobWriter::BlobWriter(BlobWriter&& other) noexcept = default;
BlobWriter& BlobWriter::operator=(BlobWriter&& other) noexcept = default;
BlobWriter::~BlobWriter() = default;
BlobWriter::BlobWriter(ffi::BlobWriter* writer) noexcept : writer_(writer) {}

void BlobWriter::Free::operator()(ffi::BlobWriter* writer) const noexcept {
  ffi::blob_writer_free(writer);
}

Operation<void> BlobWriter::write(Bytes piece) const noexcept {
  return on<void>(writer_, [&](auto& w) { return w.write(std::move(piece).release()); });
}

Operation<PutResult> BlobWriter::finish() const noexcept {
  return on<PutResult>(
      writer_, [](auto& w) { return w.finish(); }, take_put);
}

TOMBOLO_NAMESPACE_END
