"""The report of one record as parts: sections of plots with their tables, the figures to reach, what was counted, what
was not told elsewhere, and what is missing. Markdown and the page only put them down."""

import dataclasses

import curves
import layout
import names
import plots
import targets
import units

COUNTED = ("instructions", "allocations")


@dataclasses.dataclass
class Table:
    head: list
    rows: list  # of texts; the first of each is what the row is about
    numbers: set  # the columns that are numbers


@dataclasses.dataclass
class Plot:
    title: str
    svg: str
    table: Table


@dataclasses.dataclass
class Section:
    id: str
    title: str
    sentence: str
    plots: list


@dataclasses.dataclass
class Goal:
    target: targets.Target
    reason: str


class Content:
    def __init__(self, record, reasons):
        strangers = set(reasons) - set(targets.known_ids())
        if strangers:
            raise ValueError(f"reasons.json has a reason for {sorted(strangers)}, and there is no such figure")
        self.record = record
        self.shown = set()
        self.missing = []
        self.goals = [Goal(target, reason_of(target, reasons)) for target in targets.of(record)]
        wanted = layout.sections()
        self.named = layout.named(wanted)
        self.sections = list(self.filled(wanted))

    def filled(self, wanted):
        for section in wanted:
            makers = {layout.Bars: self.bars, layout.Curves: self.curves}
            # Curves first: beside one another they leave no gaps, and they tell most.
            parts = sorted(section.parts, key=lambda part: isinstance(part, layout.Bars))
            drawn = [plot for part in parts if (plot := makers[type(part)](part))]
            if drawn:
                yield Section(section.id, section.title, section.sentence, drawn)

    def bars(self, part):
        """None where nothing of it was measured."""
        rows = [bar for case in self.all_of(part) if (bar := self.bar(case, part))]
        if not rows:
            return None
        return Plot(part.title, plots.bars(part.title, rows, part.unit), bars_table(rows, part.unit))

    def all_of(self, part):
        """The cases that are named, and those of the same group that are named nowhere."""
        groups = {group_of(case) for case in part.cases if case != part.floor}
        return part.cases + [case for case in self.record.cases(part.unit) if group_of(case) in groups and case not in self.named]

    def bar(self, case, part):
        figure = self.record.figures.get((case, part.unit))
        if figure is None:
            self.missing.append(case)
            return None
        self.shown.add((case, part.unit))
        role = "floor" if case == part.floor else "ours" if names.ours(case) else "other"
        ratio = self.record.ratio(case, part.floor, part.unit) if part.floor else None
        return plots.Bar(names.of(case), role, figure["value"], ratio, figure.get("low"), figure.get("high"))

    def curves(self, part):
        """None where not one of its curves has two points."""
        drawn = [curve for case in part.cases if (curve := self.curve(case, part))]
        if not drawn:
            self.missing += [case.format(f"({'|'.join(map(str, part.xs))})") for case in part.cases]
            return None
        table = curves_table(drawn, part)
        return Plot(part.title, curves.drawn(part.title, drawn, part.axis, part.unit), table)

    def curve(self, case, part):
        points = [(x, value) for x in part.xs if (value := self.record.value(case.format(x), part.unit)) is not None]
        if len(points) < 2:
            return None
        self.shown |= {(case.format(x), part.unit) for x, _ in points}
        named = case.removesuffix("/{}")
        return curves.Curve(names.of(named), names.ours(named), points)

    def counts(self):
        """Instructions and allocations of an operation of each case."""
        cases = sorted({case for unit in COUNTED for case in self.record.cases(unit)}, key=by_parts)
        rows = [[case, *(number_or_nothing(self.record.value(case, unit)) for unit in COUNTED)] for case in cases]
        return Table(["case", *COUNTED], rows, {1, 2})

    def others(self):
        """What the record has and nothing else shows."""
        rest = [(case, unit, figure) for (case, unit), figure in self.record.figures.items()
                if unit not in COUNTED and (case, unit) not in self.shown]
        return Table(["figure", "value"], [[case, units.text(figure["value"], unit)] for case, unit, figure in rest], {1})

    def machine(self):
        return Table(["", ""], [[key, str(value)] for key, value in self.record.data["machine"].items()], set())

    def groups(self):
        """The groups: number, title, what of it is to be reached."""
        for group, title in targets.GROUPS.items():
            yield group, title, [goal for goal in self.goals if goal.target.group == group]

    def summary(self, goals=None):
        """How many of the figures are reached."""
        verdicts = [goal.target.verdict for goal in goals or self.goals]
        return {verdict: verdicts.count(verdict) for verdict in ("reached", "missed", "not measured")}


def reason_of(target, reasons):
    """Beside a figure that is not reached."""
    if target.missing:
        return "missing: " + ", ".join(f"`{case}`" for case in target.missing)
    return "" if target.met else reasons.get(target.id, "no reason is given yet")


def by_parts(case):
    """To sort by: numbers in a name by their value."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in case.split("/")]


def group_of(case):
    return case.rsplit("/", 1)[0]


def number_or_nothing(value):
    return "" if value is None else units.number(value)


def bars_table(rows, unit):
    with_range = any(bar.low != bar.high for bar in rows)
    with_floor = any(bar.times is not None for bar in rows)
    head = ["who", "value"] + ["by round"] * with_range + ["times the floor"] * with_floor
    body = []
    for bar in rows:
        cells = [bar.name, units.text(bar.value, unit)]
        if with_range:
            cells.append("" if bar.low is None else f"{units.text(bar.low, unit)} to {units.text(bar.high, unit)}")
        if with_floor:
            cells.append("floor" if bar.role == "floor" else number_or_nothing(bar.times))
        body.append(cells)
    return Table(head, body, set(range(1, len(head))))


def curves_table(drawn, part):
    xs = [x for x in part.xs if any(x == its for curve in drawn for its, _ in curve.points)]
    body = []
    for curve in drawn:
        values = dict(curve.points)
        body.append([curve.name, *(units.text(values[x], part.unit) if x in values else "" for x in xs)])
    return Table([part.axis, *(curves.name_of(x, part.axis) for x in xs)], body, set(range(1, len(xs) + 1)))
