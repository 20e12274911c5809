// One client connection: HTTP framing, limits and timeouts.
#include "connection.hpp"

#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <ctime>

namespace artifact_cache {
namespace {

constexpr std::size_t kRestingCapacity = 4096;
constexpr auto kLinger = std::chrono::seconds(5);

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text, size};
}

bool is_parse_error(const error_code& failed) {
  static const auto& category = http::make_error_code(http::error::bad_method).category();
  return failed.category() == category && failed != http::error::partial_message;
}

http::status status_of(const error_code& failed) {
  if (failed == http::error::header_limit || failed == http::error::buffer_overflow) {
    return http::status::request_header_fields_too_large;
  }
  if (failed == http::error::body_limit) return http::status::payload_too_large;
  return http::status::bad_request;
}

RequestError request_error(const error_code& failed, const Limits& limits) {
  const http::status status = status_of(failed);
  if (status == http::status::request_header_fields_too_large) {
    return {status, "header is larger than " + std::to_string(limits.max_header) + " bytes"};
  }
  if (status == http::status::payload_too_large) {
    return {status, "body is larger than " + std::to_string(limits.max_body) + " bytes"};
  }
  return {status, "malformed request: " + failed.message()};
}

}  // namespace

Connection::Connection(tcp::socket socket, const Limits& limits)
    : stream_(std::move(socket)), limits_(limits), buffer_(limits.max_header + kTransferPart) {
  parser_.emplace();
  error_code ignored;
  stream_.socket().set_option(tcp::no_delay(true), ignored);
}

awaitable<bool> Connection::next_request() {
  rest();
  const bool begun = co_await wait_for_first_byte();
  if (!begun) co_return false;
  parser_->header_limit(limits_.max_header);
  parser_->body_limit(limits_.max_body);
  stream_.expires_after(limits_.read_timeout);
  error_code failed;
  co_await http::async_read_header(stream_, buffer_, *parser_,
                                   asio::redirect_error(asio::use_awaitable, failed));
  if (failed == http::error::end_of_stream) co_return false;
  if (failed) {
    refuse_malformed(failed);
  } else {
    check_header();
  }
  co_return true;
}

// A connection that waits for its next request holds as little memory as it can.
void Connection::rest() {
  parser_.emplace();
  refusal_.reset();
  part_ = std::vector<std::byte>();  // `= {}` would keep the capacity.
  if (buffer_.capacity() > kRestingCapacity) buffer_.shrink_to_fit();
}

awaitable<bool> Connection::wait_for_first_byte() {
  if (draining_) co_return false;
  if (buffer_.size() > 0) co_return true;
  stream_.expires_after(limits_.idle_timeout);
  idle_ = true;
  error_code failed;
  const std::size_t size = co_await stream_.async_read_some(
      buffer_.prepare(kRestingCapacity), asio::redirect_error(asio::use_awaitable, failed));
  idle_ = false;
  buffer_.commit(size);
  co_return !failed;
}

void Connection::refuse_malformed(const error_code& failed) {
  if (!is_parse_error(failed)) throw boost::system::system_error(failed);
  refusal_ = request_error(failed, limits_);
}

// What Beast's parser lets pass although this service cannot serve it.
void Connection::check_header() {
  const auto& header = request();
  const auto coding = header.find(http::field::transfer_encoding);
  if (coding != header.end() && header.version() < 11) {
    // What stands between may not know the coding, and see other requests in it (RFC 9112, 6.1).
    refusal_ = RequestError(http::status::bad_request, "a transfer coding in HTTP/1.0");
  } else if (coding != header.end() && !beast::iequals(coding->value(), "chunked")) {
    refusal_ = RequestError(http::status::not_implemented,
                            "transfer coding '" + std::string(coding->value()) + "'");
  } else if (header.version() >= 11 && header.count(http::field::host) != 1) {
    refusal_ = RequestError(http::status::bad_request, "one Host header is required");
  }
}

std::string_view Connection::target() const {
  const auto target = request().target();
  return {target.data(), target.size()};
}

awaitable<void> Connection::accept_body() {
  // Larger reads are fewer reads; a resting connection does without the memory.
  buffer_.reserve(limits_.max_header + kTransferPart);
  part_.resize(kTransferPart);
  if (!beast::iequals(request()[http::field::expect], "100-continue")) co_return;
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  stream_.expires_after(limits_.write_timeout);
  co_await asio::async_write(stream_, asio::buffer(kContinue), asio::use_awaitable);
}

awaitable<std::optional<std::span<const std::byte>>> Connection::read_part() {
  if (parser_->is_done()) co_return std::nullopt;
  auto& body = parser_->get().body();
  body.data = part_.data();
  body.size = part_.size();
  stream_.expires_after(limits_.read_timeout);
  error_code failed;
  co_await http::async_read(stream_, buffer_, *parser_,
                            asio::redirect_error(asio::use_awaitable, failed));
  // The parser asks for another buffer when this one is full.
  if (failed && failed != http::error::need_buffer) {
    refuse_malformed(failed);
    throw *refusal_;
  }
  const std::size_t size = part_.size() - body.size;
  if (size == 0) co_return std::nullopt;
  co_return std::span<const std::byte>(part_.data(), size);
}

Connection::Response Connection::make_response(http::status status) const {
  Response response;
  response.version(11);
  response.result(status);
  response.set(http::field::server, "artifact-cache");
  response.set(http::field::date, http_date());
  response.keep_alive(keep_alive());
  return response;
}

awaitable<void> Connection::write(Serializer& serializer) {
  stream_.expires_after(limits_.write_timeout);
  error_code failed;
  co_await http::async_write(stream_, serializer,
                             asio::redirect_error(asio::use_awaitable, failed));
  // The serializer asks for another buffer when this one is sent.
  if (failed && failed != http::error::need_buffer) throw boost::system::system_error(failed);
}

bool Connection::keep_alive() const {
  return !has_unread_body() && !draining_ && parser_->get().keep_alive();
}

// Closing a socket that holds unread bytes resets the connection, and a reset can overtake the
// response. So the rest is read and dropped until the client has closed too, for a limited time.
awaitable<void> Connection::close() {
  error_code failed;
  stream_.socket().shutdown(tcp::socket::shutdown_send, failed);
  stream_.expires_after(kLinger);
  buffer_.clear();
  while (!failed) {
    co_await stream_.async_read_some(buffer_.prepare(kRestingCapacity),
                                     asio::redirect_error(asio::use_awaitable, failed));
  }
  stream_.close();
}

void Connection::drain() {
  asio::dispatch(stream_.get_executor(), [self = shared_from_this()] {
    self->draining_ = true;
    if (self->idle_) self->stream_.close();
  });
}

void Connection::abort() {
  asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->stream_.close(); });
}

}  // namespace artifact_cache
