"""The report as Markdown."""


def cell(text):
    return text.replace("|", "\\|")


def table(it):
    lines = [f"| {' | '.join(it.head)} |", "|" + "|".join("---:" if i in it.numbers else "---" for i in range(len(it.head))) + "|"]
    return lines + [f"| {' | '.join(map(cell, row))} |" for row in it.rows]


def goals(content):
    lines = ["| | what | goal | here | | |", "|---:|---|---|---:|---|---|"]
    for goal in content.goals:
        it = goal.target
        lines.append(f"| {it.group} | {cell(it.what)} | {it.goal} | {it.shown} | {verdict(it)} | {cell(goal.reason)} |")
    return lines


def verdict(target):
    return target.verdict if target.met or target.value is None else f"**{target.verdict}**"


def when(data):
    quick = ", a quick one" if data["quick"] else ""
    return f"One run{quick}, of {data['when']}, at commit {data['commit']}."


def told(summary):
    return ", ".join(f"{number} {verdict}" for verdict, number in summary.items() if number)


def sections(content):
    for section in content.sections:
        yield from ("", f"## {section.title}", "", section.sentence)
        for plot in section.plots:
            yield from ("", f"**{plot.title}**", "", *table(plot.table))


def rest(content):
    yield from ("", "## Instructions and allocations", "",
                "An operation's. Instructions are not counted where several threads take part.", "", *table(content.counts()))
    others = content.others()
    if others.rows:
        yield from ("", "## Also measured", "", *table(others))
    if content.missing:
        yield from ("", "## Missing", "", "Not in this record: " + ", ".join(f"`{case}`" for case in content.missing) + ".")


def report(content):
    lines = ["# What a crossing costs", "", when(content.record.data) + " Read ratios: the times are those of this machine. A ratio is the "
             "median of each round's, not that of the medians. The page beside this, `benchmarks.html`, has the same as plots.", "", *table(content.machine()), "",
             "## The figures to reach", "",
             f"As ratios within this run, taken round by round, the median of the rounds: {told(content.summary())}. That no call "
             "instruction is left with LTO is a test.", "", *goals(content), *sections(content), *rest(content)]
    return "\n".join(lines) + "\n"
