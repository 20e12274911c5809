// What the tests of tombolo::testing's fake store share: names, and calls whose answer is a code.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "draining.hpp"
#include "tombolo/testing.hpp"
#include "tombolo/tombolo.hpp"

namespace tombolo_test {

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

inline std::string text_of(const Result<Bytes>& bytes) {
  return bytes ? bytes->to_string() : bytes.error().to_string();
}

inline void put(const BlobStore& store, const std::string& key, const std::string& text) {
  ASSERT_TRUE(store.put(key, std::string(text)).wait());
}

/// The code of the error, or nothing.
template <class T>
std::optional<ErrorCode> code_of(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().code());
}

inline std::optional<ErrorCode> get(const BlobStore& store, const std::string& key) {
  return code_of(store.get(key).wait());
}

using Codes = std::vector<std::optional<ErrorCode>>;

inline Codes gets(const BlobStore& store, const std::string& key, int times) {
  Codes codes;
  for (int i = 0; i < times; ++i) {
    codes.push_back(get(store, key));
  }
  return codes;
}

constexpr auto kUnavailable = ErrorCode::unavailable;

}  // namespace tombolo_test
