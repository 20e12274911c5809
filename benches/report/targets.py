"""The figures that the benches are to reach, each a comparison within one record."""

import dataclasses

import units
from record import SCHEMA, Record

MIB, GIB = 1 << 20, 1 << 30
# The first nine as issue 4 has them, the tenth as issue 5 has.
GROUPS = {
    1: "A call costs what a C++ call costs",
    2: "An error costs what success costs",
    3: "What is ready comes at once",
    4: "A hop costs less than in Rust alone",
    5: "Each way to consume costs the same",
    6: "Bytes cross in constant time",
    7: "Blobs as fast as Rust and plain C++",
    8: "The service serves as much",
    9: "Little is linked",
    10: "A cloud costs its client little",
}
SIZES = ((4096, "4 KiB"), (MIB, "1 MiB"), (64 * MIB, "64 MiB"))


@dataclasses.dataclass
class Target:
    id: str  # what reasons.json names it by
    group: int  # of GROUPS
    what: str
    goal: str
    value: float | None  # None: something of it was not measured
    shown: str
    met: bool
    missing: list  # the cases that were not measured

    @property
    def verdict(self):
        return "not measured" if self.value is None else "reached" if self.met else "missed"


@dataclasses.dataclass
class Need:
    """A case in a unit that a figure is made of."""

    case: str
    unit: str = "ns"


class Targets:
    """Collects what a record reaches."""

    def __init__(self, record):
        self.record = record
        self.all = []

    def judge(self, name, what, limit, least, unit, needs, value):
        """`value` is asked for only if everything it needs was measured."""
        record = self.record
        missing = [need.case for need in needs if record.value(need.case, need.unit) is None]
        value = None if missing else value()
        met = value is not None and (value >= limit if least else value <= limit)
        goal = f"at {'least' if least else 'most'} {units.times(limit) if unit == '×' else units.text(limit, unit)}"
        self.all.append(Target(name, int(name.partition("-")[0]), what, goal, value, "" if value is None else shown(value, unit), met, missing))

    def ratio(self, name, what, limit, case, base, least=False, unit="ns"):
        needs = [Need(case, unit), Need(base, unit)]
        self.judge(name, what, limit, least, "×", needs, lambda: self.record.ratio(case, base, unit))

    def count(self, name, what, limit, case, unit):
        self.judge(name, what, limit, False, unit, [Need(case, unit)], lambda: self.record.value(case, unit))

    def allocations_of_ours(self, name, what, case, alone):
        """Less what the same future allocates in tokio alone, but for its task, which is an allocation. In the steady
        state there is to be none; what is allocated until then is divided among all that were counted."""
        needs = [Need(case, "allocations"), Need(alone, "allocations")]

        def ours():
            of_others = self.record.value(alone, "allocations") - 1
            return max(0.0, self.record.value(case, "allocations") - of_others)

        self.judge(name, what, 0.05, False, "allocations", needs, ours)


def shown(value, unit):
    # A limit is met or missed in its third digit.
    if unit == "×":
        return f"{value:.3f} ×" if value < 10 else units.times(value)
    return units.text(value, unit)


def of(record):
    targets = Targets(record)
    for part in (calls, errors, ready, hops, ways, sizes, folder, service, footprint, clouds):
        part(targets)
    return targets.all


def calls(t):
    t.ratio("1-scalar", "a scalar call, to a C++ call that is not inlined", 1.3, "scalar/tombolo", "scalar/cpp_call")
    t.ratio("1-method", "a method of a handle, to the same", 1.3, "method/tombolo", "scalar/cpp_call")


def errors(t):
    t.ratio("2-error", "an error as a value, to success", 2, "error/tombolo", "success/tombolo")
    for who, name in (("cpp_exception", "an exception of plain C++"), ("cxx_exception", "cxx's exception")):
        t.ratio(f"2-{who}", f"{name}, to an error as a value", 100, f"error/{who}", "error/tombolo", least=True)


def ready(t):
    scalar, blob = "ready/1/co_await", "get/memory/4096/tombolo"
    t.count("3-instructions", "`co_await` of what is ready", 200, scalar, "instructions")
    t.count("3-allocations", "`co_await` of what is ready", 0, scalar, "allocations")
    t.ratio("3-tokio", "tokio's spawn and await, to `co_await` of what is ready", 8, "ready/1/tokio", scalar, least=True)
    t.count("3-get-instructions", "`co_await` of 4 KiB from memory", 600, blob, "instructions")
    t.count("3-get-allocations", "`co_await` of 4 KiB from memory", 0, blob, "allocations")


def hops(t):
    for width in (64, 1024):
        hop, worker = f"hop/{width}", f"worker/{width}"
        t.ratio(f"4-hop-{width}", f"a hop, {width:,} in flight, to tokio's", 0.6, f"{hop}/co_await", f"{hop}/tokio")
        t.ratio(f"4-worker-{width}", f"on a worker, {width:,} in flight, to tokio's spawn and await", 1.0,
                f"{worker}/co_await", f"{worker}/tokio")
    t.ratio("4-grpc", "gRPC over a unix socket, to a hop, 64 in flight", 50, "hop/64/grpc", "hop/64/co_await", least=True)
    for width in (64, 1024):
        t.allocations_of_ours(f"4-allocations-{width}", f"a hop, {width:,} in flight, beside those of its future",
                              f"hop/{width}/co_await", f"hop/{width}/tokio")


def ways(t):
    for way, limit in (("then", 1.1), ("start", 1.1), ("asio", 2), ("future", 4)):
        t.ratio(f"5-{way}", f"the hop by `{way}`, to `co_await`, 64 in flight", limit, f"hop/64/{way}", "hop/64/co_await")


def sizes(t):
    for way, name in (("in", "into"), ("out", "out of")):
        t.ratio(f"6-bytes-{way}", f"1 MiB {name} Rust, to 16 bytes", 1.1, f"bytes_{way}/{MIB}/tombolo", f"bytes_{way}/16/tombolo")
    t.ratio("6-get", "64 MiB from memory, to 4 KiB", 1.1, f"get/memory/{64 * MIB}/tombolo", "get/memory/4096/tombolo")


def folder(t):
    for kind, how in (("get", "read"), ("put", "written"), ("put_synced", "written and synced")):
        for size, name in SIZES:
            case = f"{kind}/folder/{size}"
            t.ratio(f"7-{kind}-{size}-rust", f"{name} {how}, to the Rust API alone", 1.03, f"{case}/tombolo", f"{case}/rust")
            t.ratio(f"7-{kind}-{size}-cpp", f"{name} {how}, to plain C++", 1.0, f"{case}/tombolo", f"{case}/cpp")
    for way, how in (("in", "written"), ("out", "read")):
        t.count(f"7-streaming-{way}", f"memory in which 1 GiB is {how} as a stream", 16e6, f"streaming_peak/{GIB}/{way}", "bytes")


def service(t):
    for case, what in (("get/4096", "gets of 4 KiB"), (f"get/{MIB}", "gets of 1 MiB"), ("put/4096", "puts of 4 KiB, not synced,"),
                       ("put_durable/4096", "puts of 4 KiB, synced,")):
        t.ratio(f"8-{case.replace('/', '-')}", f"{what} a second, to the plain store", 1.0, f"service/{case}/tombolo",
                f"service/{case}/filesystem", least=True, unit="1/s")


def footprint(t):
    t.count("9-lean", "what a lean build adds to a stripped program", 3.5e6, "footprint/size/lean", "bytes")


def clouds(t):
    """CPU of the client's process."""
    for service, name in (("s3", "S3"), ("azure", "Azure")):
        for work, what in (("get", "a get"), ("put", "a put")):
            for width in (1, 16, 64):
                case = f"cloud_cpu/{service}_{work}/4096/{width}"
                alone = least_of(t.record, [f"{case}/{who}" for who in ("rust", "object_store", "object_store_mt")])
                t.ratio(f"10-{service}-{work}-{width}", f"{what} of 4 KiB in {name}, {width} in flight: CPU, to the leanest in Rust", 1.05,
                        least_of(t.record, [f"{case}/tombolo", f"{case}/tombolo_one"]), alone)
        case = f"cloud_cpu/{service}_get/4096/16"
        t.ratio(f"10-{service}-arrow", f"a get of 4 KiB in {name}, 16 in flight: CPU, to Arrow's `ReadAt`", 0.6, f"{case}/tombolo", f"{case}/arrow")
        t.ratio(f"10-{service}-rust", "the same by the Rust API alone, to object_store by itself", 0.5, f"{case}/rust", f"{case}/object_store")


def least_of(record, cases):
    """The case with the lowest figure; the first where none was measured."""
    measured = [case for case in cases if record.value(case) is not None]
    return min(measured, key=record.value, default=cases[0])


def known_ids():
    """Of every figure, also of those that a record does not have."""
    return [target.id for target in of(Record({"schema": SCHEMA, "figures": []}))]
