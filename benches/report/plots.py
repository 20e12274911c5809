"""Plots as inline SVG: what bars and curves share, and the bars."""

import dataclasses
import html
import math

import units

WIDTH = 560
LABELS = 176  # of which the names of bars take as many
VALUES = 128  # behind the longest bar
ROW = 26
LOGARITHMIC = 50  # from this ratio on between the largest and the smallest


@dataclasses.dataclass
class Bar:
    name: str
    role: str  # ours, floor or other: what is compared
    value: float
    times: float | None = None  # the floor's
    low: float | None = None
    high: float | None = None


def plain(name):
    """Markdown's marks are none of SVG's."""
    return name.replace("`", "")


def text(x, y, what, anchor="start", css=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{css}">{html.escape(plain(what))}</text>'


def line(x1, y1, x2, y2, css):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{css}"/>'


def svg(height, title, body):
    return (f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{html.escape(plain(title))}">{"".join(body)}</svg>')


def decades(low, high, most=6):
    """The powers of ten from one to the other, and how many of them stand between two that are named."""
    return range(low, high + 1), max(1, math.ceil((high - low + 1) / most))


class Scale:
    """Where a value stands: from `left`, `room` wide at most. Logarithmic where values are decades apart."""

    def __init__(self, values, left, room):
        self.left, self.room = left, room
        above_zero = [value for value in values if value > 0] or [1]
        self.top = max(above_zero)
        self.logarithmic = self.top / min(above_zero) > LOGARITHMIC
        # A little less than the smallest, so that its bar can be seen.
        self.low = math.floor(math.log10(min(above_zero) * 0.8))

    def at(self, value):
        if not self.logarithmic:
            return self.left + self.room * value / self.top
        if value <= 0:
            return self.left
        share = (math.log10(value) - self.low) / (math.log10(self.top) - self.low)
        return self.left + self.room * max(share, 0)

    def grid(self, bottom, unit):
        """Of a logarithmic scale: a line for each power of ten."""
        powers, step = decades(self.low, math.floor(math.log10(self.top)), 4)
        for i, power in enumerate(powers):
            x = self.at(10**power)
            yield line(x, 2, x, bottom, "grid")
            if i % step == 0:
                yield text(x, bottom + 15, units.text(10**power, unit), "middle", "note")
        yield text(8, bottom + 15, "logarithmic", css="note")


def described(bar, unit):
    """For who points at the bar."""
    said = f"{plain(bar.name)}: {units.text(bar.value, unit)}"
    if bar.low is not None and bar.high is not None and bar.low != bar.high:
        said += f", {units.text(bar.low, unit)} to {units.text(bar.high, unit)} by round"
    return said + (f"; {units.times(bar.times)} the floor" if bar.times is not None else "")


def bars(title, rows, unit):
    scale = Scale([bar.value for bar in rows], LABELS, WIDTH - LABELS - VALUES)
    bottom = ROW * len(rows) + 4
    body = list(scale.grid(bottom, unit)) if scale.logarithmic else []
    for i, bar in enumerate(rows):
        y = ROW * i + 5
        end = max(scale.at(bar.value), LABELS + 1.5)
        body.append(text(LABELS - 8, y + 14, bar.name, "end", f"name {bar.role}"))
        body.append(f'<rect x="{LABELS}" y="{y}" width="{end - LABELS:.1f}" height="18" rx="2" class="bar {bar.role}">'
                    f"<title>{html.escape(described(bar, unit))}</title></rect>")
        if bar.low is not None and bar.high is not None:
            # Of rounds that were disturbed, the worst may lie outside.
            slowest = min(scale.at(bar.high), WIDTH - VALUES)
            body.append(line(scale.at(bar.low), y + 9, slowest, y + 9, "range"))
            end = max(end, slowest)
        ratio = "" if bar.times is None else "  floor" if bar.role == "floor" else f"  {units.times(bar.times)}"
        body.append(text(end + 6, y + 14, f"{units.text(bar.value, unit)}{ratio}", css="value"))
    return svg(bottom + (22 if scale.logarithmic else 2), title, body)
