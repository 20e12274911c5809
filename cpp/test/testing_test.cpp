// tombolo::testing, as the unit tests of a service use it: rules and records of the fake store.
#include "tombolo/testing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "draining.hpp"
#include "tombolo/tombolo.hpp"

namespace tombolo_test {
namespace {

using tombolo::BlobStore;
using tombolo::Bytes;
using tombolo::Effect;
using tombolo::ErrorCode;
using tombolo::ErrorKind;
using tombolo::Result;
using tombolo::testing::Call;
using tombolo::testing::FakeBlobStore;
using tombolo::testing::Fault;
using tombolo::testing::Gate;
using tombolo::testing::Outcome;
using tombolo::testing::RecordedCall;

std::string text_of(const Result<Bytes>& bytes) {
  return bytes ? bytes->to_string() : bytes.error().to_string();
}

void put(const BlobStore& store, const std::string& key, const std::string& text) {
  ASSERT_TRUE(store.put(key, std::string(text)).wait());
}

ErrorCode code_of_get(const BlobStore& store, const std::string& key) {
  const auto got = store.get(key).wait();
  return got ? ErrorCode{} : got.error().code();
}

TEST(FakeBlobStore, IsAStoreInMemoryUnlessARuleSaysOtherwise) {
  FakeBlobStore fake;
  put(fake.store(), "a/b", "hello");
  EXPECT_EQ(text_of(fake.store().get("a/b").wait()), "hello");
  EXPECT_EQ(code_of_get(fake.store(), "a/c"), ErrorCode::not_found);
  EXPECT_TRUE(fake.verify());
}

TEST(FakeBlobStore, FailsAsARuleSays) {
  FakeBlobStore fake;
  put(fake.store(), "a", "hello");
  Fault fault(ErrorCode::resource_exhausted, "the disk is full");
  fault.kind = ErrorKind::condition_not_met;
  fault.retryable = true;
  fake.on(Call::get).key("a").fail(fault);
  const auto got = fake.store().get("a").wait();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::resource_exhausted);
  EXPECT_EQ(got.error().kind(), ErrorKind::condition_not_met);
  EXPECT_EQ(got.error().message(), "the disk is full");
  EXPECT_EQ(got.error().service(), "blob.fake");
  EXPECT_EQ(got.error().operation(), "get");
  EXPECT_TRUE(got.error().retryable());
  EXPECT_TRUE(fake.verify());
}

}  // namespace
}  // namespace tombolo_test
