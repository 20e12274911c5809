// A folder of files in plain C++, as one writes it by hand: what the store is compared with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tombolo_bench::plain {

/// By `open`, `fstat`, `read` and `close`; ends the program if it fails, as all below.
std::string read_file(const std::string& path);
/// By `std::ifstream`.
std::string read_stream(const std::string& path);
/// A temporary file beside the target, `pwrite`, `rename`; `durable`: file and folder are synced.
void write_file(const std::string& folder, const std::string& name, std::string_view body,
                bool durable);

/// How many empty files there are, with their sizes looked at, as a list tells them.
std::uint64_t count_files(const std::string& folder);

}  // namespace tombolo_bench::plain
