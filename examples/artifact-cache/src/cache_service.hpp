// What the service does: a request in, a reply out, artifacts between client and store.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "artifact_store.hpp"
#include "connection.hpp"
#include "metrics.hpp"

namespace artifact_cache {

/// What a request is answered with: a text, or an artifact that is yet to be read.
struct Reply {
  http::status status = http::status::ok;
  std::string text;
  const char* content_type = "text/plain; charset=utf-8";
  std::unique_ptr<ArtifactReader> artifact;
  std::optional<Part> first_part;             ///< Of the artifact; read before the header is sent.
  std::optional<std::uint64_t> size_to_tell;  ///< Content-Length of a HEAD, which has no body.
};

/// Serves requests of many connections at once, on whatever threads theirs run.
class CacheService {
 public:
  CacheService(ArtifactStore& store, Metrics& metrics) : store_(store), metrics_(metrics) {}

  /// Answers the request whose header the connection has read. What it throws leaves the connection
  /// in the middle of a message, so that it can only be closed.
  awaitable<void> serve(Connection& connection);

 private:
  awaitable<Reply> answer(Connection& connection);
  awaitable<Reply> dispatch(Connection& connection);
  awaitable<Reply> get(std::string key);
  awaitable<Reply> head(std::string key);
  awaitable<Reply> put(Connection& connection, std::string key);
  awaitable<Reply> remove(std::string key);
  Reply miss();
  Reply failed(const StoreError& error);
  awaitable<void> send(Connection& connection, Reply reply);
  awaitable<void> send_artifact(Connection& connection, Reply& reply);

  ArtifactStore& store_;
  Metrics& metrics_;
};

}  // namespace artifact_cache
