#include "common/options.hpp"

#include <charconv>
#include <string_view>

#include "common/figures.hpp"

namespace rivals {
namespace {

constexpr int kUsageExit = 2;
constexpr std::size_t kMostRounds = 1000;

std::size_t parse_rounds(std::string_view text) {
  std::size_t rounds = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, rounds);
  if (error != std::errc() || rest != end || rounds < 1 || rounds > kMostRounds) {
    fail("--rounds needs a number from 1 to 1000", kUsageExit);
  }
  return rounds;
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--quick") {
      options.quick = true;
    } else if (argument == "--rounds") {
      options.rounds = parse_rounds(++i < argc ? argv[i] : "");
    } else {
      fail("usage: [--quick] [--rounds N]", kUsageExit);
    }
  }
  return options;
}

}  // namespace rivals
