// What a store in a cloud tries again, does twice and counts, as C++ asks for it.
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <string>

#include "scripted.hpp"
#include "tombolo/tombolo.hpp"

namespace tombolo_test {
namespace {

using namespace std::chrono_literals;
using tombolo::BlobStore;
using tombolo::ErrorCode;

std::string answer(std::string_view status, std::string_view headers, std::string_view body) {
  return "HTTP/1.1 " + std::string(status) +
         "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

std::string object() {
  return answer("200 OK", "ETag: \"e\"\r\nLast-Modified: Mon, 12 Oct 2009 17:50:30 GMT\r\n", "ab");
}

std::string busy(std::string_view retry_after = "0") {
  return answer("503 Slow Down", "Retry-After: " + std::string(retry_after) + "\r\n", "");
}

BlobStore store(const Scripted& server, std::string_view more = {}) {
  return BlobStore::open(server.url(more)).value();
}

tombolo::Metrics::Store counted(const Scripted& server) {
  const auto stores = tombolo::metrics().stores;
  const auto found = std::find_if(stores.begin(), stores.end(),
                                  [&](const auto& one) { return one.url == server.place(); });
  if (found == stores.end()) {
    ADD_FAILURE() << "there is no store " << server.place();
    return {};
  }
  return *found;
}

TEST(Retries, AreAsManyAsTheStoreAllows) {
  const Scripted server([](auto, const auto&) { return busy(); });
  const auto got = store(server, "&max_attempts=3").get("a").wait();
  EXPECT_EQ(got.error().code(), ErrorCode::unavailable);
  EXPECT_EQ(got.error().attempts(), 3U);
  EXPECT_EQ(server.asked().size(), 3U);
}

TEST(Retries, AreAsManyAsTheCallAllows) {
  const Scripted server([](auto, const auto&) { return busy(); });
  const BlobStore at = store(server);
  EXPECT_EQ(at.get("a").max_attempts(1).wait().error().attempts(), 1U);
  EXPECT_EQ(server.asked().size(), 1U);
  EXPECT_EQ(at.head("a").max_attempts(6).wait().error().attempts(), 6U);
  EXPECT_EQ(server.asked().size(), 7U);
  EXPECT_EQ(at.list().next().max_attempts(2).wait().error().attempts(), 2U);
  EXPECT_EQ(server.asked().size(), 9U);
}

// The deadline is the operation's own, which the store is told: it does not sleep towards it.
TEST(Retries, DoNotWaitBeyondTheDeadline) {
  const Scripted server([](auto, const auto&) { return busy("300"); });
  const BlobStore at = store(server);
  const auto by_default = at.get("a").wait();
  EXPECT_EQ(by_default.error().code(), ErrorCode::unavailable) << by_default.error().to_string();
  EXPECT_EQ(by_default.error().service_status(), 503U);
  const auto chosen = at.get("a").timeout(250s).wait();
  EXPECT_EQ(chosen.error().code(), ErrorCode::unavailable) << chosen.error().to_string();
  EXPECT_EQ(server.asked().size(), 2U);
}

TEST(Retries, WaitWithinTheDeadline) {
  const Scripted server(
      [](auto before, const auto&) { return before == 0 ? busy("1") : object(); });
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(store(server).get("a").wait().has_value());
  EXPECT_GE(std::chrono::steady_clock::now() - began, 1s);
}

/// Its first answer never comes, until it is let go.
struct StuckOnce {
  std::promise<void> end;
  std::shared_future<void> ended = end.get_future();
  Scripted server{[this](auto before, const auto&) {
    if (before == 0) {
      ended.wait();
    }
    return object();
  }};
};

TEST(Hedges, AreAskedForByTheCall) {
  StuckOnce stuck;
  EXPECT_TRUE(store(stuck.server).get("a").hedge_after(20ms).wait().has_value());
  const auto of = counted(stuck.server);
  EXPECT_EQ(of.hedges, 1U);
  EXPECT_EQ(of.hedges_won, 1U);
  EXPECT_EQ(of.dropped, 1U);
  stuck.end.set_value();
}

TEST(Traces, ArePassedOn) {
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const Scripted server([](auto before, const auto&) { return before == 0 ? busy() : object(); });
  EXPECT_TRUE(store(server).get("a").trace_parent(trace).wait().has_value());
  ASSERT_EQ(server.asked().size(), 2U);
  for (const std::string& head : server.asked()) {
    EXPECT_NE(head.find("traceparent: " + trace + "\r\n"), std::string::npos) << head;
  }
}

TEST(Writes, AreRecognisedAsOwn) {
  std::string id;
  const Scripted server([&](auto before, const std::string& head) -> std::string {
    if (before == 0) {
      const std::string name = "x-amz-meta-tombolowrite: ";
      id = head.substr(head.find(name), name.size() + 32);
      return "";
    }
    if (before == 1) {
      return answer("412 Precondition Failed", "", "");
    }
    const std::string time = "Mon, 12 Oct 2009 17:50:30 GMT";
    return answer("200 OK", "ETag: \"own\"\r\nLast-Modified: " + time + "\r\n" + id + "\r\n", "");
  });
  tombolo::PutOptions options;
  options.if_absent = true;
  const auto put = store(server).put("a", tombolo::Bytes::copy_of("x").value(), options).wait();
  EXPECT_EQ(put.value().etag, "own");
  EXPECT_EQ(counted(server).recognised, 1U);
}

TEST(Metrics, AreOfEachStore) {
  const Scripted server([](auto before, const auto&) {
    return before == 0 ? busy() : before == 1 ? object() : answer("404 Not Found", "", "");
  });
  const BlobStore at = store(server);
  EXPECT_TRUE(at.get("a").wait().has_value());
  EXPECT_FALSE(at.get("a").wait().has_value());
  const auto of = counted(server);
  EXPECT_EQ(of.service, "blob.s3");
  EXPECT_EQ(of.ok, 1U);
  EXPECT_EQ(of.throttled, 1U);
  EXPECT_EQ(of.not_found, 1U);
  EXPECT_EQ(of.retries, 1U);
  EXPECT_EQ(of.bytes_received, 2U);
  EXPECT_EQ(of.in_flight, 0U);
  std::uint64_t answers = 0;
  for (const std::uint64_t count : of.latency) {
    answers += count;
  }
  EXPECT_EQ(answers, 3U);
  const std::string text = tombolo::to_prometheus(tombolo::metrics());
  const std::string line = "tombolo_store_requests_total{store=\"" + server.place() +
                           "\",service=\"blob.s3\",outcome=\"throttled\"} 1\n";
  EXPECT_NE(text.find(line), std::string::npos) << text;
  EXPECT_EQ(text.find(Scripted::kSecret), std::string::npos) << "a credential is seen";
}

}  // namespace
}  // namespace tombolo_test
