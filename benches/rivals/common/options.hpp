// The command line that every bench of this folder takes.
#pragma once

#include <cstddef>

namespace rivals {

struct Options {
  bool quick = false;
  std::size_t rounds = 0;  ///< 0: as many as `quick` says.

  /// How many rounds to run; a figure is their median.
  std::size_t round_count() const { return rounds != 0 ? rounds : quick ? 3 : 7; }
  /// How long one round of one case shall take, in seconds.
  double round_seconds() const { return quick ? 0.05 : 0.4; }
};

/// Reads `--quick` and `--rounds N`; on anything else says so and ends with 2.
Options parse_options(int argc, char** argv);

}  // namespace rivals
