// Every kind of operation through every way of consuming one, the errors among them by value alone.
#include "ways.hpp"

#include <future>
#include <stdexcept>
#include <string>

#include "counting_throws.hpp"
#include "way_asio.hpp"
#include "ways_cases.hpp"

namespace tombolo_test {
namespace {

const bool kRegistered = add_ways<Way, ByWait, ByFuture, ByThen, ByStart, ByCoAwait, ByAsio>();

TEST(Ways, AreAllRegistered) {
  EXPECT_TRUE(kRegistered);
  EXPECT_EQ(ways<Way>().size(), 6U);
}

const bool kListens = NothingIsThrown::listen();

// Were they not, the listener would see nothing whatever the library did.
TEST(Exceptions, AreCounted) {
  EXPECT_TRUE(kListens);
  EXPECT_THROW(throw 5, int);
  EXPECT_THROW(static_cast<void>(std::string().at(1)), std::out_of_range);
  EXPECT_THROW(static_cast<void>(operation<void>(fail(5)).wait().value()),
               tombolo::BadResultAccess);
  EXPECT_EQ(g_exceptions.exchange(0), 3);
}

template <class T>
void expect_code(const tombolo::Result<T>& result, ErrorCode code) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), code);
}

TEST(Exceptions, Law7AreNotThrownWhereACallAnswersWithAnError) {
  expect_code(tombolo::BlobStore::open("nonsense:"), ErrorCode::invalid_argument);
  expect_code(tombolo::BlobStore::open("mem:\xff"), ErrorCode::invalid_argument);
  expect_code(tombolo::BlobStore::open("file:///dev/null/no-folder"),
              ErrorCode::failed_precondition);
  CompletionQueue::Options no_capacity;
  no_capacity.capacity = 0;
  expect_code(CompletionQueue::create(no_capacity), ErrorCode::invalid_argument);
  CompletionQueue none;
  expect_code(none.poll(), ErrorCode::failed_precondition);
  expect_code(Bytes::lend(std::make_shared<int>(1), nullptr, 5, none), ErrorCode::invalid_argument);
}

TEST(Exceptions, Law7AreNotThrownByTheErrorsOfAStore) {
  const auto store = tombolo::BlobStore::open("mem:").value();
  expect_code(store.get("absent").wait(), ErrorCode::not_found);
  expect_code(store.get("bad\xff").wait(), ErrorCode::invalid_argument);
  expect_code(store.copy("absent", "there").wait(), ErrorCode::not_found);
  expect_code(store.open_reader("absent").wait(), ErrorCode::not_found);
  expect_code(store.presign("k", tombolo::BlobStore::PresignMethod::get, 1s).wait(),
              ErrorCode::unimplemented);
  char memory = 0;
  expect_code(store.get_into_wait("absent", &memory, 1), ErrorCode::not_found);
  tombolo::ListOptions no_page;
  no_page.page_size = 0;
  expect_code(store.list(no_page).next().wait(), ErrorCode::invalid_argument);
  expect_code(tombolo::BlobStore().get("k").wait(), ErrorCode::failed_precondition);
  expect_code(tombolo::BlobWriter().finish().wait(), ErrorCode::failed_precondition);
}

}  // namespace
}  // namespace tombolo_test
