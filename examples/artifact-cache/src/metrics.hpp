// Counters of the service, and their text for Prometheus.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "net.hpp"

namespace artifact_cache {

/// Safe to use from every thread; each number is exact, several are not a snapshot of one moment.
class Metrics {
 public:
  using Counter = std::atomic<std::uint64_t>;

  /// Counts an answered request for an artifact, or one too broken to tell.
  void count_request(http::verb method, http::status status);

  /// All of it, in Prometheus' text format 0.0.4.
  std::string text() const;

  Counter hits{0};
  Counter misses{0};
  Counter received_bytes{0};     ///< Of uploads' bodies.
  Counter sent_bytes{0};         ///< Of artifacts.
  Counter in_flight{0};          ///< Requests for artifacts being served now.
  Counter uploads_aborted{0};    ///< Begun and not stored, for whatever reason.
  Counter downloads_aborted{0};  ///< Begun and not sent whole.
  Counter store_errors{0};
  Counter connections{0};  ///< Open now.
  Counter connections_refused{0};

 private:
  std::string request_lines() const;

  static constexpr std::size_t kMethods = 5;
  static constexpr std::size_t kStatuses = 500;  // 100 to 599

  std::array<std::array<Counter, kStatuses>, kMethods> requests_{};
};

/// Adds one to a gauge for as long as it lives.
class GaugeGuard {
 public:
  explicit GaugeGuard(Metrics::Counter& gauge) : gauge_(gauge) { ++gauge_; }
  GaugeGuard(const GaugeGuard&) = delete;
  GaugeGuard& operator=(const GaugeGuard&) = delete;
  ~GaugeGuard() { --gauge_; }

 private:
  Metrics::Counter& gauge_;
};

/// Adds one to a counter of aborted transfers at its end, unless the transfer was completed.
class AbortGuard {
 public:
  explicit AbortGuard(Metrics::Counter& aborted) : aborted_(aborted) {}
  AbortGuard(const AbortGuard&) = delete;
  AbortGuard& operator=(const AbortGuard&) = delete;
  ~AbortGuard() {
    if (!completed_) ++aborted_;
  }
  void completed() { completed_ = true; }

 private:
  Metrics::Counter& aborted_;
  bool completed_ = false;
};

}  // namespace artifact_cache
