// One program of parts with and without exceptions and RTTI: values, errors and operations pass
// from either to the other, and each sees an error in its own way.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "mixed_flags/lean.hpp"
#include "support.hpp"

namespace tombolo_test {
namespace {

struct MixedFlags : testing::Test {
  tombolo::BlobStore store = tombolo::BlobStore::open("mem:").value();
};

TEST_F(MixedFlags, ValuesPassFromEitherToTheOther) {
  const Bytes bytes(std::string("from here"));
  EXPECT_EQ(lean::put_and_get(store, "a", bytes).value().view(), "from here");
  EXPECT_EQ(lean::get_by_future(store, "a").value().view(), "from here");
  EXPECT_EQ(lean::get_by_callback(store, "a").value().view(), "from here");
  EXPECT_EQ(lean::get_by_then(store, "a").value().view(), "from here");
  EXPECT_EQ(lean::size_of(store.get("a").wait()), 9U);
}

TEST_F(MixedFlags, OperationsMadeThereAreConsumedHere) {
  ASSERT_TRUE(store.put("a", Bytes(std::string("there"))).wait());
  EXPECT_EQ(lean::begin_get(store, "a").wait().value().view(), "there");
  auto queue = make_queue();
  std::string seen;
  lean::begin_get(store, "a").then(queue, [&](auto got) { seen = got.value().view(); });
  EXPECT_TRUE(drain_until(queue, [&] { return !seen.empty(); }));
  EXPECT_EQ(seen, "there");
}

TEST_F(MixedFlags, AnErrorIsAValueThereAndAnExceptionHere) {
  auto missing = lean::get_by_callback(store, "not there");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::not_found);
  EXPECT_FALSE(lean::message_of(missing).empty());
  EXPECT_EQ(lean::message_of(store.get("not there").wait()), lean::message_of(missing));
  EXPECT_THROW(static_cast<void>(missing.value()), tombolo::BadResultAccess);
  try {
    static_cast<void>(lean::get_by_future(store, "not there").value());
    FAIL() << "value() of an error did not throw";
  } catch (const std::exception& caught) {
    EXPECT_EQ(typeid(caught), typeid(tombolo::BadResultAccess));
  }
}

// The cause chain is what an error holds beyond plain values.
TEST_F(MixedFlags, BothReadTheSameCauseChain) {
  const std::vector<std::string> causes = {"the reason"};
  const auto seen = lean::failure_of(operation<Bytes>(fail(5)));
  EXPECT_EQ(seen.code, ErrorCode::not_found);
  EXPECT_EQ(seen.causes, causes);
  const auto error = operation<Bytes>(fail(5)).wait().error();
  EXPECT_EQ(error.causes(), causes);
  const auto back = lean::pass_on(error);
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().causes(), causes);
  EXPECT_EQ(back.error().message().data(), error.message().data()) << "one error, two references";
  EXPECT_THROW(static_cast<void>(back.value()), tombolo::BadResultAccess);
}

TEST_F(MixedFlags, AnExceptionPassesThroughADrainHereAfterCallbacksThere) {
  auto queue = make_queue();
  EXPECT_TRUE(lean::get_by_callback(store, "a").error().code() == ErrorCode::not_found);
  lean::begin_get(store, "a").then(queue, [](auto) { throw std::runtime_error("mine"); });
  EXPECT_THROW(
      {
        while (!queue.drained()) static_cast<void>(queue.wait_for(std::chrono::seconds(1)));
      },
      std::runtime_error);
}

}  // namespace
}  // namespace tombolo_test
