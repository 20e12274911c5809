"""Tombolo in gdb: `source tombolo-gdb.py`.

`tombolo operations` prints the operations in flight. `bt` leaves out what Rust's std and crates of
others do between the frames that matter, and the types in the names of functions; `bt -no-filters`
shows everything.
"""

import re

import gdb
from gdb.FrameDecorator import FrameDecorator

PRINT = "print_operations_in_flight()"
# Rust's own library, as it was compiled or where its source is installed; crates; the catching of panics.
NOT_OURS = re.compile(
    r"^(/rustc/|library/(std|core|alloc)/)|/rustlib/src/|/registry/src/|/vendor/"
)
CATCHES = re.compile(r"rust/core/src/panic\.rs$")


class TomboloCommand(gdb.Command):
    """Look into Tombolo: tombolo operations"""

    def __init__(self):
        super().__init__("tombolo", gdb.COMMAND_STATUS, prefix=True)


class OperationsCommand(gdb.Command):
    """Print the operations in flight: name, phase, age, time left, and where it is polled.

    Asks the stopped process, which must be alive: a core file cannot answer."""

    def __init__(self):
        super().__init__("tombolo operations", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        found = gdb.execute(r"info functions -q ^tombolo::v[0-9_]*::print_oper", to_string=True)
        names = set(re.findall(r"tombolo::v\w+::" + re.escape(PRINT), found))
        if not names:
            raise gdb.GdbError("Tombolo is not in this process, or its symbols are stripped.")
        for name in sorted(names):
            gdb.execute(f"with language c++ -- call (void){name}")


def plain(name):
    """A function's name without the types between angle brackets, and without Rust's hash."""
    name = re.sub(r"::h[0-9a-f]{16}$", "", name)
    if name.startswith("<") or "operator<" in name:
        return name
    previous = None
    while name != previous:
        previous, name = name, re.sub(r"<[^<>]*>", "", name.replace("->", "-\0"))
    return name.replace("-\0", "->")


class Frame(FrameDecorator):
    def function(self):
        name = self.inferior_frame().name()
        return plain(name) if name else super().function()

    def frame_args(self):
        return None if is_rust(self.inferior_frame()) else super().frame_args()


def is_rust(frame):
    table = frame.find_sal().symtab
    return table is not None and table.filename.endswith(".rs")


def is_noise(decorator):
    table = decorator.inferior_frame().find_sal().symtab
    if table is None:
        return False
    return bool(NOT_OURS.search(table.filename) or CATCHES.search(table.filename))


class FrameFilter:
    def __init__(self):
        self.name, self.priority, self.enabled = "tombolo", 100, True
        gdb.frame_filters[self.name] = self

    def filter(self, frames):
        return (Frame(frame) for frame in frames if not is_noise(frame))


TomboloCommand()
OperationsCommand()
FrameFilter()
