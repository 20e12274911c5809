// What the service does: a request in, a reply out, artifacts between client and store.
#include "cache_service.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

#include "artifact_key.hpp"

namespace artifact_cache {
namespace {

Reply text_reply(http::status status, std::string text) {
  Reply reply;
  reply.status = status;
  reply.text = std::move(text) + "\n";
  return reply;
}

http::status status_of(StoreErrorKind kind) {
  switch (kind) {
    case StoreErrorKind::invalid_key:
      return http::status::bad_request;
    case StoreErrorKind::conflict:
      return http::status::conflict;
    case StoreErrorKind::full:
      return http::status::insufficient_storage;
    case StoreErrorKind::unavailable:
      return http::status::service_unavailable;
    case StoreErrorKind::internal:
      break;
  }
  return http::status::internal_server_error;
}

bool is_management(std::string_view path) { return path == "/healthz" || path == "/metrics"; }

Reply manage(std::string_view path, http::verb method, const Metrics& metrics,
             const ArtifactStore& store) {
  if (method != http::verb::get && method != http::verb::head) {
    return text_reply(http::status::method_not_allowed, "only GET and HEAD are served here");
  }
  Reply reply = text_reply(http::status::ok, "ok");
  if (path == "/metrics") {
    reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    reply.text = metrics.text() + store.metrics();
  }
  return reply;
}

void check_method(const Connection& connection) {
  const http::verb method = connection.request().method();
  if (method == http::verb::unknown) {
    throw RequestError(http::status::not_implemented, "unknown method");
  }
  if (method == http::verb::put) return;
  if (method != http::verb::get && method != http::verb::head && method != http::verb::delete_) {
    throw RequestError(http::status::method_not_allowed,
                       "only GET, HEAD, PUT and DELETE are served here");
  }
  // Such a body means nothing, and what two parties read differently has been used for attacks.
  if (connection.has_unread_body()) {
    throw RequestError(http::status::bad_request, "only PUT may have a body");
  }
}

std::string checked_key(const Connection& connection) {
  const std::string_view path = path_of(connection.target());
  if (!is_artifact_path(path)) {
    throw RequestError(http::status::not_found, "artifacts are below /cache/, /ac/ and /cas/");
  }
  return key_of(path);
}

}  // namespace

awaitable<void> CacheService::serve(Connection& connection) {
  const http::verb method = connection.request().method();
  const std::string_view path = path_of(connection.target());
  if (!connection.refusal() && is_management(path)) {
    co_await send(connection, manage(path, method, metrics_, store_));
    co_return;
  }
  const GaugeGuard in_flight(metrics_.in_flight);
  Reply reply = co_await answer(connection);
  metrics_.count_request(method, reply.status);
  co_await send(connection, std::move(reply));
}

// Turns whatever goes wrong before a response has begun into a response.
awaitable<Reply> CacheService::answer(Connection& connection) {
  try {
    co_return co_await dispatch(connection);
  } catch (const RequestError& error) {
    co_return text_reply(error.status(), error.what());
  } catch (const InvalidKey& error) {
    co_return text_reply(http::status::bad_request, error.what());
  } catch (const StoreError& error) {
    co_return failed(error);
  } catch (const boost::system::system_error&) {
    throw;  // The client is gone.
  } catch (const std::exception& error) {
    co_return failed(StoreError(StoreErrorKind::internal, error.what()));
  }
}

awaitable<Reply> CacheService::dispatch(Connection& connection) {
  if (connection.refusal()) throw *connection.refusal();
  check_method(connection);
  std::string key = checked_key(connection);
  switch (connection.request().method()) {
    case http::verb::get:
      return get(std::move(key));
    case http::verb::head:
      return head(std::move(key));
    case http::verb::put:
      return put(connection, std::move(key));
    default:
      return remove(std::move(key));
  }
}

awaitable<Reply> CacheService::get(std::string key) {
  Reply reply;
  reply.artifact = co_await store_.open(std::move(key));
  if (!reply.artifact) co_return miss();
  // Read before anything is sent: a store that fails here can still be reported, and a small
  // artifact leaves in one packet with its header.
  reply.first_part = co_await reply.artifact->next();
  ++metrics_.hits;
  reply.content_type = "application/octet-stream";
  co_return reply;
}

awaitable<Reply> CacheService::head(std::string key) {
  const std::optional<ArtifactInfo> info = co_await store_.head(std::move(key));
  if (!info) co_return miss();
  ++metrics_.hits;
  Reply reply;
  reply.size_to_tell = info->size;
  reply.content_type = "application/octet-stream";
  co_return reply;
}

awaitable<Reply> CacheService::put(Connection& connection, std::string key) {
  AbortGuard upload(metrics_.uploads_aborted);
  const std::unique_ptr<ArtifactWriter> writer = co_await store_.create(std::move(key));
  co_await connection.accept_body();
  for (;;) {
    // Not in a condition, which gcc 12.2 miscompiles.
    const std::optional<Part> part = co_await connection.read_part();
    if (!part) break;
    metrics_.received_bytes += part->size();
    co_await writer->write(*part);
  }
  co_await writer->commit();
  upload.completed();
  // Also when it replaced one: to find out would cost a look at the store, and no client cares.
  co_return text_reply(http::status::created, "stored");
}

awaitable<Reply> CacheService::remove(std::string key) {
  const bool removed = co_await store_.remove(std::move(key));
  if (!removed) co_return text_reply(http::status::not_found, "no such artifact");
  Reply reply;
  reply.status = http::status::no_content;
  co_return reply;
}

Reply CacheService::miss() {
  ++metrics_.misses;
  return text_reply(http::status::not_found, "no such artifact");
}

Reply CacheService::failed(const StoreError& error) {
  ++metrics_.store_errors;
  std::clog << "store: " + std::string(error.what()) + "\n";
  return text_reply(status_of(error.kind()), std::string("store: ") + error.what());
}

awaitable<void> CacheService::send(Connection& connection, Reply reply) {
  if (reply.artifact) {
    co_await send_artifact(connection, reply);
    co_return;
  }
  Connection::Response response = connection.make_response(reply.status);
  if (reply.status != http::status::no_content) {
    response.set(http::field::content_type, reply.content_type);
    response.content_length(reply.size_to_tell.value_or(reply.text.size()));
  }
  if (reply.status == http::status::method_not_allowed) {
    const bool managed = is_management(path_of(connection.target()));
    response.set(http::field::allow, managed ? "GET, HEAD" : "GET, HEAD, PUT, DELETE");
  }
  const bool has_body = connection.request().method() != http::verb::head && !reply.text.empty();
  response.body() = {has_body ? reply.text.data() : nullptr, reply.text.size(), false};
  Connection::Serializer serializer(response);
  co_await connection.write(serializer);
}

awaitable<void> CacheService::send_artifact(Connection& connection, Reply& reply) {
  AbortGuard download(metrics_.downloads_aborted);
  const std::uint64_t size = reply.artifact->size();
  Connection::Response response = connection.make_response(reply.status);
  response.set(http::field::content_type, reply.content_type);
  response.content_length(size);
  Connection::Serializer serializer(response);
  Part part = reply.first_part.value_or(Part());
  for (std::uint64_t sent = 0;;) {
    if (part.size() > size - sent || (part.empty() && sent < size)) {
      throw StoreError(StoreErrorKind::internal, "artifact has not the size it was opened with");
    }
    // A store's part may be larger; the timeout is for this much.
    const Part piece = part.first(std::min(part.size(), kTransferPart));
    sent += piece.size();
    // buffer_body serves reading as well, hence its pointer to non-const; here it is only read.
    response.body() = {const_cast<std::byte*>(piece.data()), piece.size(), sent < size};
    co_await connection.write(serializer);
    metrics_.sent_bytes += piece.size();
    if (sent == size) break;
    part = part.subspan(piece.size());
    if (part.empty()) part = (co_await reply.artifact->next()).value_or(Part());
  }
  download.completed();
}

}  // namespace artifact_cache
