// Metrics as Prometheus' text format, version 0.0.4:
// https://prometheus.io/docs/instrumenting/exposition_formats/
#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "tombolo/metrics.hpp"

TOMBOLO_NAMESPACE_BEGIN

namespace {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// To the nanosecond, without zeros at the end.
std::string as_seconds(std::chrono::nanoseconds time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::string fraction = std::to_string(kSecond + time.count() % kSecond);
  const auto last = fraction.find_last_not_of('0');
  const std::string whole = std::to_string(time.count() / kSecond);
  return last == 0 ? whole : whole + "." + fraction.substr(1, last);
}

class Text {
 public:
  /// Begins a metric of this name, without its prefix.
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    append({"# HELP tombolo_", name, " ", help, "\n# TYPE tombolo_", name, " ", type, "\n"});
  }

  void sample(std::string_view name, Labels labels, std::uint64_t value) {
    sample(name, labels, std::to_string(value));
  }

  void sample(std::string_view name, Labels labels, std::string_view value) {
    append({"tombolo_", name});
    char before = '{';
    for (const auto& [label, text] : labels) {
      text_ += before;
      append({label, "=\""});
      append_escaped(text);
      text_ += '"';
      before = ',';
    }
    append({before == ',' ? "} " : " ", value, "\n"});
  }

  void single(std::string_view name, std::string_view type, std::uint64_t value,
              std::string_view help) {
    begin(name, type, help);
    sample(name, {}, value);
  }

  std::string take() && { return std::move(text_); }

 private:
  void append(std::initializer_list<std::string_view> parts) {
    for (const std::string_view part : parts) {
      text_ += part;
    }
  }

  void append_escaped(std::string_view text) {
    for (const char character : text) {
      if (character == '\n') {
        text_ += "\\n";
        continue;
      }
      if (character == '\\' || character == '"') {
        text_ += '\\';
      }
      text_ += character;
    }
  }

  std::string text_;
};

void append_operations(Text& text, const Metrics& metrics) {
  text.begin("operations_total", "counter", "Operations that have ended, by outcome.");
  for (const auto& ended : metrics.operations) {
    const Labels labels = {
        {"service", ended.service}, {"operation", ended.operation}, {"outcome", ended.outcome}};
    text.sample("operations_total", labels, ended.count);
  }
  text.single("operations_in_flight", "gauge", metrics.operations_in_flight,
              "Operations in flight.");
}

void append_drains(Text& text, const Metrics& metrics) {
  text.begin("queue_drain_completions", "histogram",
             "Completions that a drain of a queue has run.");
  std::uint64_t drains = 0;
  for (std::size_t i = 0; i < metrics.drains.size(); ++i) {
    drains += metrics.drains[i];
    const std::string bound =
        i < Metrics::kDrainBounds.size() ? std::to_string(Metrics::kDrainBounds[i]) : "+Inf";
    text.sample("queue_drain_completions_bucket", {{"le", bound}}, drains);
  }
  text.sample("queue_drain_completions_sum", {}, metrics.completions_drained);
  text.sample("queue_drain_completions_count", {}, drains);
}

void append_queues(Text& text, const Metrics& metrics) {
  text.single("queues", "gauge", metrics.queues, "Completion queues.");
  text.single("queue_depth", "gauge", metrics.queue_depth,
              "Completions, polls and releases of buffers that wait for a drain.");
  text.single("queue_wakeups_total", "counter", metrics.queue_wakeups,
              "Writes to the descriptors of queues.");
  append_drains(text, metrics);
}

void append_resources(Text& text, const Metrics& metrics) {
  text.begin("slots", "gauge", "Slots for operations.");
  text.sample("slots", {{"state", "free"}}, metrics.slots_free);
  text.sample("slots", {{"state", "in_use"}}, metrics.slots_in_use);
  text.single("slots_bytes", "gauge", metrics.slots_bytes, "Memory of the slots.");
  text.begin("threads", "gauge", "Threads of all runtimes.");
  text.sample("threads", {{"kind", "blocking"}}, metrics.blocking_threads);
  text.sample("threads", {{"kind", "worker"}}, metrics.workers);
  text.single("buffers_lent", "gauge", metrics.buffers_lent,
              "Buffers of the service that are lent.");
  text.single("buffers_orphaned", "gauge", metrics.buffers_orphaned,
              "Buffers that are free and wait for a drain, since their queue is gone.");
}

void append_runtimes(Text& text, const Metrics& metrics) {
  text.begin("runtime_operations_in_flight", "gauge",
             "Operations in flight of runtimes of their own.");
  for (const auto& runtime : metrics.runtimes) {
    text.sample("runtime_operations_in_flight", {{"runtime", runtime.name}},
                runtime.operations_in_flight);
  }
  text.begin("runtime_threads", "gauge", "Threads of runtimes of their own.");
  for (const auto& runtime : metrics.runtimes) {
    text.sample("runtime_threads", {{"kind", "blocking"}, {"runtime", runtime.name}},
                runtime.blocking_threads);
    text.sample("runtime_threads", {{"kind", "worker"}, {"runtime", runtime.name}},
                runtime.workers);
  }
}

void append_handlers(Text& text, const Metrics& metrics) {
  text.begin("handler_calls", "gauge", "Calls of handlers that are not over.");
  text.sample("handler_calls", {{"state", "under_way"}}, metrics.handler_calls_under_way);
  text.sample("handler_calls", {{"state", "waiting"}}, metrics.handler_calls_waiting);
}

void append_logs(Text& text, const Metrics& metrics) {
  text.begin("log_records_total", "counter", "Log records, by what has become of them.");
  text.sample("log_records_total", {{"outcome", "delivered"}}, metrics.log_records_delivered);
  text.sample("log_records_total", {{"outcome", "lost"}}, metrics.log_records_lost);
  text.single("log_records_waiting", "gauge", metrics.log_records_waiting,
              "Log records that wait for a drain.");
}

using Store = Metrics::Store;

void append_requests(Text& text, const Metrics& metrics) {
  constexpr std::pair<std::string_view, std::uint64_t Store::*> kOutcomes[] = {
      {"ok", &Store::ok},
      {"not_found", &Store::not_found},
      {"condition", &Store::condition},
      {"throttled", &Store::throttled},
      {"refused", &Store::refused},
      {"server_error", &Store::server_error},
      {"no_answer", &Store::no_answer},
      {"dropped", &Store::dropped}};
  text.begin("store_requests_total", "counter", "Requests of stores in clouds, by outcome.");
  for (const Store& store : metrics.stores) {
    for (const auto& [outcome, count] : kOutcomes) {
      const Labels labels = {
          {"store", store.url}, {"service", store.service}, {"outcome", outcome}};
      text.sample("store_requests_total", labels, store.*count);
    }
  }
}

void append_latency(Text& text, const Metrics& metrics) {
  constexpr std::string_view kName = "store_request_duration_seconds";
  text.begin(kName, "histogram", "How long heads of answers took.");
  for (const Store& store : metrics.stores) {
    const Labels labels = {{"store", store.url}, {"service", store.service}};
    std::uint64_t requests = 0;
    for (std::size_t i = 0; i < store.latency.size(); ++i) {
      requests += store.latency[i];
      const std::string bound =
          i < Metrics::kLatencyBounds.size() ? as_seconds(Metrics::kLatencyBounds[i]) : "+Inf";
      text.sample("store_request_duration_seconds_bucket",
                  {{"store", store.url}, {"service", store.service}, {"le", bound}}, requests);
    }
    text.sample("store_request_duration_seconds_sum", labels, as_seconds(store.latency_sum));
    text.sample("store_request_duration_seconds_count", labels, requests);
  }
}

void append_stores(Text& text, const Metrics& metrics) {
  struct Number {
    std::string_view name;
    std::string_view type;
    std::uint64_t Store::*value;
    std::string_view help;
  };
  constexpr Number kNumbers[] = {
      {"store_retries_total", "counter", &Store::retries,
       "Requests sent again since an earlier one had failed."},
      {"store_retries_denied_total", "counter", &Store::retries_denied,
       "Retries and hedges not made, as the budget was used up."},
      {"store_hedges_total", "counter", &Store::hedges,
       "Requests sent a second time since the first was slow."},
      {"store_hedges_won_total", "counter", &Store::hedges_won, "Hedges that were answered first."},
      {"store_recognised_writes_total", "counter", &Store::recognised,
       "Writes that met their own earlier success."},
      {"store_sent_bytes_total", "counter", &Store::bytes_sent, "Bytes of bodies sent."},
      {"store_received_bytes_total", "counter", &Store::bytes_received,
       "Bytes of bodies received."},
      {"store_connections_opened_total", "counter", &Store::connections_opened,
       "Connections opened."},
      {"store_requests_in_flight", "gauge", &Store::in_flight, "Requests under way."},
      {"store_requests_waiting", "gauge", &Store::waiting,
       "Requests that wait for others to end."}};
  append_requests(text, metrics);
  append_latency(text, metrics);
  for (const auto& [name, type, value, help] : kNumbers) {
    text.begin(name, type, help);
    for (const Store& store : metrics.stores) {
      text.sample(name, {{"store", store.url}, {"service", store.service}}, store.*value);
    }
  }
}

}  // namespace

std::string to_prometheus(const Metrics& metrics) {
  Text text;
  append_operations(text, metrics);
  append_queues(text, metrics);
  append_resources(text, metrics);
  append_runtimes(text, metrics);
  append_handlers(text, metrics);
  append_logs(text, metrics);
  append_stores(text, metrics);
  text.single("panics_contained_total", "counter", metrics.panics_contained,
              "Panics that were contained.");
  return std::move(text).take();
}

TOMBOLO_NAMESPACE_END
