// One client connection: HTTP framing, limits and timeouts. It knows nothing of artifacts.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "limits.hpp"
#include "net.hpp"

namespace artifact_cache {

/// A request that is not served, and the status that says so to the client.
class RequestError : public std::runtime_error {
 public:
  RequestError(http::status status, const std::string& what)
      : std::runtime_error(what), status_(status) {}
  http::status status() const noexcept { return status_; }

 private:
  http::status status_;
};

/// Requests are read and answered one after another, so pipelined ones are answered in order.
///
/// Everything but drain() and abort() is called by the one coroutine that serves the connection, on
/// the socket's executor, a strand. What the client breaks (it went away, it is too slow) is thrown
/// as boost::system::system_error and ends that coroutine.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Response = http::response<http::buffer_body>;
  using Serializer = http::response_serializer<http::buffer_body>;

  Connection(tcp::socket socket, const Limits& limits);

  asio::any_io_executor executor() { return stream_.get_executor(); }

  /// Reads the next request's header. False when there is none to serve: the client left, or the
  /// service drains. A header that cannot be served counts as a request; see refusal().
  awaitable<bool> next_request();

  /// Why the request must be refused, if its header said so already.
  const std::optional<RequestError>& refusal() const { return refusal_; }

  /// Has the request refused, whatever it says.
  void refuse(RequestError why) { refusal_ = std::move(why); }

  const http::request_header<>& request() const { return parser_->get().base(); }
  std::string_view target() const;

  /// Whether some of the request's body has not been read.
  bool has_unread_body() const { return refusal_ || !parser_->is_done(); }

  /// Tells a client that asked with `Expect: 100-continue` to send its body. Before read_part().
  awaitable<void> accept_body();

  /// The next part of the body, never empty, valid until the next call; nullopt at its end. Throws
  /// RequestError when the body is too large or malformed.
  awaitable<std::optional<std::span<const std::byte>>> read_part();

  /// A response with the fields that all have in common.
  Response make_response(http::status status) const;

  /// Writes what the serializer has: the header, and the part its body holds if any.
  awaitable<void> write(Serializer& serializer);

  /// Whether another request can follow on this connection.
  bool keep_alive() const;

  /// Ends the connection so that the client can still read the last response.
  awaitable<void> close();

  /// Ends the connection as soon as it serves no request. From any thread.
  void drain();

  /// Ends the connection now. From any thread.
  void abort();

 private:
  awaitable<bool> wait_for_first_byte();
  void check_header();
  void refuse_malformed(const error_code& failed);
  void rest();

  beast::tcp_stream stream_;
  const Limits& limits_;
  beast::flat_buffer buffer_;
  std::vector<std::byte> part_;
  std::optional<http::request_parser<http::buffer_body>> parser_;
  std::optional<RequestError> refusal_;
  bool idle_ = false;
  bool draining_ = false;
};

}  // namespace artifact_cache
