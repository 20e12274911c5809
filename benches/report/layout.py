"""What the report shows, in its order: sections of bars and of curves, by the names of their cases."""

import dataclasses

import units

WIDTHS = (1, 64, 1024)
IN_FLIGHT = (1, 16, 64)
SIZES = (16, 256, 4096, 1 << 20)
BLOBS = (0, 4096, 1 << 20, 64 << 20)
PERCENTILES = ("p50", "p90", "p99", "p99.9")


@dataclasses.dataclass
class Bars:
    """Cases beside one another. What is in the record beside those named stands at the end."""

    title: str
    cases: list
    floor: str | None = None  # the case that the others are compared to
    unit: str = "ns"


@dataclasses.dataclass
class Curves:
    """How cases grow: `cases` has their names, each with {} where the points on the x axis stand."""

    title: str
    cases: list
    xs: tuple
    axis: str  # "in flight", "size" or "percentile"
    unit: str = "ns"


@dataclasses.dataclass
class Section:
    id: str
    title: str
    sentence: str
    parts: list


def cases(start, whos):
    return [start + who for who in whos.split()]


def by_size(title, start, whos, sizes, floor=None, unit="ns"):
    """A panel of bars for each size."""
    for size in sizes:
        base = f"{start}{size}/"
        yield Bars(f"{title}, {units.size(size)}", cases(base, whos), floor and base + floor, unit)


def calls():
    sentence = "A number in, a number out; and the same of an object that C++ holds. The floor is a C++ call that is not inlined."
    floor = "scalar/cpp_call"
    return Section("calls", "A call", sentence, [
        Bars("Scalar", cases("scalar/", "cpp_call cpp_virtual c_abi cxx tombolo"), floor),
        Bars("Method of a handle", [floor, *cases("method/", "cxx tombolo")], floor),
        Bars("A struct by value", cases("struct/", "cpp_call cxx"), "struct/cpp_call"),
        Bars("100 items into Rust", cases("batch_in/100/", "single_calls one_call"), "batch_in/100/single_calls"),
        Bars("100 items out of Rust", cases("batch_out/100/", "single_calls one_call in_place"), "batch_out/100/single_calls"),
        Bars("A reference counted, and given back", cases("refcount/", "shared_ptr rust_arc tombolo_bytes"), "refcount/shared_ptr"),
        Bars("Rust calls a C++ function", cases("callback/", "cxx_function cxx_method"))])


def failures():
    return Section("failures", "Success, error, panic", "What a function that may fail costs, by how it fails.", [
        Bars("Each against success of plain C++",
             [*cases("success/", "cpp cxx tombolo"), *cases("error/", "tombolo tombolo_exception cpp_exception cxx_exception"),
              "panic/tombolo"], "success/cpp")])


def data():
    into = [*by_size("Bytes into Rust", "bytes_in/", "cpp cxx_slice cxx_vec tombolo", (4096,), "cpp")]
    out = [*by_size("Bytes out of Rust", "bytes_out/", "cxx_vec cxx_fill tombolo", (4096,), "cxx_vec")]
    text = [*by_size("Text into Rust", "text_in/", "cxx_str tombolo", (4096,), "cxx_str"),
            *by_size("Text out of Rust", "text_out/", "cxx_string cxx_std_string", (4096,))]
    curves = [Curves("Bytes into Rust, by size", cases("bytes_in/{}/", "cpp cxx_slice cxx_vec tombolo"), SIZES, "size"),
              Curves("Bytes out of Rust, by size", cases("bytes_out/{}/", "cxx_vec cxx_fill tombolo"), SIZES, "size"),
              Curves("Text into Rust, by size", cases("text_in/{}/", "cxx_str tombolo"), SIZES, "size"),
              Curves("Text out of Rust, by size", cases("text_out/{}/", "cxx_string cxx_std_string"), SIZES, "size")]
    sentence = ("By size, each axis logarithmic: a copy rises, a view does not. Text is checked for UTF-8 on its way in, and that "
                "reads all of it. A slice of cxx is valid for the call; what Tombolo brings over may be kept.")
    return Section("data", "Bytes and text", sentence, curves + into + out + text)


def ready():
    whos = "tokio co_await wait then start future asio error_wait never_started std_promise cxx_async"
    return Section("ready", "An operation that is ready at once",
                   "By each way to consume it. The floor is tokio alone: a task is spawned and awaited.", [
                       Bars("Ready at once", cases("ready/1/", whos), "ready/1/tokio"),
                       Bars("Of a stream; with an event of the core",
                            ["ready/1/tokio", "stream/1/co_await", *cases("event/1/", "nobody_listens heard")], "ready/1/tokio")])


def hops():
    everywhere = "tokio co_await then start future asio on_worker std_promise unix_socket"
    whos = {1: everywhere + " cxx_async cxx_async_stays grpc", 64: everywhere + " cxx_async cxx_async_stays grpc", 1024: everywhere}
    parts = [Curves("A hop, by how many are in flight",
                    cases("hop/{}/", "tokio co_await on_worker std_promise cxx_async unix_socket grpc"), WIDTHS, "in flight"),
             Curves("Ready on a worker, by how many are in flight", cases("worker/{}/", "tokio co_await"), WIDTHS, "in flight")]
    parts += [Bars(f"A hop, {width:,} in flight", cases(f"hop/{width}/", whos[width]), f"hop/{width}/tokio") for width in WIDTHS]
    parts += [Bars("Rust calls a handler in C++, 1 and 64 at a time", ["handler/1/tombolo", "handler/64/tombolo"]),
              Bars("One in flight that never ends: cancelled", cases("cancel/1/", "dropped cancelled cancelled_on_worker")),
              Bars("1,024 timers of a millisecond", cases("timer/1024/", "tokio then"), "timer/1024/tokio")]
    sentence = ("Another task, on a thread of its own, answers: time an operation. With one in flight a thread must be woken each way, "
                "whatever the design; with more, wake-ups are shared. The floor is tokio alone, which spawns a task, awaits it, and "
                "need not come back to a loop of C++.")
    return Section("hops", "An operation that another task answers", sentence, parts)


def latencies():
    whos = "tokio co_await on_worker cxx_async unix_socket grpc"
    parts = [Curves(f"{width:,} in flight", cases(f"latency/{width}/", " ".join(f"{who}/{{}}" for who in whos.split())),
                    PERCENTILES, "percentile", "us") for width in WIDTHS]
    parts.append(Curves("How late a deadline of 20 ms is", ["lateness/1/caller/{}", "lateness/1/worker/{}"], PERCENTILES, "percentile", "us"))
    sentence = ("Of the same hop, from start to answer: half of all took at most p50, one of a hundred more than p99. The more are in "
                "flight, the longer each waits for its turn.")
    return Section("latencies", "Percentiles of latency", sentence, parts)


def blobs(id, kind, title, sentence, kinds, whos, floor):
    """Curves by size, and bars of each size, of a store in memory or in a folder."""
    parts = []
    for name, how in kinds:
        its = whos if name == "get" else whos.replace(" cpp_ifstream", "").replace(" tombolo_wait", "")
        parts.append(Curves(f"{how}, by size", cases(f"{name}/{kind}/{{}}/", its), BLOBS[1:], "size"))
        parts += by_size(how, f"{name}/{kind}/", its, BLOBS, floor)
    return Section(id, title, sentence, parts)


def memory():
    return blobs("memory", "memory", "Blobs in memory", "Through the C++ face against the Rust API alone: nothing is copied on a get.",
                 [("get", "Get"), ("put", "Put")], "rust tombolo tombolo_wait", "rust")


def folder():
    kinds = [("get", "Get, cached"), ("put", "Put, not synced"), ("put_synced", "Put, synced")]
    section = blobs("folder", "folder", "Blobs in a folder",
                    "Through the C++ face against the Rust API alone and against plain C++ on the same file system: open and read; "
                    "write to a temporary file and rename. A put of Tombolo's also writes its attributes and takes a lock.",
                    kinds, "cpp cpp_ifstream rust tombolo tombolo_wait", "cpp")
    new = [*by_size("Put of a new name, not synced", "put_new/folder/", "cpp rust tombolo", BLOBS[:2], "cpp"),
           *by_size("Put of a new name, synced", "put_new_synced/folder/", "cpp rust tombolo", BLOBS[1:2], "cpp")]
    rest = [Bars("A list of 10,000 keys", cases("list/folder/10000/", "cpp rust tombolo"), "list/folder/10000/cpp")]
    rest += [Bars(f"256 MiB {how} as a stream", cases(f"stream_{way}/folder/268435456/", "rust tombolo"), f"stream_{way}/folder/268435456/rust")
             for way, how in (("in", "written"), ("out", "read"))]
    rest.append(Bars("Memory in which 1 GiB is streamed, in and out", cases("streaming_peak/1073741824/", "in out"), unit="bytes"))
    section.parts += new + rest
    return section


def uncached():
    parts = []
    for size, name in ((4096, "4 KiB"), (64 << 10, "64 KiB")):
        for width in (1, 16, 64):
            start = f"{size}/{width}/"
            for case, what in (("uncached", ""), ("uncached_cpu", ": CPU")):
                parts.append(Bars(f"{name}, {width} in flight{what}",
                                  cases(f"{case}/{start}", "pool io_uring_thread io_uring_asker io_uring_loop"), f"{case}/{start}pool"))
    return Section("uncached", "Reads that are not cached",
                   "Without Tombolo: by a pool of threads that block, as its folder store reads what is not in the page cache, and by "
                   "io_uring, on a thread of its own, submitted by whoever asks, or in a loop that does nothing else. See "
                   "docs/decisions/0024.", parts)


def service():
    parts = []
    for case, what in (("get/4096", "Gets of 4 KiB"), (f"get/{1 << 20}", "Gets of 1 MiB"), ("put/4096", "Puts of 4 KiB, not synced"),
                       ("put_durable/4096", "Puts of 4 KiB, synced")):
        parts += [Bars(f"{what}: requests a second (more is better)", cases(f"service/{case}/", "filesystem tombolo"),
                       f"service/{case}/filesystem", "1/s"),
                  Bars(f"{what}: CPU a request", cases(f"service_cpu/{case}/", "filesystem tombolo"),
                       f"service_cpu/{case}/filesystem", "us"),
                  Curves(f"{what}: latency", cases(f"service_latency/{case}/", "filesystem/{} tombolo/{}"), PERCENTILES,
                         "percentile", "us")]
    return Section("service", "The artifact cache",
                   "The example service on its plain C++ store and on Tombolo, at equal durability, under wrk, which has a processor "
                   "to itself. What is got is in the page cache; what is put is new.", parts)


def clouds():
    whos = "socket rust object_store object_store_mt tombolo_one tombolo arrow"
    kinds = (("cloud_cpu", "CPU of the client"), ("cloud", "time"))
    parts = []
    for service, name in (("s3", "S3"), ("azure", "Azure")):
        for work, how in (("get", "Get"), ("put", "Put")):
            for kind, what in kinds:
                start = f"{kind}/{service}_{work}/4096/"
                parts.append(Curves(f"{how} of 4 KiB, {name}: {what}", cases(f"{start}{{}}/", whos), IN_FLIGHT, "in flight"))
                if kind == "cloud_cpu":
                    parts.append(Bars(f"{how} of 4 KiB, {name}, 16 in flight: {what}", cases(f"{start}16/", whos), f"{start}16/socket"))
    large = [("s3_list/10000", "A list of 10,000 keys, S3"), ("azure_list/10000", "A list of 10,000 keys, Azure")]
    large += [(f"s3_{work}/{64 << 20}", f"64 MiB, S3: {how}") for work, how in (
        ("get", "a get into new memory"), ("get_into", "a get into memory used again"), ("get_stream", "a get as a stream"), ("put", "a put"))]
    for case, how in large:
        for kind, what in kinds:
            parts.append(Bars(f"{how}: {what}", cases(f"{kind}/{case}/1/", whos), f"{kind}/{case}/1/socket"))
    real = "rust object_store tombolo arrow"
    for server, name in (("azurite", "Azurite"), ("seaweedfs", "SeaweedFS")):
        for work, how in (("get", "Get"), ("put", "Put")):
            for kind, what in kinds:
                parts.append(Bars(f"{how} of 4 KiB, 16 in flight, {name}: {what}", cases(f"{kind}/{server}_{work}/4096/16/", real)))
    return Section("clouds", "Clouds: what an operation costs its client",
                   "Each client asks one fast server, which answers the services' protocols from memory, over plain HTTP; requests are "
                   "signed but for those of the raw socket, the limit. CPU is that of the client's process, the kernel's for it "
                   "included. Tombolo is on its default runtime, of two workers, and on one of a single worker; object_store is on a current-thread runtime, and on one of two threads; Arrow's calls block, so that 16 in "
                   "flight are 16 threads. The emulators, Azurite and SeaweedFS, are slower than any client.", parts)


def footprint():
    sizes = Bars("Added to a stripped program", cases("footprint/size/", "lean lean_gc full full_gc"), unit="bytes")
    return Section("footprint", "What linking Tombolo costs",
                   "Build time, by compilers that remember nothing; bytes added to a stripped program, also where the linker collects "
                   "what nothing refers to; from start to end of an empty program, of one that links Tombolo, and of one that puts and "
                   "gets a blob. Lean is with the store in memory alone.", [
                       Bars("Build from nothing", cases("footprint/build_clean/", "cargo cpp"), unit="s"),
                       Bars("Build after a change", cases("footprint/build_incremental/", "bridge_file cpp_file"), unit="s"),
                       sizes,
                       Bars("Start-up", cases("footprint/startup/", "empty linked first_operations"), "footprint/startup/empty", "us"),
                       Bars("Instructions of the same", cases("footprint/startup_instructions/", "empty linked first_operations"),
                            "footprint/startup_instructions/empty", "count"),
                       Bars("Crates from elsewhere that are linked", cases("footprint/crates/", "lean full"), unit="count")])


def named(wanted):
    """The cases that these sections name for their bars."""
    return {case for section in wanted for part in section.parts if isinstance(part, Bars) for case in part.cases}


def sections():
    return [calls(), failures(), data(), ready(), hops(), latencies(), memory(), folder(), uncached(), service(), clouds(), footprint()]
