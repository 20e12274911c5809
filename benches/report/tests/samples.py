"""A small record, with figures of each kind and with gaps."""

import record

TIMES = {"scalar/cpp_call": 2, "scalar/tombolo": 2.5, "method/tombolo": 3, "success/tombolo": 5, "error/tombolo": 20,
         "error/cpp_exception": 3000, "ready/1/co_await": 20, "ready/1/tokio": 300, "hop/1/co_await": 5000, "hop/1/tokio": 400,
         "hop/64/co_await": 500, "hop/64/tokio": 1000, "bytes_in/16/cxx_vec": 90, "bytes_in/4096/cxx_vec": 900,
         "bytes_in/4096/<odd>": 7}
OTHERS = [("latency/64/co_await/p50", "us", 30), ("latency/64/co_await/p99", "us", 90), ("ready/1/co_await", "instructions", 300),
          ("ready/1/co_await", "allocations", 0), ("hop/64/co_await", "allocations", 1.2), ("hop/64/tokio", "allocations", 2.01),
          ("footprint/size/lean", "bytes", 3_000_000), ("service/get/4096/tombolo", "1/s", 21_000),
          ("service/get/4096/filesystem", "1/s", 20_000), ("weather/today", "count", 17)]
MACHINE = {"cpu": "one & only", "cores": 2, "hypervisor": "none", "distribution": "some system", "c++": "c++ 1.2", "rustc": "1.2.3"}


def data(*more):
    figures = [{"id": case, "unit": "ns", "value": value} for case, value in TIMES.items()]
    figures += [{"id": case, "unit": unit, "value": value} for case, unit, value in OTHERS]
    return {"schema": record.SCHEMA, "when": "2026-01-02 03:04 UTC", "commit": "abc", "quick": False, "machine": MACHINE,
            "figures": figures + list(more)}


def run(*more):
    return record.Record(data(*more))


def rounds(case, *values, unit="ns"):
    return {"id": case, "unit": unit, "value": sorted(values)[len(values) // 2], "low": min(values), "high": max(values),
            "rounds": list(values)}
