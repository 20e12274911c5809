#include "lean.hpp"

#include <chrono>
#include <optional>
#include <utility>

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "this file is to be compiled with -fno-exceptions -fno-rtti"
#endif

namespace lean {

using tombolo::BlobStore;
using tombolo::Bytes;
using tombolo::Result;

namespace {

Result<Bytes> drained_until(tombolo::CompletionQueue& queue, std::optional<Result<Bytes>>& result) {
  while (!result) {
    auto ran = queue.wait_for(std::chrono::seconds(1));
    if (!ran) return tombolo::unexpected(ran.error());
  }
  return std::move(*result);
}

}  // namespace

tombolo::Operation<Bytes> begin_get(const BlobStore& store, const std::string& key) {
  return store.get(key);
}

Result<Bytes> put_and_get(const BlobStore& store, const std::string& key, Bytes bytes) {
  auto put = store.put(key, std::move(bytes)).wait();
  if (!put) return tombolo::unexpected(put.error());
  return store.get(key).wait();
}

Result<Bytes> get_by_future(const BlobStore& store, const std::string& key) {
  return store.get(key).future().get();
}

Result<Bytes> get_by_callback(const BlobStore& store, const std::string& key) {
  auto queue = tombolo::CompletionQueue::create();
  if (!queue) return tombolo::unexpected(queue.error());
  std::optional<Result<Bytes>> result;
  auto running = store.get(key).start(*queue, [&](Result<Bytes> got) { result = std::move(got); });
  return drained_until(*queue, result);
}

Result<Bytes> get_by_then(const BlobStore& store, const std::string& key) {
  auto queue = tombolo::CompletionQueue::create();
  if (!queue) return tombolo::unexpected(queue.error());
  std::optional<Result<Bytes>> result;
  store.get(key).then(*queue, [&](Result<Bytes> got) { result = std::move(got); });
  return drained_until(*queue, result);
}

Seen failure_of(tombolo::Operation<Bytes> operation) {
  const auto result = std::move(operation).wait();
  if (result) return {tombolo::ErrorCode::unknown, {"it succeeded"}};
  return {result.error().code(), result.error().causes()};
}

Result<Bytes> pass_on(tombolo::Error error) { return tombolo::unexpected(std::move(error)); }

std::string message_of(const Result<Bytes>& result) {
  return result ? std::string() : std::string(result.error().message());
}

std::size_t size_of(Result<Bytes> result) { return result ? result->size() : 0; }

}  // namespace lean
