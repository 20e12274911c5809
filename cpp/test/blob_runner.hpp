// Runs a case of the shared blob table (rust/testkit) through the public C++ API.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "blob_cases.hpp"
#include "blob_check.hpp"
#include "draining.hpp"
#include "tombolo/blob.hpp"
#include "way_for.hpp"

namespace tombolo_test {

// How each operation of a case is consumed: one way, for whatever a store answers with.
using Way =
    WayFor<void, std::string, tombolo::Bytes, std::optional<tombolo::Bytes>, tombolo::Object,
           tombolo::ObjectMeta, tombolo::PutResult, tombolo::BlobReader, tombolo::BlobWriter,
           std::optional<tombolo::ListPage>, std::vector<tombolo::DeleteOutcome>,
           tombolo::Filled<std::string>, tombolo::Filled<std::vector<std::byte>>,
           tombolo::Filled<std::vector<std::uint8_t>>, tombolo::Filled<std::vector<char>>,
           tombolo::Filled<std::shared_ptr<void>>>;

// Registers the ways of this program.
void add_blob_ways();

// Opens the store of a case; one that persists comes back with what it held.
using OpenStore = std::function<tombolo::Result<tombolo::BlobStore>()>;

// Runs the steps in order on the store that `open` gives, which must be empty. Throws `Failed`.
void run_case(const Case& test, const OpenStore& open, const Way& way);

// The state of a case.
class Runner {
 public:
  Runner(const OpenStore& open, const Way& way);
  void run(const Step& step);

 private:
  struct OpenReader {
    tombolo::BlobReader reader;
    std::string bytes;
  };

  void put(const Step& step);
  void put_many(const Step& step);
  void read(const Step& step);
  std::optional<std::string> get(const Step& step);
  std::optional<std::string> get_into(const Step& step);
  template <class Buffer>
  bool holds(const std::optional<tombolo::Filled<Buffer>>& filled, std::string_view memory,
             const Step& step) const;
  std::optional<std::string> read_whole(const Step& step);
  std::optional<std::string> head(const Step& step);
  void open_reader(const Step& step);
  void read_chunk(const Step& step);
  void read_rest(const Step& step);
  void open_writer(const Step& step);
  void remove(const std::string& key, const Step& step);
  void remove_many(const Step& step);
  void list(const Step& step);
  void presign(const Step& step);
  void reopen();
  void tags_differ(const Step& step);

  // The value of a success that was expected; `std::nullopt` for an error that was.
  template <class T>
  std::optional<T> expected(tombolo::Result<T> result, const Expect& expect,
                            std::string_view operation);
  bool expected(const tombolo::Result<void>& result, const Expect& expect,
                std::string_view operation);
  void expected_etag(tombolo::Result<tombolo::PutResult> result, const Step& step,
                     std::string_view operation);

  // Consumes an operation.
  template <class T>
  tombolo::Result<T> result_of(tombolo::Operation<T> operation);

  std::optional<std::string> tag(const Tag& tag) const;
  const std::string& saved(std::uint32_t from) const;
  void save(const Save& save, const std::string& etag);
  tombolo::GetOptions get_options(const Read& read) const;
  tombolo::PutOptions put_options(const WriteOptions& write) const;
  void matches(const tombolo::ObjectMeta& meta, const Step& step) const;
  bool next_chunk(OpenReader& reader);
  tombolo::ListPage all_pages(const tombolo::Stream<tombolo::ListPage>& pages, const Step& step,
                              bool& failed);
  void agrees_with_head(const tombolo::ObjectMeta& listed);

  const OpenStore& open_;
  const Way& way_;
  tombolo::BlobStore store_;
  std::map<std::uint32_t, std::string> tags_;
  std::map<std::uint32_t, OpenReader> readers_;
  std::map<std::uint32_t, tombolo::BlobWriter> writers_;
};

// What stands in a slot.
template <class T>
T& at(std::map<std::uint32_t, T>& slots, std::uint32_t slot) {
  const auto found = slots.find(slot);
  check(found != slots.end(), "the slot " + std::to_string(slot) + " is empty");
  return found->second;
}

template <class T>
tombolo::Result<T> Runner::result_of(tombolo::Operation<T> operation) {
  return way_.consume(std::move(operation));
}

template <class T>
std::optional<T> Runner::expected(tombolo::Result<T> result, const Expect& expect,
                                  std::string_view operation) {
  if (!result) {
    check_error(result.error(), expect, operation);
    return std::nullopt;
  }
  check(expect.code == 0, "it succeeded in place of code " + std::to_string(expect.code));
  return std::move(*result);
}

}  // namespace tombolo_test
