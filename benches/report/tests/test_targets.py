import unittest

import content
import record
import targets
from tests import samples


def found(run):
    return {target.id: target for target in targets.of(run)}


class Targets(unittest.TestCase):
    def setUp(self):
        self.all = found(samples.run())

    def test_that_are_reached_and_missed(self):
        for name, verdict in (("1-scalar", "reached"), ("1-method", "missed"), ("2-error", "missed"), ("2-cpp_exception", "reached"),
                              ("3-tokio", "reached"), ("4-hop-64", "reached"), ("8-get-4096", "reached"), ("9-lean", "reached")):
            self.assertEqual(self.all[name].verdict, verdict, name)

    def test_that_lack_a_case_name_it_and_no_other(self):
        self.assertEqual(self.all["2-cxx_exception"].verdict, "not measured")
        self.assertEqual(self.all["2-cxx_exception"].missing, ["error/cxx_exception"])
        self.assertEqual(self.all["4-grpc"].missing, ["hop/64/grpc"])

    def test_a_limit_is_reached_at_the_limit(self):
        run = record.Record({"schema": 1, "figures": [samples.rounds("scalar/cpp_call", 10), samples.rounds("scalar/tombolo", 13)]})
        self.assertTrue(found(run)["1-scalar"].met)

    def test_counts_are_not_times(self):
        self.assertEqual(self.all["3-instructions"].value, 300)
        self.assertTrue(self.all["3-allocations"].met)

    def test_allocations_of_a_hop_are_less_those_of_its_future(self):
        self.assertAlmostEqual(self.all["4-allocations-64"].value, 1.2 - 1.01)

    def test_a_cloud_is_compared_to_the_leanest_in_rust(self):
        case = "cloud_cpu/s3_get/4096/16"
        figures = [samples.rounds(f"{case}/{who}", value) for who, value in (("tombolo", 21), ("rust", 30), ("object_store", 20), ("arrow", 40))]
        reached = found(record.Record({"schema": 1, "figures": figures}))
        self.assertAlmostEqual(reached["10-s3-get-16"].value, 1.05)
        self.assertTrue(reached["10-s3-get-16"].met and reached["10-s3-arrow"].met)
        self.assertFalse(reached["10-s3-rust"].met)

    def test_each_group_is_there_and_no_name_twice(self):
        self.assertEqual({target.group for target in self.all.values()}, set(targets.GROUPS))
        self.assertEqual(len(targets.known_ids()), len(set(targets.known_ids())))


class Reasons(unittest.TestCase):
    def reasons(self, **given):
        told = content.Content(samples.run(), {name.replace("_", "-"): text for name, text in given.items()})
        return {goal.target.id: goal.reason for goal in told.goals}

    def test_stand_beside_what_is_missed_and_nowhere_else(self):
        reasons = self.reasons(**{"1_method": "why it is so", "1_scalar": "not this"})
        self.assertEqual(reasons["1-method"], "why it is so")
        self.assertEqual(reasons["1-scalar"], "")

    def test_that_nobody_gave_are_missed_too(self):
        self.assertIn("no reason", self.reasons()["1-method"])

    def test_of_what_is_not_measured_are_the_cases_that_lack(self):
        self.assertEqual(self.reasons()["4-grpc"], "missing: `hop/64/grpc`")

    def test_for_a_figure_that_is_none_are_refused(self):
        with self.assertRaisesRegex(ValueError, "10-none"):
            self.reasons(**{"10_none": "why"})
