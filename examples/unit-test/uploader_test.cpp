#include "uploader.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "tombolo/testing.hpp"

namespace {

using namespace std::chrono_literals;
using tombolo::CompletionQueue;
using tombolo::ErrorCode;
using tombolo::testing::Call;
using tombolo::testing::Clock;
using tombolo::testing::FakeBlobStore;
using tombolo::testing::Fault;
using tombolo::testing::Gate;
using tombolo::testing::Outcome;

struct UploaderTest : testing::Test {
  void upload() {
    uploader.upload("a/b", std::string("hello"), [this](auto done) { result = std::move(done); });
  }

  FakeBlobStore fake;
  CompletionQueue queue = CompletionQueue::create().value();
  Uploader uploader{fake.store(), queue};
  Clock clock = Clock::hold().value();
  std::optional<tombolo::Result<void>> result;
};

TEST_F(UploaderTest, TriesAgainWhereThatCanHelp) {
  fake.on(Call::put).key("a/b").next(2).fail(ErrorCode::unavailable);
  upload();
  ASSERT_TRUE(clock.advance(0s, queue));
  ASSERT_TRUE(result && *result);
  EXPECT_EQ(fake.calls(Call::put).size(), 3U);
  EXPECT_TRUE(fake.verify());
}

TEST_F(UploaderTest, GivesUpAfterThreeAttempts) {
  fake.on(Call::put).fail(Fault(ErrorCode::unavailable, "the network is down"));
  upload();
  ASSERT_TRUE(clock.advance(0s, queue));
  ASSERT_TRUE(result && !*result);
  EXPECT_EQ(result->error().message(), "the network is down");
  EXPECT_EQ(fake.calls(Call::put).size(), 3U);
}

TEST_F(UploaderTest, AnAttemptHasTwoSeconds) {
  fake.on(Call::put).nth(1).delay(1h).answer();
  upload();
  ASSERT_TRUE(clock.advance(2s - 1ns, queue));
  EXPECT_FALSE(result);
  ASSERT_TRUE(clock.advance(1ns, queue));
  ASSERT_TRUE(result && *result);
  EXPECT_EQ(fake.calls(Call::put).at(0).outcome, Outcome::dropped);
}

TEST_F(UploaderTest, TwoAtOnceDoNotWaitForOneAnother) {
  const Gate gate;
  fake.on(Call::put).key("a/b").at(gate).answer();
  upload();
  bool other = false;
  uploader.upload("c", std::string("hi"), [&](auto done) { other = done.has_value(); });
  ASSERT_TRUE(gate.wait_for_calls(1));
  ASSERT_TRUE(clock.advance(1s, queue));
  EXPECT_TRUE(other);
  EXPECT_FALSE(result);
  gate.open();
  ASSERT_TRUE(clock.advance(0s, queue));
  EXPECT_TRUE(result && *result);
}

TEST_F(UploaderTest, AWriteThatTookPlaceMayBeToldToHaveFailed) {
  Fault lost(ErrorCode::unavailable, "the connection was lost");
  lost.effect = tombolo::Effect::unknown;
  lost.applied = true;  // the object is there all the same
  fake.on(Call::put).nth(1).fail(lost);
  upload();
  ASSERT_TRUE(clock.advance(0s, queue));
  ASSERT_TRUE(result && *result);
  EXPECT_EQ(fake.calls(Call::put).size(), 2U);
}

}  // namespace
