import unittest
import xml.etree.ElementTree as xml

import curves
import layout
import names
import plots
import units


def bars(*values, **more):
    return plots.bars("t", [plots.Bar(str(value), "ours", value, **more) for value in values], "ns")


def widths(picture):
    return [float(bar.get("width")) for bar in xml.fromstring(picture).iter("rect")]


class Bars(unittest.TestCase):
    def test_are_as_long_as_their_values(self):
        few, many = widths(bars(10, 20))
        self.assertAlmostEqual(many / few, 2, places=2)

    def test_over_decades_grow_by_as_much_for_each_and_say_so(self):
        picture = bars(1, 10, 100)
        first, second, third = widths(picture)
        self.assertAlmostEqual(third - second, second - first, places=0)
        self.assertIn("logarithmic", picture)
        self.assertNotIn("logarithmic", bars(1, 50))

    def test_stay_within_the_picture_and_can_be_seen(self):
        for values in ((1, 1e9), (0, 5), (0, 0), (7,), (3, 3)):
            for width in widths(bars(*values)):
                self.assertGreater(width, 0)
                self.assertLessEqual(plots.LABELS + width, plots.WIDTH - plots.VALUES + 1)

    def test_tell_their_figures_to_who_points_at_them(self):
        title = next(xml.fromstring(bars(1500, low=1400, high=1600, times=3)).iter("title")).text
        self.assertEqual(title, "1500: 1.5 µs, 1.4 µs to 1.6 µs by round; 3 × the floor")


class Names(unittest.TestCase):
    def test_have_room_beside_a_bar(self):
        for case in layout.named(layout.sections()):
            self.assertLessEqual(len(plots.plain(names.of(case))), names.LONGEST, case)

    def test_have_room_beside_a_curve(self):
        parts = [part for section in layout.sections() for part in section.parts if isinstance(part, layout.Curves)]
        for case in (case for part in parts for case in part.cases):
            self.assertLessEqual(len(plots.plain(names.of(case.removesuffix("/{}")))), names.LONGEST_OF_CURVES, case)


class Curves(unittest.TestCase):
    def drawn(self, *lines, axis="in flight"):
        return curves.drawn("t", [curves.Curve(f"c{i}", i == 0, line) for i, line in enumerate(lines)], axis, "ns")

    def points(self, picture, of):
        polylines = list(xml.fromstring(picture).iter("polyline"))
        return [tuple(map(float, point.split(","))) for point in polylines[of].get("points").split()]

    def test_rise_by_as_much_for_each_decade(self):
        points = self.points(self.drawn([(1, 10), (10, 100), (100, 1000)]), 0)
        (x1, y1), (x2, y2), (x3, y3) = points
        self.assertAlmostEqual(y1 - y2, y2 - y3, places=0)
        self.assertAlmostEqual(x2 - x1, x3 - x2, places=0)

    def test_percentiles_stand_by_how_rare_what_is_beyond_is(self):
        points = self.points(self.drawn([("p90", 1), ("p99", 2), ("p99.9", 3)], axis="percentile"), 0)
        self.assertAlmostEqual(points[1][0] - points[0][0], points[2][0] - points[1][0], places=0)

    def test_stay_within_their_axes(self):
        for line in ([(1, 1), (2, 1)], [(1, 0), (2, 5)], [(16, 1e9), (1 << 20, 3e9)]):
            for x, y in self.points(self.drawn(line), 0):
                self.assertTrue(curves.LEFT <= x <= curves.RIGHT and curves.TOP <= y <= curves.BOTTOM, line)

    def test_their_names_do_not_lie_over_one_another(self):
        for wanted in ([10, 11, 12, 13], [248, 249, 250], [10, 200, 201]):
            at = curves.spread(wanted, curves.KEY_ROW, curves.BOTTOM)
            self.assertTrue(all(b - a >= curves.KEY_ROW for a, b in zip(at, at[1:])), at)
            self.assertLessEqual(at[-1], curves.BOTTOM)


class Units(unittest.TestCase):
    def test_suit_the_value(self):
        self.assertEqual([units.text(ns, "ns") for ns in (0, 0.5, 999.9, 1500, 2e6, 3e9)],
                         ["0 ns", "0.5 ns", "1 µs", "1.5 µs", "2 ms", "3 s"])
        self.assertEqual(units.text(30, "us"), "30 µs")
        self.assertEqual(units.text(3_450_000, "bytes"), "3.45 MB")
        self.assertEqual(units.text(21_345.6, "1/s"), "21,346 /s")
        self.assertEqual(units.text(8, "instructions"), "8 instructions")

    def test_sizes_are_powers_of_two(self):
        self.assertEqual([units.size(size) for size in (0, 16, 4096, 1 << 20, 64 << 20)], ["0 B", "16 B", "4 KiB", "1 MiB", "64 MiB"])
