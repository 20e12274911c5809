// A server that answers each request as a test says.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tombolo_test {

/// Each connection is answered once, on a thread of its own, and closed.
class Scripted {
 public:
  /// Given how many connections were made before, and the head of the request.
  using Answer = std::function<std::string(std::size_t, const std::string&)>;

  explicit Scripted(Answer answer) : answer_(std::move(answer)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, any, length) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, any, &length) != 0) {
      throw std::runtime_error("no port to listen on");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  Scripted(const Scripted&) = delete;
  Scripted& operator=(const Scripted&) = delete;
  ~Scripted() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (auto& server : servers_) {
      server.join();
    }
    ::close(listener_);
  }

  /// An S3 bucket at this server.
  [[nodiscard]] std::string url(std::string_view more = {}) const {
    return place() + "&access_key=A&secret_key=" + kSecret + "&retry_first_wait_ms=1" +
           std::string(more);
  }
  /// As metrics name it.
  [[nodiscard]] std::string place() const {
    return "s3://bucket?endpoint=http://127.0.0.1:" + std::to_string(port_);
  }
  /// The heads of all requests so far.
  [[nodiscard]] std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  static constexpr const char* kSecret = "c2VjcmV0LXRoYXQtbm9ib2R5LXNlZXM";

 private:
  void accept_all() {
    for (std::size_t before = 0;; ++before) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) {
        return;
      }
      servers_.emplace_back([this, before, connection] { serve(before, connection); });
    }
  }

  void serve(std::size_t before, int connection) {
    std::string head;
    char byte = 0;
    while (head.find("\r\n\r\n") == std::string::npos && ::read(connection, &byte, 1) == 1) {
      head += byte;
    }
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(head);
    }
    const std::string answer = answer_(before, head);
    static_cast<void>(::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL));
    ::close(connection);
  }

  Answer answer_;
  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  std::vector<std::thread> servers_;
  std::thread acceptor_;
};

}  // namespace tombolo_test
