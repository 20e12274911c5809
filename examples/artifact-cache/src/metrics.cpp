// Counters of the service, and their text for Prometheus.
#include "metrics.hpp"

#include <algorithm>
#include <string_view>

namespace artifact_cache {
namespace {

constexpr std::array<std::string_view, 5> kMethodNames = {"GET", "HEAD", "PUT", "DELETE", "other"};

std::size_t method_index(http::verb method) {
  switch (method) {
    case http::verb::get:
      return 0;
    case http::verb::head:
      return 1;
    case http::verb::put:
      return 2;
    case http::verb::delete_:
      return 3;
    default:
      return 4;
  }
}

std::string describe(std::string_view name, std::string_view type, std::string_view help) {
  std::string text = "# HELP artifact_cache_";
  text.append(name).append(" ").append(help);
  text.append("\n# TYPE artifact_cache_").append(name).append(" ").append(type).append("\n");
  return text;
}

std::string single(std::string_view name, std::string_view type, std::string_view help,
                   const Metrics::Counter& value) {
  std::string text = describe(name, type, help);
  text.append("artifact_cache_").append(name).append(" ");
  return text + std::to_string(value.load()) + "\n";
}

}  // namespace

void Metrics::count_request(http::verb method, http::status status) {
  const auto code = std::clamp<unsigned>(static_cast<unsigned>(status), 100, 599);
  ++requests_[method_index(method)][code - 100];
}

std::string Metrics::request_lines() const {
  std::string text = describe("requests_total", "counter", "Requests for artifacts answered.");
  for (std::size_t method = 0; method < kMethods; ++method) {
    for (std::size_t status = 0; status < kStatuses; ++status) {
      const auto count = requests_[method][status].load();
      if (count == 0) continue;
      text.append("artifact_cache_requests_total{method=\"").append(kMethodNames[method]);
      text.append("\",status=\"").append(std::to_string(status + 100)).append("\"} ");
      text.append(std::to_string(count)).append("\n");
    }
  }
  return text;
}

std::string Metrics::text() const {
  return request_lines() +
         single("hits_total", "counter", "GET and HEAD of artifacts that exist.", hits) +
         single("misses_total", "counter", "GET and HEAD of artifacts that do not.", misses) +
         single("received_bytes_total", "counter", "Bytes of uploads.", received_bytes) +
         single("sent_bytes_total", "counter", "Bytes of artifacts sent.", sent_bytes) +
         single("requests_in_flight", "gauge", "Requests for artifacts in flight.", in_flight) +
         single("uploads_aborted_total", "counter", "Uploads begun, not stored.", uploads_aborted) +
         single("downloads_aborted_total", "counter", "Downloads begun, not sent whole.",
                downloads_aborted) +
         single("store_errors_total", "counter", "Errors of the store.", store_errors) +
         single("connections", "gauge", "Connections open.", connections) +
         single("connections_refused_total", "counter", "Connections over the limit.",
                connections_refused);
}

}  // namespace artifact_cache
