// The checks and conversions that the steps of a blob case share.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "blob_cases.hpp"
#include "check.hpp"
#include "tombolo/blob.hpp"

namespace tombolo_test {

// The error is the one that is expected, names its origin, and had no effect.
void check_error(const tombolo::Error& error, const Expect& expect, std::string_view operation);

// Bytes are compared without printing megabytes of them.
void same_bytes(std::string_view found, const Body& body);

std::map<std::string, std::string> entries(const Span<Entry>& all);
std::vector<std::string> texts(const Span<Text>& all);
tombolo::ByteRange byte_range(const Range& range);

// Whether a store with these capabilities is held to the case.
bool is_registered(const Case& test, const tombolo::Capabilities& capabilities);

}  // namespace tombolo_test
