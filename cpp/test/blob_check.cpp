// The checks and conversions that the steps of a blob case share.
#include "blob_check.hpp"

#include <algorithm>
#include <cstddef>

// Whoever adds a kind to the table is told here what is missing.
#pragma GCC diagnostic error "-Wswitch"

namespace tombolo_test {

void check_error(const tombolo::Error& error, const Expect& expect, std::string_view operation) {
  const std::string text = " in: " + error.to_string();
  check(expect.code != 0, "it failed: " + error.to_string());
  check(static_cast<std::uint32_t>(error.code()) == expect.code, "another code" + text);
  check(static_cast<std::uint32_t>(error.kind()) == expect.kind, "another kind" + text);
  check(error.operation() == operation,
        "the operation is " + std::string(error.operation()) + text);
  check(error.service().substr(0, 5) == "blob.", "the service is not named" + text);
  check(error.effect() == tombolo::Effect::none, "it had an effect" + text);
  check(error.message().find(expect.naming.str()) != std::string_view::npos,
        "the message lacks " + expect.naming.str() + text);
}

void same_bytes(std::string_view found, const Body& body) {
  const std::string wanted = bytes_of(body);
  if (found == wanted) return;
  const auto size = std::min(found.size(), wanted.size());
  const auto at = std::mismatch(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(size),
                                wanted.begin());
  throw Failed(std::to_string(found.size()) + " bytes in place of " +
               std::to_string(wanted.size()) + ", different at " +
               std::to_string(at.first - found.begin()));
}

std::map<std::string, std::string> entries(const Span<Entry>& all) {
  std::map<std::string, std::string> map;
  for (const Entry& entry : all) map.emplace(entry.name.str(), entry.value.str());
  return map;
}

std::vector<std::string> texts(const Span<Text>& all) {
  std::vector<std::string> list;
  for (const Text& text : all) list.push_back(text.str());
  return list;
}

tombolo::ByteRange byte_range(const Range& range) {
  switch (range.kind) {
    case RangeKind::full:
      return {};
    case RangeKind::from:
      return tombolo::ByteRange::from(range.offset);
    case RangeKind::part:
      return tombolo::ByteRange::of(range.offset, range.length);
    case RangeKind::suffix:
      return tombolo::ByteRange::last(range.length);
  }
  throw Failed("a range of no kind");
}

namespace {

bool declared(const tombolo::Capabilities& all, Capability one) {
  switch (one) {
    case Capability::put_if_match:
      return all.put_if_match;
    case Capability::put_if_absent:
      return all.put_if_absent;
    case Capability::delete_if_match:
      return all.delete_if_match;
    case Capability::copy_if_absent:
      return all.copy_if_absent;
    case Capability::atomic_rename:
      return all.atomic_rename;
    case Capability::metadata:
      return all.metadata;
    case Capability::list_has_metadata:
      return all.list_has_metadata;
    case Capability::presign:
      return all.presign;
    case Capability::persistent:
      return all.persistent;
    case Capability::key_beside_folder:
      return all.key_beside_folder;
    case Capability::long_segments:
      return all.long_segments;
    case Capability::odd_keys:
      return all.odd_keys;
    case Capability::new_etags:
      return all.new_etags;
    case Capability::cached_reads:
      return all.cached_reads;
  }
  throw Failed("a capability of no name");
}

}  // namespace

bool is_registered(const Case& test, const tombolo::Capabilities& capabilities) {
  return std::all_of(test.requirements.begin(), test.requirements.end(),
                     [&](const Requirement& required) {
                       return declared(capabilities, required.capability) == required.present;
                     });
}

}  // namespace tombolo_test
