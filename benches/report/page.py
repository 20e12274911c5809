"""The report as a page that needs nothing but itself."""

import html
import pathlib
import re

import markdown

STYLE = (pathlib.Path(__file__).parent / "page.css").read_text()


def marked(text):
    """Markdown's marks of code, in HTML."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text, quote=False))


def row(cells, numbers, css=""):
    head, *others = cells
    tds = "".join(f'<td{" class=n" if i in numbers else ""}>{marked(text)}</td>' for i, text in enumerate(others, 1))
    return f"<tr{css}><th scope=row>{marked(head)}</th>{tds}</tr>"


def heads(it):
    return "".join(f'<th scope=col{" class=n" if i in it.numbers else ""}>{marked(text)}</th>' for i, text in enumerate(it.head))


def table(it, caption):
    rows = "\n".join(row(cells, it.numbers) for cells in it.rows)
    return (f'<div class=wide><table><caption class=unseen>{marked(caption)}</caption><thead><tr>{heads(it)}</tr></thead>'
            f"<tbody>\n{rows}\n</tbody></table></div>")


MARKS = {"reached": "✓", "missed": "✗", "not measured": "–"}


def css_of(verdict):
    return verdict.replace(" ", "-")


def goal(it):
    target = it.target
    return (f'<tr id=figure-{target.id} class={css_of(target.verdict)}><th scope=row>{marked(target.what)}</th><td>{target.goal}</td>'
            f'<td class=n>{target.shown}</td><td class=verdict><span aria-hidden=true>{MARKS[target.verdict]}</span> '
            f"{target.verdict}</td><td class=reason>{marked(it.reason)}</td></tr>")


def tile(content, number, title, its):
    """One of the groups at a glance."""
    verdicts = content.summary(its)
    worst = next(verdict for verdict in ("missed", "not measured", "reached") if verdicts[verdict])
    return (f'<li class={css_of(worst)}><a href=#goal-{number}><b>{number}</b> {title}</a><span class=verdict>'
            f"<span aria-hidden=true>{MARKS[worst]}</span> {markdown.told(verdicts)}</span></li>")


def goals_of(number, title, its):
    rows = "\n".join(goal(it) for it in its)
    return (f'<tbody id=goal-{number}><tr><th colspan=5 scope=rowgroup><b>{number}</b> {title}</th></tr>\n{rows}\n</tbody>')


def goals(content):
    tiles = "".join(tile(content, *group) for group in content.groups())
    rows = "\n".join(goals_of(*group) for group in content.groups())
    head = "".join(f"<th scope=col>{text}</th>" for text in ("what", "goal", "here", "", "why not"))
    return (f"<section id=figures><h2>The figures to reach</h2><p>As ratios within this run, taken round by round, the median of the rounds: "
            f"{markdown.told(content.summary())}. That no call instruction is left with LTO is a test.</p>"
            f"<ol class=tiles>{tiles}</ol>"
            f"<div class=wide><table class=goals><thead><tr>{head}</tr></thead>\n{rows}\n</table></div></section>")


def plot(it):
    return (f"<figure><figcaption>{marked(it.title)}</figcaption>{it.svg}"
            f"<details><summary>as a table</summary>{table(it.table, it.title)}</details></figure>")


def section(it):
    figures = "\n".join(plot(one) for one in it.plots)
    return f"<section id={it.id}><h2>{marked(it.title)}</h2><p>{marked(it.sentence)}</p><div class=plots>\n{figures}\n</div></section>"


def rest(content):
    yield ("<section id=counts><h2>Instructions and allocations</h2><p>An operation’s. Instructions are not counted where several "
           f"threads take part.</p>{table(content.counts(), 'Instructions and allocations')}</section>")
    others = content.others()
    if others.rows:
        yield f"<section id=others><h2>Also measured</h2>{table(others, 'Also measured')}</section>"
    if content.missing:
        cases = ", ".join(f"<code>{html.escape(case)}</code>" for case in content.missing)
        yield f"<section id=missing><h2>Missing</h2><p>Not in this record: {cases}.</p></section>"


def machine(content):
    items = "".join(f"<div><dt>{html.escape(key)}</dt><dd>{html.escape(value)}</dd></div>" for key, value in content.machine().rows)
    return f"<dl class=machine>{items}</dl>"


def contents(content):
    links = [("figures", "The figures to reach"), *((it.id, it.title) for it in content.sections), ("counts", "Instructions and allocations")]
    return "<nav aria-label=Contents>" + " · ".join(f"<a href=#{id}>{marked(title)}</a>" for id, title in links) + "</nav>"


LEGEND = """<p class=legend><span class="swatch ours"></span>Tombolo <span class="swatch floor"></span>the floor, to which the others are compared
<span class="swatch other"></span>what else does the same. The thin line in a bar goes from the lowest round to the highest, and ends at the edge
where that lies beyond. How many times the floor is the median of each round’s ratio, not the ratio of the medians. Point at a bar or at a point for
its figures.</p>"""


def report(content):
    parts = "\n".join([goals(content), *(section(it) for it in content.sections), *rest(content)])
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>What a crossing costs</title><style>
{STYLE}</style></head><body><main>
<h1>What a crossing costs</h1>
<p>{html.escape(markdown.when(content.record.data))} Read ratios: the times are those of this machine.</p>
{machine(content)}
{contents(content)}
{LEGEND}
{parts}
</main></body></html>
"""
