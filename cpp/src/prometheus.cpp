// Metrics as Prometheus' text format, version 0.0.4:
// https://prometheus.io/docs/instrumenting/exposition_formats/
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "tombolo/metrics.hpp"

TOMBOLO_NAMESPACE_BEGIN

namespace {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class Text {
 public:
  /// Begins a metric of this name, without its prefix.
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    append({"# HELP tombolo_", name, " ", help, "\n# TYPE tombolo_", name, " ", type, "\n"});
  }

  void sample(std::string_view name, Labels labels, std::uint64_t value) {
    append({"tombolo_", name});
    char before = '{';
    for (const auto& [label, text] : labels) {
      text_ += before;
      append({label, "=\""});
      append_escaped(text);
      text_ += '"';
      before = ',';
    }
    append({before == ',' ? "} " : " ", std::to_string(value), "\n"});
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

}  // namespace

std::string to_prometheus(const Metrics& metrics) {
  Text text;
  append_operations(text, metrics);
  append_queues(text, metrics);
  append_resources(text, metrics);
  append_runtimes(text, metrics);
  append_handlers(text, metrics);
  append_logs(text, metrics);
  text.single("panics_contained_total", "counter", metrics.panics_contained,
              "Panics that were contained.");
  return std::move(text).take();
}

TOMBOLO_NAMESPACE_END
