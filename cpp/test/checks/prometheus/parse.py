"""Prometheus' own parser reads the text that a program prints, and finds in it what was counted."""

import subprocess
import sys

from prometheus_client.parser import text_string_to_metric_families

text = subprocess.run(sys.argv[1:], check=True, capture_output=True, text=True).stdout
families = list(text_string_to_metric_families(text))
samples = {}
for family in families:
    assert family.name.startswith("tombolo_"), family.name
    assert family.documentation and family.type in ("counter", "gauge", "histogram"), family
    for sample in family.samples:
        key = (sample.name, tuple(sorted(sample.labels.items())))
        assert key not in samples, f"twice: {key}"
        samples[key] = sample.value


def value(name, **labels):
    return samples["tombolo_" + name, tuple(sorted(labels.items()))]


names = [family.name for family in families]
assert len(names) == len(set(names)) == 17, names
assert text.endswith("\n") and "\n\n" not in text
assert value("operations_total", service="test", operation="read", outcome="ok") == 3
assert value("operations_total", service="test", operation="read", outcome="not_found") == 1
assert value("operations_total", service="a\\b", operation='say "x"\nand y', outcome="ok") == 7
assert value("queues") == 1 and value("queue_depth") == 0
bucket = "queue_drain_completions_bucket"
assert value(bucket, le="2") == 0 and value(bucket, le="4") == value(bucket, le="+Inf") == 1
assert value("queue_drain_completions_count") == 1
assert value("queue_drain_completions_sum") == 3
assert value("threads", kind="worker") == 3
assert value("runtime_threads", kind="worker", runtime="ingest") == 1
assert value("runtime_operations_in_flight", runtime="ingest") == 0
assert value("panics_contained_total") == 0
assert value("log_records_total", outcome="delivered") == 2
assert value("log_records_total", outcome="lost") == 1
assert value("log_records_waiting") == 3
