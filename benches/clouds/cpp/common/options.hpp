// The command line that every client takes; that of the clients in Rust is the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace clouds {

/// What is done again and again: a get into new memory, into memory that is used again, or whose
/// pieces are dropped as they come; a put; a listing of all keys.
enum class Work { get, get_into, get_stream, put, list };

struct Options {
  std::string who;  ///< Of the clients that the program has.
  std::string url;  ///< Of the container or bucket, as Tombolo has it.
  Work work = Work::get;
  std::size_t size = 4096;
  std::size_t in_flight = 1;
  double seconds = 1;
  std::uint64_t times = 0;  ///< If not 0, so many operations instead.
};

/// Reads it; on anything else says so and ends with 2.
Options parse_options(int argc, char** argv);

/// What a URL of Tombolo's says, for clients that are told it otherwise.
struct Place {
  bool is_azure = false;
  std::string account;  ///< Of Azure.
  std::string container;
  std::map<std::string, std::string> parameters;
};

Place parse_place(const std::string& url);

}  // namespace clouds
