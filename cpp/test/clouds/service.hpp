// A service in a cloud that is told what to answer, and says what it was shown.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tombolo_test {

/// A server that takes requests one by one, notes what each shows, and answers with a status.
class Service {
 public:
  explicit Service(std::function<int(std::size_t)> status) : status_(std::move(status)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, any, size), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    EXPECT_EQ(::getsockname(listener_, any, &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  [[nodiscard]] std::string url() const {
    return "gs://b?endpoint=http://127.0.0.1:" + std::to_string(port_);
  }
  /// The header of each request so far.
  [[nodiscard]] std::vector<std::string> shown() const {
    const std::lock_guard lock(mutex_);
    return shown_;
  }

 private:
  void serve() {
    for (;;) {
      const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) {
        return;
      }
      answer(peer);
      ::close(peer);
    }
  }

  void answer(int peer) {
    std::string request;
    char piece[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const auto size = ::recv(peer, piece, sizeof(piece), 0);
      if (size <= 0) {
        return;
      }
      request.append(piece, static_cast<std::size_t>(size));
    }
    const std::string name = "authorization: ";
    const std::size_t at = request.find(name);
    std::string shown;
    if (at != std::string::npos) {
      const std::size_t from = at + name.size();
      shown = request.substr(from, request.find('\r', from) - from);
    }
    std::size_t before = 0;
    {
      const std::lock_guard lock(mutex_);
      before = shown_.size();
      shown_.push_back(shown);
    }
    const std::string response = "HTTP/1.1 " + std::to_string(status_(before)) +
                                 " -\r\nConnection: close\r\nContent-Length: 0\r\n"
                                 "x-goog-generation: 17\r\n\r\n";
    static_cast<void>(::send(peer, response.data(), response.size(), MSG_NOSIGNAL));
  }

  std::function<int(std::size_t)> status_;
  int listener_ = -1;
  unsigned port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> shown_;
  std::thread thread_;
};

inline Service always_good() {
  return Service([](std::size_t /*unused*/) { return 204; });
}

}  // namespace tombolo_test
