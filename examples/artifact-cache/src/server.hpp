// Accepts connections, serves each in a coroutine of its own, and drains.
#pragma once

#include <memory>
#include <unordered_set>

#include "cache_service.hpp"
#include "connection.hpp"
#include "limits.hpp"
#include "metrics.hpp"
#include "net.hpp"

namespace artifact_cache {

/// Listens from its construction, serves once started, and leaves the context without work when it
/// has drained. Its own state is touched on one strand only; each connection has another.
class Server {
 public:
  /// Throws boost::system::system_error when it cannot listen.
  Server(asio::io_context& context, const tcp::endpoint& listen, const Limits& limits,
         CacheService& service, Metrics& metrics);

  /// Where it listens, with the port that was picked if any would do.
  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

  /// Starts to accept, until the process is sent SIGTERM or SIGINT. Then it drains: it stops
  /// accepting, ends idle connections, and lets the others finish within the drain timeout. A
  /// second signal ends the process at once.
  void start();

 private:
  using Strand = asio::strand<asio::io_context::executor_type>;

  awaitable<void> accept();
  void admit(tcp::socket socket);
  void dismiss(const std::shared_ptr<Connection>& connection);
  void drain();
  void abort_all();

  asio::io_context& context_;
  Strand strand_;
  tcp::acceptor acceptor_;
  asio::signal_set signals_;
  asio::steady_timer timer_;
  const Limits& limits_;
  CacheService& service_;
  Metrics& metrics_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::unordered_set<std::shared_ptr<Connection>> turned_away_;  ///< Until they have gone.
  bool draining_ = false;
};

}  // namespace artifact_cache
