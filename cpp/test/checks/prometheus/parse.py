"""Prometheus' own parser reads the text that a program prints, and finds in it what was counted."""

import subprocess
import sys

from prometheus_client.parser import text_string_to_metric_families

# Counters are named without the "_total" of their samples, as the parser does.
TYPES = {
    "operations": "counter",
    "operations_in_flight": "gauge",
    "queues": "gauge",
    "queue_depth": "gauge",
    "queue_wakeups": "counter",
    "queue_drain_completions": "histogram",
    "slots": "gauge",
    "slots_bytes": "gauge",
    "threads": "gauge",
    "buffers_lent": "gauge",
    "buffers_orphaned": "gauge",
    "runtime_operations_in_flight": "gauge",
    "runtime_threads": "gauge",
    "handler_calls": "gauge",
    "log_records": "counter",
    "log_records_waiting": "gauge",
    "store_requests": "counter",
    "store_request_duration_seconds": "histogram",
    "store_retries": "counter",
    "store_retries_denied": "counter",
    "store_hedges": "counter",
    "store_hedges_won": "counter",
    "store_recognised_writes": "counter",
    "store_sent_bytes": "counter",
    "store_received_bytes": "counter",
    "store_connections_opened": "counter",
    "store_requests_in_flight": "gauge",
    "store_requests_waiting": "gauge",
    "panics_contained": "counter",
}


def read(*arguments):
    """The value of each sample by its name and its labels, in a text whose types are these."""
    program = [*sys.argv[1:], *arguments]
    text = subprocess.run(program, check=True, capture_output=True, text=True).stdout
    assert text.endswith("\n") and "\n\n" not in text, text
    families = list(text_string_to_metric_families(text))
    types = [(family.name, family.type) for family in families]
    assert types == [("tombolo_" + name, type) for name, type in TYPES.items()], types
    samples = {}
    for family in families:
        assert family.documentation.endswith("."), family
        for sample in family.samples:
            key = (sample.name.removeprefix("tombolo_"), tuple(sorted(sample.labels.items())))
            assert sample.name.startswith("tombolo_") and key not in samples, key
            samples[key] = sample.value
    return samples


def key(name, **labels):
    return name, tuple(sorted(labels.items()))


def what_this_process_has_counted():
    samples = read()

    def value(name, **labels):
        return samples[key(name, **labels)]

    assert value("operations_total", service="test", operation="read", outcome="ok") == 3
    assert value("operations_total", service="test", operation="read", outcome="not_found") == 1
    assert value("queues") == 1 and value("queue_depth") == 0
    bucket = "queue_drain_completions_bucket"
    assert value(bucket, le="2") == 0 and value(bucket, le="4") == 1
    assert value(bucket, le="+Inf") == value("queue_drain_completions_count") == 1
    assert value("queue_drain_completions_sum") == 3
    assert value("threads", kind="worker") == 3
    assert value("runtime_threads", kind="worker", runtime="ingest") == 1
    assert value("runtime_operations_in_flight", runtime="ingest") == 0
    assert value("panics_contained_total") == 0


def of_store(first, **labels):
    """The samples of a store whose numbers begin with this one."""
    outcomes = ["ok", "not_found", "condition", "throttled", "refused", "server_error"]
    outcomes += ["no_answer", "dropped"]
    names = ["retries_total", "retries_denied_total", "hedges_total", "hedges_won_total"]
    names += ["recognised_writes_total", "sent_bytes_total", "received_bytes_total"]
    names += ["connections_opened_total", "requests_in_flight", "requests_waiting"]
    values = {}
    for at, outcome in enumerate(outcomes):
        values[key("store_requests_total", outcome=outcome, **labels)] = first + at
    for at, name in enumerate(names):
        values[key("store_" + name, **labels)] = first + len(outcomes) + at
    bounds = [str(2**at / 1000).removesuffix(".0") for at in range(15)] + ["+Inf"]
    name = "store_request_duration_seconds"
    for at, bound in enumerate(bounds):
        values[key(name + "_bucket", le=bound, **labels)] = 2 ** (at + 1) - 1
    values[key(name + "_count", **labels)] = 2**16 - 1
    values[key(name + "_sum", **labels)] = first + 0.5
    return values


def every_number_in_its_place():
    buckets = ["0", "1", "2", "4", "8", "16", "32", "64", "128", "256", "+Inf"]
    escaped = {"service": 'a\\b"c\nd', "operation": 'e\\f"g\nh', "outcome": 'i\\j"k\nl'}
    runtimes = {"one": (114, 115, 116), 'm\\n"o\np': (117, 118, 119)}
    expected = {
        key("operations_total", service="blob", operation="get", outcome="ok"): 101,
        key("operations_total", service="blob", operation="get", outcome="not_found"): 102,
        key("operations_total", **escaped): 103,
        key("operations_in_flight"): 104,
        key("queues"): 105,
        key("queue_depth"): 106,
        key("queue_wakeups_total"): 107,
        key("queue_drain_completions_sum"): 108,
        key("queue_drain_completions_count"): 2 ** len(buckets) - 1,
        key("slots", state="in_use"): 109,
        key("slots", state="free"): 110,
        key("slots_bytes"): 111,
        key("threads", kind="worker"): 112,
        key("threads", kind="blocking"): 113,
        key("buffers_lent"): 120,
        key("buffers_orphaned"): 121,
        key("handler_calls", state="waiting"): 122,
        key("handler_calls", state="under_way"): 123,
        key("log_records_total", outcome="delivered"): 124,
        key("log_records_total", outcome="lost"): 125,
        key("log_records_waiting"): 126,
        key("panics_contained_total"): 127,
    }
    for at, bound in enumerate(buckets):
        expected[key("queue_drain_completions_bucket", le=bound)] = 2 ** (at + 1) - 1
    for name, (in_flight, workers, blocking) in runtimes.items():
        expected[key("runtime_operations_in_flight", runtime=name)] = in_flight
        expected[key("runtime_threads", kind="worker", runtime=name)] = workers
        expected[key("runtime_threads", kind="blocking", runtime=name)] = blocking
    for store, first in {"s3://bucket": 200, 'm\\n"o\np': 300}.items():
        expected |= of_store(first, store=store, service="blob.s3")
    samples = read("distinct")
    wrong = samples.items() ^ expected.items()
    assert not wrong, sorted(wrong, key=str)


what_this_process_has_counted()
every_number_in_its_place()
