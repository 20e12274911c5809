// What is counted of the cases, beside their times.
#pragma once

#include "cases.hpp"

namespace tombolo_bench {

/// Prints the allocations of an operation, of both languages and all threads, in the steady state.
void count_allocations(Cases& cases);

/// Under callgrind, writes two dumps a case: of its number of operations, and of twice as many, so
/// that their difference is what the operations cost and nothing else.
void count_instructions(Cases& cases);

}  // namespace tombolo_bench
