import html.parser
import unittest
import xml.etree.ElementTree as xml

import content
import markdown
import page
import readme
from tests import samples

VOID = ("meta", "br", "link", "img", "input")


class Nesting(html.parser.HTMLParser):
    """Notes what is closed and was not open, or is open at the end, and the ids and links."""

    def __init__(self):
        super().__init__()
        self.open, self.faults, self.ids, self.links = [], [], [], []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        given = dict(attributes)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")


class Content(unittest.TestCase):
    def setUp(self):
        self.content = content.Content(samples.run(samples.rounds("hop/64/newcomer", 9)), {})

    def titles(self):
        return {plot.title: plot for section in self.content.sections for plot in section.plots}

    def test_a_case_that_nobody_named_stands_beside_its_group(self):
        rows = self.titles()["A hop, 64 in flight"].table.rows
        self.assertIn("newcomer", [row[0] for row in rows])

    def test_what_no_group_has_is_told_at_the_end(self):
        self.assertIn(["weather/today", "17"], self.content.others().rows)

    def test_nothing_is_told_at_the_end_that_was_told_before(self):
        self.assertFalse({"scalar/cpp_call", "hop/64/newcomer", "latency/64/co_await/p50"} & {row[0] for row in self.content.others().rows})

    def test_counts_are_in_the_order_of_their_parameters(self):
        more = [{"id": f"a/{size}/x", "unit": "allocations", "value": 1} for size in (1024, 16)]
        rows = content.Content(samples.run(*more), {}).counts().rows
        self.assertEqual([row[0] for row in rows][:2], ["a/16/x", "a/1024/x"])

    def test_each_figure_is_told_somewhere(self):
        told = {case for case, _ in self.content.shown} | {row[0] for row in [*self.content.others().rows, *self.content.counts().rows]}
        self.assertEqual(told, {figure["id"] for figure in self.content.record.data["figures"]})

    def test_what_is_missing_is_named(self):
        self.assertIn("hop/64/grpc", self.content.missing)
        self.assertNotIn("hop/64/tokio", self.content.missing)

    def test_bars_are_compared_to_the_floor_of_their_group(self):
        rows = {row[0]: row for row in self.titles()["A hop, 64 in flight"].table.rows}
        self.assertEqual(rows["`co_await`"][-1], "0.5")
        self.assertEqual(rows["tokio alone"][-1], "floor")

    def test_curves_have_their_points_in_order(self):
        table = self.titles()["A hop, by how many are in flight"].table
        self.assertEqual(table.head, ["in flight", "1", "64"])
        self.assertIn(["`co_await`", "5 µs", "500 ns"], table.rows)


class Markdown(unittest.TestCase):
    def setUp(self):
        self.text = markdown.report(content.Content(samples.run(), {"1-method": "why | so"}))

    def test_names_the_machine_and_the_run(self):
        self.assertIn("| cpu | one & only |", self.text)
        self.assertIn("2026-01-02 03:04 UTC, at commit abc", self.text)

    def test_its_tables_have_as_many_cells_in_each_row(self):
        for block in self.text.split("\n\n"):
            rows = [line.replace("\\|", "") for line in block.splitlines() if line.startswith("|")]
            self.assertLessEqual(len({row.count("|") for row in rows}), 1, block)

    def test_a_reason_stands_beside_its_figure(self):
        line = next(line for line in self.text.splitlines() if "a method of a handle" in line)
        self.assertIn("**missed** | why \\| so", line)


class Page(unittest.TestCase):
    def setUp(self):
        self.text = page.report(content.Content(samples.run(), {"1-method": "why <so>"}))

    def test_its_pictures_are_well_formed(self):
        pictures = self.text.split("<svg")[1:]
        self.assertGreater(len(pictures), 5)
        for picture in pictures:
            xml.fromstring("<svg" + picture.split("</svg>")[0] + "</svg>")

    def test_what_it_opens_it_closes_and_its_links_lead_somewhere(self):
        nesting = Nesting()
        nesting.feed(self.text)
        self.assertEqual((nesting.faults, nesting.open), ([], []))
        self.assertEqual(len(nesting.ids), len(set(nesting.ids)))
        for link in nesting.links:
            self.assertIn(link.removeprefix("#"), nesting.ids)

    def test_names_are_escaped(self):
        self.assertIn("one &amp; only", self.text)
        self.assertIn("why &lt;so&gt;", self.text)
        self.assertNotIn("<odd>", self.text)

    def test_it_asks_for_nothing_from_elsewhere(self):
        for what in ("http:", "https:", "src=", "@import", "url(", "<script"):
            self.assertNotIn(what, self.text)


class Readme(unittest.TestCase):
    def test_its_table_has_all_rows_and_says_what_was_not_measured(self):
        lines = readme.table(samples.run()).splitlines()
        self.assertEqual(len(lines), len(readme.ROWS) + 2)
        self.assertIn("| async, ready at once: `co_await` | 20 | 0.0667 |", lines)
        self.assertIn("| async, ready at once: `then` | not measured |  |", lines)

    def test_only_what_is_marked_is_renewed_and_renewing_twice_changes_nothing(self):
        text = "before\n<!-- from the record -->\nold\n<!-- to here -->\nafter\n"
        once = readme.renewed(text, samples.run())
        self.assertTrue(once.startswith("before\n") and once.endswith("\nafter\n"))
        self.assertNotIn("old", once)
        self.assertEqual(readme.renewed(once, samples.run()), once)

    def test_its_block_tells_the_machine(self):
        self.assertIn("run of 2026-01-02 on 2 cores, one & only (some system, c++ 1.2, rustc 1.2.3)", readme.block(samples.run()))

    def test_without_a_mark_it_is_refused(self):
        with self.assertRaisesRegex(ValueError, "0 blocks"):
            readme.renewed("nothing is marked", samples.run())
