// What the Rust side sees of the benches.
#pragma once

#include <cstdint>

#include "rust/cxx.h"
#include "rust/cxx_async.h"

CXXASYNC_DEFINE_FUTURE(std::uint64_t, rivals, FutureU64);

namespace rivals {

/// Runs the benches with the program's arguments, its name included.
void run(rust::Vec<rust::String> arguments);

}  // namespace rivals
