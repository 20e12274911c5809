// Law 5, of arguments: an operation owns them from its creation. What they were made of may change
// or go before it starts, since it starts lazily. compile_fail/ has what must not compile.
#include <memory>
#include <string>
#include <vector>

#include "support.hpp"
#include "temporary_folder.hpp"

namespace tombolo_test {
namespace {

/// What a caller made an operation of, and then uses for something else.
void overwrite(std::string& text) { std::fill(text.begin(), text.end(), '#'); }

TEST(OwnedArguments, Law5OfATextAreAsTheyWereAtTheCreation) {
  for (const std::size_t size : {4, 100, 100000}) {
    std::string text(size, 'x');
    auto op = operation<std::string>(echo_text(slice(text)));
    overwrite(text);
    EXPECT_EQ(std::move(op).wait().value(), std::string(size, 'x'));
  }
}

TEST(OwnedArguments, Law5OfAStreamAndItsNext) {
  std::optional<tombolo::Operation<std::optional<Number>>> next;
  auto numbers = std::make_unique<tombolo::Stream<Number>>(tombolo::stream<Number>(count(3)));
  next.emplace(numbers->next());
  const auto moved = std::move(*numbers);
  numbers.reset();
  EXPECT_EQ(std::move(*next).wait().value(), std::optional<Number>(0));
}

/// A store in memory, or in a folder that goes with the test.
struct OwnedArgumentsOfAStore : testing::TestWithParam<bool> {
  void SetUp() override {
    store = tombolo::BlobStore::open(GetParam() ? folder_.url() : "mem:").value();
    ASSERT_TRUE(store.put("key", std::string("bytes")).wait());
  }

 private:
  TemporaryFolder folder_;

 protected:
  tombolo::BlobStore store;
};

INSTANTIATE_TEST_SUITE_P(Stores, OwnedArgumentsOfAStore, testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "folder" : "memory");
});

TEST_P(OwnedArgumentsOfAStore, Law5KeysAndConditions) {
  std::string key = "key";
  tombolo::GetOptions options;
  options.if_match = store.head("key").wait()->etag;
  auto get = store.get(key, options);
  auto head = store.head(key);
  auto copy = store.copy(key, std::string("copy"));
  overwrite(key);
  overwrite(*options.if_match);
  EXPECT_EQ(std::move(get).wait().value().view(), "bytes");
  EXPECT_EQ(std::move(head).wait()->key, "key");
  EXPECT_TRUE(std::move(copy).wait().has_value());
  EXPECT_EQ(store.get("copy").wait().value().view(), "bytes");
}

TEST_P(OwnedArgumentsOfAStore, Law5MetadataAndCopiedBytes) {
  auto key = std::make_unique<std::string>("written");
  auto text = std::make_unique<std::string>("as it was");
  auto options = std::make_unique<tombolo::PutOptions>();
  options->content_type = "text/plain";
  options->metadata = {{"name", "value"}};
  auto put = store.put(*key, Bytes::copy_of(*text).value(), *options);
  overwrite(*key);
  overwrite(*text);
  overwrite(options->content_type);
  overwrite(options->metadata["name"]);
  key.reset();
  text.reset();
  options.reset();
  ASSERT_TRUE(std::move(put).wait().has_value());
  const auto meta = store.head("written").wait().value();
  EXPECT_EQ(meta.content_type, "text/plain");
  EXPECT_EQ(meta.metadata, (std::map<std::string, std::string>{{"name", "value"}}));
  EXPECT_EQ(store.get("written").wait().value().view(), "as it was");
}

TEST_P(OwnedArgumentsOfAStore, Law5ManyKeysAndAPrefix) {
  tombolo::ListOptions options;
  options.prefix = "ke";
  const auto pages = store.list(options);
  std::vector<std::string> keys = {"key", "no such key"};
  auto removed = store.remove_many(keys);
  overwrite(options.prefix);
  for (auto& key : keys) {
    overwrite(key);
  }
  const auto page = pages.next().wait().value();
  ASSERT_TRUE(page.has_value());
  ASSERT_EQ(page->objects.size(), 1U);
  EXPECT_EQ(page->objects[0].key, "key");
  const auto outcomes = std::move(removed).wait().value();
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[0].key, "key");
  EXPECT_EQ(outcomes[1].key, "no such key");
}

// The store itself is an argument, too.
TEST_P(OwnedArgumentsOfAStore, Law5TheStoreMayGo) {
  auto get = store.get("key");
  store = tombolo::BlobStore::open("mem:").value();
  EXPECT_EQ(std::move(get).wait().value().view(), "bytes");
}

}  // namespace
}  // namespace tombolo_test
