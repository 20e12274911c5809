"""What the last part of a case's name, who does it, is called in the report, and on which side it stands."""

# Tombolo's ways to do what was asked; all others are floors or rivals.
OURS = {
    "tombolo": "Tombolo",
    "tombolo_wait": "Tombolo, `wait()`",
    "tombolo_one": "Tombolo, 1 worker",
    "tombolo_exception": "thrown by `value()`",
    "tombolo_bytes": "`tombolo::Bytes`",
    "co_await": "`co_await`",
    "wait": "`wait()`",
    "then": "`then`",
    "start": "`start`",
    "future": "`future`",
    "asio": "Asio",
    "on_worker": "on a worker",
    "error_wait": "an error, `wait()`",
    "never_started": "never started",
    "nobody_listens": "an event, no sink open",
    "heard": "an event, heard",
    "dropped": "handle destroyed",
    "cancelled": "cancelled",
    "cancelled_on_worker": "cancelled, on a worker",
    "caller": "on the caller",
    "worker": "on a worker",
}
OTHERS = {
    "cpp": "plain C++",
    "cpp_call": "C++ call, not inlined",
    "cpp_virtual": "C++ virtual call",
    "cpp_exception": "C++ exception",
    "cpp_ifstream": "C++, `std::ifstream`",
    "c_abi": "C ABI",
    "cxx": "cxx",
    "cxx_exception": "cxx exception",
    "cxx_slice": "cxx slice",
    "cxx_vec": "cxx `Vec<u8>`",
    "cxx_fill": "cxx, into a buffer",
    "cxx_str": "cxx `&str`",
    "cxx_string": "cxx `String`",
    "cxx_std_string": "cxx to `std::string`",
    "cxx_function": "cxx function",
    "cxx_method": "cxx method",
    "shared_ptr": "`std::shared_ptr`",
    "rust_arc": "Rust's `Arc`, by cxx",
    "one_call": "in one call",
    "in_place": "in one call, in place",
    "single_calls": "in single calls",
    "rust": "Rust alone",
    "tokio": "tokio alone",
    "std_promise": "`std::promise`",
    "cxx_async": "cxx-async",
    "cxx_async_stays": "cxx-async, no way back",
    "unix_socket": "unix socket",
    "grpc": "gRPC",
    "pool": "a pool of threads",
    "io_uring_thread": "io_uring's thread",
    "io_uring_asker": "io_uring, by the asker",
    "io_uring_loop": "io_uring, a loop alone",
    "filesystem": "plain C++ store",
    "empty": "empty program",
    "object_store": "object_store",
    "object_store_mt": "object_store, multi",
    "arrow": "Arrow C++",
    "socket": "raw socket",
}
# Where who does it says too little.
CASES = {
    "success/cpp": "success, plain C++",
    "success/cxx": "success, cxx",
    "success/tombolo": "success, Tombolo",
    "error/tombolo": "an error as a value",
    "panic/tombolo": "a panic, contained",
    "stream/1/co_await": "an item of a stream",
    "handler/1/tombolo": "1 at a time",
    "handler/64/tombolo": "64 at a time",
    "streaming_peak/1073741824/in": "written",
    "streaming_peak/1073741824/out": "read",
    "footprint/build_clean/cargo": "the Rust",
    "footprint/build_clean/cpp": "the C++",
    "footprint/build_incremental/bridge_file": "in the bridge",
    "footprint/build_incremental/cpp_file": "in the C++",
    "footprint/size/lean": "lean",
    "footprint/size/lean_gc": "lean, collected",
    "footprint/size/full": "full",
    "footprint/size/full_gc": "full, collected",
    "footprint/startup/linked": "linked, not used",
    "footprint/startup/first_operations": "a put and a get",
    "footprint/startup_instructions/linked": "linked, not used",
    "footprint/startup_instructions/first_operations": "a put and a get",
    "footprint/crates/lean": "lean",
    "footprint/crates/full": "full",
}
# So long a name may be beside a bar and beside a curve; what is longer would be cut off.
LONGEST, LONGEST_OF_CURVES = 23, 19


def who(case):
    return case.rsplit("/", 1)[-1]


def ours(case):
    return who(case) in OURS or case in CASES and not case.startswith("success/c")


def of(case):
    last = who(case)
    return CASES.get(case) or OURS.get(last) or OTHERS.get(last) or last.replace("_", " ")[:LONGEST]
