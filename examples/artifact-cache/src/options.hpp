// The command line.
#pragma once

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "limits.hpp"
#include "net.hpp"

namespace artifact_cache {

struct Options {
  tcp::endpoint listen{asio::ip::address_v4::loopback(), 8080};
  std::string store;
  std::size_t threads = 4;
  Limits limits;
};

/// A command line that makes no sense; what() names the argument.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads the arguments after the program's name; nullopt when they ask for help. Throws UsageError.
std::optional<Options> parse_options(std::span<const char* const> arguments);

/// What --help prints.
std::string_view usage();

}  // namespace artifact_cache
