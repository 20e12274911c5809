// How much memory it takes to stream.
#pragma once

#include <string>

namespace tombolo_bench {

/// Streams 1 GiB into a store in `folder` and out of it again, each in a process of its own, and
/// prints by how much their resident memory rose at most, one JSON object a line.
void print_streaming_memory(const std::string& folder);

}  // namespace tombolo_bench
