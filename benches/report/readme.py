"""The table of README.md and of the demo, and where it stands."""

import re

import units

FLOOR = "ready/1/tokio"
ROWS = [
    ("C++ call, not inlined", "scalar/cpp_call"),
    ("cxx call into Rust", "scalar/cxx"),
    ("the same, with panics contained", "scalar/tombolo"),
    ("an error as a value", "error/tombolo"),
    ("the same thrown by `value()`", "error/tombolo_exception"),
    ("1 MiB of bytes into Rust", "bytes_in/1048576/tombolo"),
    ("async, ready at once: `co_await`", "ready/1/co_await"),
    ("async, ready at once: `wait()`", "ready/1/wait"),
    ("async, ready at once: `then`", "ready/1/then"),
    ("4 KiB from a store in memory: `co_await`", "get/memory/4096/tombolo"),
    ("another task answers: `co_await`, 1 in flight", "hop/1/co_await"),
    ("another task answers: `co_await`, 64 in flight", "hop/64/co_await"),
    ("another task answers: `co_await`, 1,024 in flight", "hop/1024/co_await"),
    ("ready on a worker: `co_await`, 64 in flight", "worker/64/co_await"),
    ("Rust calls a C++ handler, 64 at a time", "handler/64/tombolo"),
    ("tokio alone: spawn and await", FLOOR),
    ("tokio alone: another task answers, 64 in flight", "hop/64/tokio"),
]
MARKED = re.compile(r"(<!-- from the record -->\n).*?(<!-- to here -->)", re.S)


def table(record):
    """In Markdown."""
    lines = ["| what | ns | times tokio's spawn and await |", "|---|---:|---:|"]
    for name, case in ROWS:
        ns, ratio = record.value(case), record.ratio(case, FLOOR)
        here = "not measured | " if ns is None else f"{units.number(ns)} | {'' if ratio is None else units.number(ratio)}"
        lines.append(f"| {name} | {here} |")
    return "\n".join(lines) + "\n"


def block(record):
    """The table, and where it comes from."""
    machine = record.data["machine"]
    cores = f"{machine['cores']} {'' if machine['hypervisor'] == 'none' else 'virtual '}cores"
    where = (f"Nanoseconds an operation, from the run of {record.data['when'][:10]} on {cores}, {machine['cpu']}"
             f" ({machine['distribution']}, {machine['c++']}, rustc {machine['rustc']}); read the ratios, taken round by round:")
    return f"{where}\n\n{table(record)}"


def renewed(text, record):
    """README.md with the block of this record."""
    done, found = MARKED.subn(lambda at: at[1] + block(record) + at[2], text)
    if found != 1:
        raise ValueError(f"README.md has {found} blocks from the record, and is to have one")
    return done
