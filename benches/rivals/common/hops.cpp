#include "common/hops.hpp"

#include <algorithm>

#include "common/figures.hpp"

namespace rivals {
namespace {

constexpr std::size_t kMostWithLatencies = 64;

struct Percentile {
  const char* name;
  double share;
};
constexpr Percentile kPercentiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};

struct Case {
  const Bench* bench;
  std::size_t in_flight;
  std::uint64_t count;  ///< So many trips take about one round's time.

  std::string id(const std::string& group) const {
    return group + "/" + std::to_string(in_flight) + "/" + bench->who;
  }
};

double seconds_for(const Case& trips) {
  const auto began = std::chrono::steady_clock::now();
  trips.bench->hop(trips.in_flight, trips.count, nullptr);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

// Also warms up what the first trips pay for.
Case calibrated(const Bench& bench, std::size_t in_flight, double round_seconds) {
  Case trips{&bench, in_flight, in_flight};
  double took = 0;
  while ((took = seconds_for(trips)) < round_seconds / 8) trips.count *= 2;
  const double wanted = static_cast<double>(trips.count) * round_seconds / took;
  trips.count = std::max<std::uint64_t>(static_cast<std::uint64_t>(wanted), in_flight);
  return trips;
}

std::vector<Case> cases_of(const std::vector<Bench>& benches, double round_seconds) {
  std::vector<Case> cases;
  for (const Bench& bench : benches) {
    for (const std::size_t in_flight : bench.in_flight) {
      cases.push_back(calibrated(bench, in_flight, round_seconds));
    }
  }
  return cases;
}

void add_latencies(Figures& figures, const Case& trips) {
  Latencies latencies(trips.in_flight);
  trips.bench->hop(trips.in_flight, trips.count, &latencies);
  std::vector<double> took = latencies.take();
  if (took.size() != trips.count) fail("not every round trip was timed");
  std::sort(took.begin(), took.end());
  for (const Percentile& p : kPercentiles) {
    figures.add(trips.id("latency") + "/" + p.name, "us", percentile(took, p.share));
  }
}

}  // namespace

void report(const std::vector<Bench>& benches, const Options& options) {
  const std::vector<Case> cases = cases_of(benches, options.round_seconds());
  Figures figures;
  // Rounds go through all cases in turn, so that what disturbs the machine meets each of them.
  for (std::size_t round = 0; round < options.round_count(); ++round) {
    for (const Case& trips : cases) {
      const double ns = seconds_for(trips) * 1e9 / static_cast<double>(trips.count);
      figures.add(trips.id(trips.bench->group), "ns", ns);
      if (trips.bench->with_latencies && trips.in_flight <= kMostWithLatencies) {
        add_latencies(figures, trips);
      }
    }
  }
  figures.print();
}

}  // namespace rivals
