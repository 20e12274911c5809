"""Curves as inline SVG: how something grows, over a logarithmic axis of time."""

import dataclasses
import html
import math

import units
from plots import WIDTH, decades, line, plain, svg, text

LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 62, WIDTH - 172, 12, 250, 292
KEY_ROW = 17
# Ours and all others have colours of their own (those of Okabe and Ito, which most eyes tell apart), and each a shape.
OURS = ("ours-1", "ours-2", "ours-3")
OTHERS = ("other-1", "other-2", "other-3", "other-4", "other-5")


@dataclasses.dataclass
class Curve:
    name: str
    ours: bool
    points: list  # of (x, y), in the order of x


def marker(shape, x, y, css, title=""):
    """One of six shapes."""
    inside = f"<title>{html.escape(title)}</title>" if title else ""
    r = 4.2
    polygons = [
        [(-r, -r), (r, -r), (r, r), (-r, r)],
        [(0, -r * 1.3), (r * 1.2, r), (-r * 1.2, r)],
        [(0, -r * 1.4), (r * 1.4, 0), (0, r * 1.4), (-r * 1.4, 0)],
        [(0, r * 1.3), (r * 1.2, -r), (-r * 1.2, -r)],
        [(-r, -r * 0.5), (0, -r * 1.3), (r, -r * 0.5), (r, r), (-r, r)],
    ]
    if shape % 6 == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}" class="mark {css}">{inside}</circle>'
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in polygons[shape % 6 - 1])
    return f'<polygon points="{points}" class="mark {css}">{inside}</polygon>'


def place(x, axis):
    """Where a parameter stands on its axis: by its logarithm; a percentile by how rare what is beyond is."""
    if axis == "percentile":
        return -math.log10(1 - float(x.removeprefix("p")) / 100)
    return math.log10(x)


def name_of(x, axis):
    if axis == "size":
        return units.size(x)
    return x if axis == "percentile" else units.number(x)


def classes(curves):
    """A class of colour for each curve."""
    ours, others = iter(OURS * 9), iter(OTHERS * 9)
    return [next(ours if curve.ours else others) for curve in curves]


def spread(wanted, least, bottom):
    """Where names stand that are to be beside `wanted`, which ascend: `least` apart and none below `bottom`."""
    at = []
    for y in wanted:
        at.append(max(y, at[-1] + least) if at else y)
    for i in reversed(range(len(at))):
        limit = bottom if i == len(at) - 1 else at[i + 1] - least
        at[i] = min(at[i], limit)
    return at


class Axes:
    def __init__(self, curves, axis, unit):
        self.axis, self.unit = axis, unit
        points = [point for curve in curves for point in curve.points]
        self.xs = sorted({x for x, _ in points}, key=lambda x: place(x, axis))
        ys = [y for _, y in points if y > 0] or [1]
        self.low, self.high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))
        self.high = max(self.high, self.low + 1)

    def x(self, x):
        first, last = place(self.xs[0], self.axis), place(self.xs[-1], self.axis)
        return LEFT + (RIGHT - LEFT) * (place(x, self.axis) - first) / ((last - first) or 1)

    def y(self, y):
        share = (math.log10(max(y, 10**self.low)) - self.low) / (self.high - self.low)
        return BOTTOM - (BOTTOM - TOP) * share

    def drawn(self):
        powers, step = decades(self.low, self.high)
        for i, power in enumerate(powers):
            y = self.y(10**power)
            yield line(LEFT, y, RIGHT, y, "grid")
            if i % step == 0:
                yield text(LEFT - 8, y + 4, units.text(10**power, self.unit), "end", "note")
        for x in self.xs:
            yield line(self.x(x), BOTTOM, self.x(x), BOTTOM + 4, "grid")
            yield text(self.x(x), BOTTOM + 18, name_of(x, self.axis), "middle", "note")
        scales = "both axes logarithmic" if self.axis != "percentile" else "time logarithmic"
        yield text((LEFT + RIGHT) / 2, HEIGHT - 6, f"{self.axis}; {scales}", "middle", "note")


def curve_drawn(curve, css, shape, axes):
    path = " ".join(f"{axes.x(x):.1f},{axes.y(y):.1f}" for x, y in curve.points)
    yield f'<polyline points="{path}" class="curve {css}"/>'
    for x, y in curve.points:
        said = f"{plain(curve.name)}, {name_of(x, axes.axis)}: {units.text(y, axes.unit)}"
        yield marker(shape, axes.x(x), axes.y(y), css, said)


def key(curves, colours, axes):
    """Names beside the ends of their curves, moved apart where they would lie over one another."""
    order = sorted(range(len(curves)), key=lambda i: axes.y(curves[i].points[-1][1]))
    wanted = [axes.y(curves[i].points[-1][1]) for i in order]
    for i, y in zip(order, spread(wanted, KEY_ROW, BOTTOM)):
        yield line(RIGHT + 10, y, RIGHT + 30, y, f"curve {colours[i]}")
        yield marker(i, RIGHT + 20, y, colours[i])
        yield text(RIGHT + 36, y + 4, curves[i].name, css="name ours" if curves[i].ours else "name")


def drawn(title, curves, axis, unit):
    axes, colours = Axes(curves, axis, unit), classes(curves)
    body = list(axes.drawn())
    for shape, (curve, css) in enumerate(zip(curves, colours)):
        body += curve_drawn(curve, css, shape, axes)
    body += key(curves, colours, axes)
    return svg(HEIGHT, title, body)
