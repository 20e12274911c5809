"""Quantities as a person reads them: `1.05 µs`, `64 MiB`, `21,300 /s`."""

NANOSECONDS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
TIMES = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))
BYTES = ((1e9, "GB"), (1e6, "MB"), (1e3, "KB"), (1, "B"))
POWERS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B"))


def number(value):
    """Three digits that count, and thousands apart."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{float(f'{value:.3g}'):g}"


def scaled(value, steps):
    # What three digits round up to the next unit is told in that unit.
    value = float(f"{value:.3g}")
    for size, name in steps:
        if value >= size:
            return f"{number(value / size)} {name}"
    return f"{number(value)} {steps[-1][1]}"


def text(value, unit):
    """A value of a record with its unit."""
    if unit in NANOSECONDS:
        return scaled(value * NANOSECONDS[unit], TIMES)
    if unit == "bytes":
        return scaled(value, BYTES)
    if unit == "1/s":
        return f"{number(value)} /s"
    if unit == "count":
        return number(value)
    return f"{number(value)} {unit}"


def times(ratio):
    return f"{number(ratio)} ×"


def size(in_bytes):
    """A parameter of a case, in powers of two."""
    unit, name = next(((unit, name) for unit, name in POWERS if in_bytes >= unit), POWERS[-1])
    return f"{number(in_bytes / unit)} {name}"
