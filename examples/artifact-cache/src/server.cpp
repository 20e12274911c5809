// Accepts connections, serves each in a coroutine of its own, and drains.
#include "server.hpp"

#include <exception>
#include <iostream>
#include <string>
#include <utility>

namespace artifact_cache {
namespace {

constexpr auto kPauseWithoutDescriptors = std::chrono::milliseconds(100);

awaitable<void> serve_requests(std::shared_ptr<Connection> connection, CacheService& service) {
  for (;;) {
    // Not `while (co_await ...)`, which gcc 12.2 miscompiles.
    const bool requested = co_await connection->next_request();
    if (!requested) break;
    co_await service.serve(*connection);
    if (!connection->keep_alive()) break;
  }
  co_await connection->close();
}

// So that a client over the limit learns why, instead of waiting for an answer.
awaitable<void> turn_away(std::shared_ptr<Connection> connection, CacheService& service) {
  connection->refuse(RequestError(http::status::service_unavailable, "too many connections"));
  co_await service.serve(*connection);
  co_await connection->close();
}

// A client that left is everyday; anything else is worth a line.
void report(std::exception_ptr failure) {
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const boost::system::system_error&) {
  } catch (const std::exception& error) {
    std::clog << "connection ended: " + std::string(error.what()) + "\n";
  }
}

}  // namespace

Server::Server(asio::io_context& context, const tcp::endpoint& listen, const Limits& limits,
               CacheService& service, Metrics& metrics)
    : context_(context),
      strand_(asio::make_strand(context)),
      acceptor_(strand_, listen),
      signals_(strand_, SIGTERM, SIGINT),
      timer_(strand_),
      limits_(limits),
      service_(service),
      metrics_(metrics) {}

void Server::start() {
  signals_.async_wait([this](const error_code& failed, int) {
    if (!failed) drain();
  });
  asio::co_spawn(strand_, accept(), [](std::exception_ptr failure) noexcept {
    // A service that cannot accept any more must not seem to be well: this ends the process, on
    // whichever thread it runs.
    if (failure) std::rethrow_exception(failure);
  });
}

awaitable<void> Server::accept() {
  while (!draining_) {
    error_code failed;
    const asio::any_io_executor executor = asio::make_strand(context_);
    tcp::socket socket = co_await acceptor_.async_accept(
        executor, asio::redirect_error(asio::use_awaitable, failed));
    if (draining_) co_return;
    if (!failed) {
      admit(std::move(socket));
    } else if (failed != asio::error::connection_aborted) {
      // Out of descriptors or memory: the backlog holds clients until some connections have ended.
      std::clog << "accept: " + failed.message() + "\n";
      timer_.expires_after(kPauseWithoutDescriptors);
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, failed));
    }
  }
}

void Server::admit(tcp::socket socket) {
  auto connection = std::make_shared<Connection>(std::move(socket), limits_);
  const bool welcome = connections_.size() < limits_.max_connections;
  if (welcome) {
    connections_.insert(connection);
    ++metrics_.connections;
  } else {
    ++metrics_.connections_refused;
    if (turned_away_.size() == kTurnedAwayAtOnce) return;  // Closed without a word.
    turned_away_.insert(connection);
  }
  awaitable<void> served =
      welcome ? serve_requests(connection, service_) : turn_away(connection, service_);
  asio::co_spawn(connection->executor(), std::move(served),
                 [this, connection](std::exception_ptr failure) {
                   report(failure);
                   asio::post(strand_, [this, connection] { dismiss(connection); });
                 });
}

void Server::dismiss(const std::shared_ptr<Connection>& connection) {
  if (turned_away_.erase(connection) == 1) return;
  --metrics_.connections;
  connections_.erase(connection);
  if (draining_ && connections_.empty()) timer_.cancel();
}

void Server::drain() {
  draining_ = true;
  signals_.clear();
  acceptor_.close();
  for (const auto& connection : connections_) connection->drain();
  for (const auto& connection : turned_away_) connection->abort();
  if (connections_.empty()) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(limits_.drain_timeout);
  timer_.async_wait([this](const error_code& cancelled) {
    if (!cancelled) abort_all();
  });
}

void Server::abort_all() {
  std::clog << "drain: " + std::to_string(connections_.size()) + " connections cut off\n";
  for (const auto& connection : connections_) connection->abort();
}

}  // namespace artifact_cache
