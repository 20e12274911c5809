// Sources of tokens in C++, as a store in a cloud asks them; the cloud is a socket that is told
// what to answer.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tombolo/blob.hpp"
#include "tombolo/completion_queue.hpp"
#include "tombolo/identity.hpp"

namespace {

using namespace std::chrono_literals;
using tombolo::AccessToken;
using tombolo::BlobStore;
using tombolo::BlobStoreOptions;
using tombolo::CompletionQueue;
using tombolo::Error;
using tombolo::ErrorCode;
using tombolo::Reply;
using tombolo::Result;
using tombolo::TokenSource;

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

Service always_good() {
  return Service([](std::size_t /*unused*/) { return 204; });
}

BlobStore open(const Service& service, TokenSource source) {
  BlobStoreOptions options;
  options.credential = std::move(source);
  return BlobStore::open(service.url(), options).value();
}

/// Deletes an object, which has no body either way, while `queue` is drained here.
Result<void> removed(CompletionQueue& queue, const BlobStore& store) {
  std::optional<Result<void>> answer;
  store.remove("a").then(queue, [&](Result<void> result) { answer = std::move(result); });
  const auto end = std::chrono::steady_clock::now() + 60s;
  while (!answer.has_value() && std::chrono::steady_clock::now() < end) {
    static_cast<void>(queue.wait_for(100ms));
  }
  if (!answer.has_value()) {
    return tombolo::unexpected(Error(ErrorCode::internal, "it did not complete"));
  }
  return std::move(*answer);
}

TEST(TokenSource, ATokenByItselfIsShown) {
  const Service service = always_good();
  EXPECT_TRUE(open(service, TokenSource("t-1")).remove("a").wait());
  EXPECT_EQ(service.shown(), std::vector<std::string>{"Bearer t-1"});
}

TEST(TokenSource, AFunctionIsAskedInADrainAndKeptByTheStore) {
  const Service service = always_good();
  auto queue = CompletionQueue::create().value();
  std::vector<std::string> scopes;
  std::thread::id ran_on;
  auto function = [&](const std::string& scope) {
    scopes.push_back(scope);
    ran_on = std::this_thread::get_id();
    return AccessToken{"t-" + std::to_string(scopes.size()), 1h};
  };
  std::optional<BlobStore> store = open(service, TokenSource::create(queue, function).value());
  EXPECT_TRUE(scopes.empty()) << "opening asks nobody";
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(removed(queue, *store));
  }
  const std::vector<std::string> read_write{
      "https://www.googleapis.com/auth/devstorage.read_write"};
  EXPECT_EQ(scopes, read_write);
  EXPECT_EQ(ran_on, std::this_thread::get_id());
  EXPECT_EQ(service.shown(), std::vector<std::string>(3, "Bearer t-1"));
  const BlobStore copy = *store;
  store.reset();
  EXPECT_TRUE(removed(queue, copy));
}

TEST(TokenSource, ATokenThatIsRefusedIsReplaced) {
  const Service service([](std::size_t before) { return before == 1 ? 401 : 204; });
  auto queue = CompletionQueue::create().value();
  int asked = 0;
  // Answered later, from another thread.
  std::vector<std::thread> threads;
  auto function = [&](const std::string& /*unused*/, Reply<AccessToken> reply) {
    threads.emplace_back([number = ++asked, reply = std::move(reply)]() mutable {
      EXPECT_TRUE(std::move(reply).send(AccessToken{"t-" + std::to_string(number), {}}));
    });
  };
  const BlobStore store = open(service, TokenSource::create(queue, function).value());
  EXPECT_TRUE(removed(queue, store));
  EXPECT_TRUE(removed(queue, store));
  EXPECT_EQ(service.shown(), (std::vector<std::string>{"Bearer t-1", "Bearer t-1", "Bearer t-2"}));
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST(TokenSource, WhatAFunctionFailsWithIsTheCause) {
  const Service service = always_good();
  auto queue = CompletionQueue::create().value();
  const auto failing = [](const std::string& /*unused*/) -> Result<AccessToken> {
    return tombolo::unexpected(Error(ErrorCode::unauthenticated, "nobody is logged in"));
  };
  const auto throwing = [](const std::string& /*unused*/) -> AccessToken {
    throw std::runtime_error("thrown");
  };
  const auto bad = [](const std::string& /*unused*/) { return AccessToken{"\xff", {}}; };
  const auto check = [&](const TokenSource& source, ErrorCode code) {
    const Result<void> result = removed(queue, open(service, source));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), code) << result.error().message();
  };
  check(TokenSource::create(queue, failing).value(), ErrorCode::unauthenticated);
  check(TokenSource::create(queue, throwing).value(), ErrorCode::unknown);
  check(TokenSource::create(queue, bad).value(), ErrorCode::invalid_argument);
  EXPECT_TRUE(service.shown().empty());
}

TEST(TokenSource, IsRefusedWhereNobodyTakesOne) {
  BlobStoreOptions options;
  options.credential = TokenSource("t");
  for (const std::string url : {"mem:", "gs://b?token=u", "gs://b?credentials=anonymous"}) {
    const Result<BlobStore> store = BlobStore::open(url, options);
    ASSERT_FALSE(store) << url;
    EXPECT_EQ(store.error().code(), ErrorCode::invalid_argument);
  }
  EXPECT_FALSE(
      TokenSource::create(CompletionQueue(), [](const std::string&) { return AccessToken(); }));
}

}  // namespace
