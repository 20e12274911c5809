"""A run's record: when and where it was, and one figure for each name and unit."""

import json
import statistics

SCHEMA = 1


class Record:
    def __init__(self, data):
        if data.get("schema") != SCHEMA:
            raise ValueError(f"the record is of schema {data.get('schema')}, and this reads {SCHEMA}")
        self.data = data
        self.figures = by_name(data["figures"])

    @classmethod
    def load(cls, path):
        return cls(json.loads(path.read_text()))

    def value(self, case, unit="ns"):
        """The figure's value, or None."""
        figure = self.figures.get((case, unit))
        return figure and figure["value"]

    def ratio(self, case, base, unit="ns"):
        """How many times `base` a case is: round by round where there are as many, since what disturbs
        the one disturbs the other; None if one of them is missing."""
        over, under = self.figures.get((case, unit)), self.figures.get((base, unit))
        if not over or not under:
            return None
        pairs = list(zip(over.get("rounds", []), under.get("rounds", [])))
        if not pairs or len(over["rounds"]) != len(under["rounds"]):
            pairs = [(over["value"], under["value"])]
        return statistics.median(a / b for a, b in pairs) if all(b for _, b in pairs) else None

    def cases(self, unit):
        return [case for case, its in self.figures if its == unit]


def by_name(figures):
    """(id, unit) -> figure; two of one name would leave open which of them is meant."""
    named = {}
    for figure in figures:
        name = (figure["id"], figure["unit"])
        if name in named:
            raise ValueError(f"{figure['id']} in {figure['unit']} is there twice")
        named[name] = figure
    return named


def dump(data):
    """As text, one figure a line, so that two records can be compared by eye."""
    head = {key: value for key, value in data.items() if key != "figures"}
    text = json.dumps(head, indent=2)[:-2]
    lines = ",\n".join("    " + json.dumps(rounded(figure)) for figure in data["figures"])
    return f'{text},\n  "figures": [\n{lines}\n  ]\n}}\n'


def rounded(figure):
    """With six digits: more of them are no knowledge."""
    def six(value):
        return float(f"{value:.6g}") if isinstance(value, float) else value

    return {key: [six(one) for one in value] if isinstance(value, list) else six(value) for key, value in figure.items()}


def newest(folder):
    """The path of the record that was made last; None if there is none."""
    paths = sorted(folder.glob("*.json"))
    return max(paths, key=lambda path: json.loads(path.read_text())["when"], default=None)
