// How long single operations take, as percentiles.
#pragma once

namespace tombolo_bench {

/// Prints percentiles of the time from an operation's making to its answer, in microseconds, one
/// JSON object a line, and how late deadlines are heard of.
void print_latencies(bool quick);

}  // namespace tombolo_bench
