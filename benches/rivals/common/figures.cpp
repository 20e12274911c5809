#include "common/figures.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <system_error>

namespace rivals {
namespace {

double median(const std::vector<double>& sorted) {
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

}  // namespace

void fail(const std::string& message, int exit_code) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, message.c_str());
  std::exit(exit_code);
}

void fail_errno(const std::string& what) {
  fail(what + ": " + std::generic_category().message(errno));
}

double percentile(const std::vector<double>& samples, double share) {
  const double rank = std::ceil(share * static_cast<double>(samples.size()));
  return samples[std::max<std::size_t>(static_cast<std::size_t>(rank), 1) - 1];
}

void Figures::add(const std::string& id, const std::string& unit, double value) {
  const auto known = std::find_if(figures_.begin(), figures_.end(),
                                  [&](const Figure& figure) { return figure.id == id; });
  if (known != figures_.end()) {
    known->rounds.push_back(value);
  } else {
    figures_.push_back({id, unit, {value}});
  }
}

void Figures::print() const {
  for (const Figure& figure : figures_) {
    std::vector<double> sorted = figure.rounds;
    std::sort(sorted.begin(), sorted.end());
    std::printf(
        "{\"id\": \"%s\", \"unit\": \"%s\", \"value\": %.6g, \"low\": %.6g, \"high\": %.6g}\n",
        figure.id.c_str(), figure.unit.c_str(), median(sorted), sorted.front(), sorted.back());
  }
}

}  // namespace rivals
