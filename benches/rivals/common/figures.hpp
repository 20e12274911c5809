// What a bench reports: figures with a value for each round, printed as one JSON object a line.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

namespace rivals {

/// Says on stderr what is wrong, and ends the program.
[[noreturn]] void fail(const std::string& message, int exit_code = EXIT_FAILURE);

/// fail() with what errno says.
[[noreturn]] void fail_errno(const std::string& what);

/// The value below which `share` of the samples lie (nearest rank). `samples` are sorted, not
/// empty.
double percentile(const std::vector<double>& samples, double share);

class Figures {
 public:
  /// Adds what one round found for a figure; `id` is group/parameters/who.
  void add(const std::string& id, const std::string& unit, double value);

  /// Prints each figure: the median of its rounds, and the least and the greatest of them.
  void print() const;

 private:
  struct Figure {
    std::string id;
    std::string unit;
    std::vector<double> rounds;
  };

  std::vector<Figure> figures_;
};

}  // namespace rivals
