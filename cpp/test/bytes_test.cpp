// Bytes cross without a copy, both ways; copies and slices count references.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "support.hpp"

/// AddressSanitizer ends the program at a size that malloc answers with null, unless it is told
/// that null may come: that is what the test of a copy too large asks for. Nobody calls it
/// otherwise.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }

namespace tombolo_test {
namespace {

const void* at(const Bytes& bytes) { return bytes.data(); }

Bytes there_and_back(Bytes bytes) {
  return operation<Bytes>(echo_bytes(std::move(bytes).release())).wait().value();
}

template <class Container>
void crosses_without_a_copy(Container container) {
  const void* before = container.data();
  const auto size = container.size();
  Bytes bytes(std::move(container));
  EXPECT_EQ(at(bytes), before);
  const Bytes back = there_and_back(std::move(bytes));
  EXPECT_EQ(at(back), before);
  EXPECT_EQ(back.size(), size);
}

TEST(Bytes, Law6AStringAndVectorsCrossBothWaysWithoutACopy) {
  crosses_without_a_copy(std::string(1 << 20, 'x'));
  crosses_without_a_copy(std::vector<std::byte>(1 << 20));
  crosses_without_a_copy(std::vector<std::uint8_t>(1 << 20));
  crosses_without_a_copy(std::vector<char>(1 << 20));
}

TEST(Bytes, OfAStringThatIsShort) {
  std::string text = "short";
  const Bytes bytes(std::move(text));
  EXPECT_EQ(bytes.view(), "short");
  EXPECT_EQ(there_and_back(bytes).view(), "short");
}

TEST(Bytes, Law6WhatRustOwnsIsSeenInPlace) {
  const auto bytes = operation<Bytes>(constant_bytes()).wait().value();
  EXPECT_EQ(at(bytes), reinterpret_cast<const void*>(constant_bytes_at()));
  EXPECT_EQ(bytes.view(), "bytes of the program itself");
  const Bytes copy = bytes;
  const Bytes slice = copy.slice(6, 2);
  EXPECT_EQ(slice.view(), "of");
  EXPECT_EQ(at(there_and_back(slice)), at(slice));
}

TEST(Bytes, ThatAreEmpty) {
  const Bytes none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.begin(), none.end());
  EXPECT_EQ(none.view(), "");
  EXPECT_TRUE(Bytes(std::string()).empty());
  EXPECT_TRUE(Bytes(std::vector<std::byte>()).empty());
  EXPECT_TRUE(Bytes::copy_of(nullptr, 0).value().empty());
  EXPECT_TRUE(Bytes::copy_of(std::string_view()).value().empty());
  EXPECT_TRUE(there_and_back(none).empty());
  EXPECT_TRUE(none.slice(3).empty());
  EXPECT_TRUE(there_and_back(Bytes(std::string("abc")).slice(1, 0)).empty());
}

TEST(Bytes, SlicesShareAndAreCutOffAtTheEnd) {
  const Bytes bytes(std::string("0123456789"));
  EXPECT_EQ(bytes.slice(2, 3).view(), "234");
  EXPECT_EQ(at(bytes.slice(2, 3)), bytes.data() + 2);
  EXPECT_EQ(bytes.slice(2, 3).slice(1).view(), "34");
  EXPECT_EQ(bytes.slice(7).view(), "789");
  EXPECT_EQ(bytes.slice(7, 100).view(), "789");
  EXPECT_EQ(bytes.slice(10).view(), "");
  EXPECT_EQ(bytes.slice(11, 5).view(), "");
  EXPECT_EQ(bytes.slice(SIZE_MAX, SIZE_MAX).view(), "");
  const Bytes back = there_and_back(bytes.slice(2, 3));
  EXPECT_EQ(back.view(), "234");
  EXPECT_EQ(at(back), bytes.data() + 2);
}

TEST(Bytes, ASliceOutlivesWhatItWasCutFrom) {
  Bytes slice;
  {
    const Bytes whole(std::string(1000, 'a') + "end");
    slice = whole.slice(1000);
  }
  EXPECT_EQ(slice.view(), "end");
}

TEST(Bytes, AreCopiedMovedAndAssigned) {
  Bytes first(std::string("first"));
  const void* where = at(first);
  const Bytes copy = first;
  EXPECT_EQ(at(copy), where);
  Bytes moved = std::move(first);
  EXPECT_EQ(at(moved), where);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): valid, and empty
  first = moved;
  moved = Bytes(std::string("second"));
  EXPECT_EQ(first.view(), "first");
  EXPECT_EQ(moved.view(), "second");
  const Bytes& same = moved;
  moved = same;
  EXPECT_EQ(moved.view(), "second");
  moved = std::move(moved).slice(1, 2);
  EXPECT_EQ(moved.view(), "ec");
}

TEST(Bytes, AreASpanAndAString) {
  const Bytes bytes(std::string("text"));
  const std::span<const std::byte> span = bytes;
  EXPECT_EQ(span.size(), 4U);
  EXPECT_EQ(span[0], std::byte{'t'});
  EXPECT_EQ(bytes.to_string(), "text");
}

TEST(Bytes, ACopyIsSaidToBeOne) {
  const std::string text = "borrowed";
  const Bytes copy = Bytes::copy_of(text).value();
  EXPECT_EQ(copy.view(), text);
  EXPECT_NE(at(copy), text.data());
}

TEST(Bytes, Law1ACopyThatDoesNotFitInMemoryIsAnError) {
  const char byte = 0;
  // A size that no allocator can give; nothing is read before there is memory for it.
  const auto copy = Bytes::copy_of(&byte, std::size_t{1} << 62);
  EXPECT_EQ(copy.error().code(), ErrorCode::resource_exhausted);
}

TEST(Bytes, SharedByManyThreads) {
  const Bytes bytes(std::string(1000, 'x'));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([bytes] {
      for (std::size_t j = 0; j < 2000; ++j) {
        Bytes slice = bytes.slice(j % 1000);
        const Bytes other = slice;
        ASSERT_EQ(there_and_back(std::move(slice)).size(), 1000 - j % 1000);
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace tombolo_test
