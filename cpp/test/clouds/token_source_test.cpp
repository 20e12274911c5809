// Sources of tokens in C++, as a store in a cloud asks them; the cloud is a socket that is told
// what to answer.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "service.hpp"
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
using tombolo_test::always_good;
using tombolo_test::Service;

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
