import getpass
import json
import pathlib
import socket
import tempfile
import unittest

import machine
import record
from tests import samples

ROOT = pathlib.Path(__file__).resolve().parents[3]


class Ratios(unittest.TestCase):
    def test_are_taken_round_by_round(self):
        run = samples.run(samples.rounds("a", 10, 20, 900), samples.rounds("b", 10, 10, 300))
        self.assertEqual(run.ratio("a", "b"), 2)

    def test_are_of_the_values_where_rounds_do_not_match(self):
        run = samples.run(samples.rounds("a", 10, 20, 900), samples.rounds("b", 10))
        self.assertEqual(run.ratio("a", "b"), 2)

    def test_of_what_is_missing_or_to_nothing_are_none(self):
        self.assertIsNone(samples.run().ratio("scalar/cpp_call", "nothing"))
        self.assertIsNone(samples.run(samples.rounds("a", 0)).ratio("scalar/cpp_call", "a"))

    def test_are_of_one_unit(self):
        self.assertEqual(samples.run().value("ready/1/co_await", "instructions"), 300)
        self.assertIsNone(samples.run().ratio("ready/1/co_await", "ready/1/tokio", "instructions"))


class Records(unittest.TestCase):
    def test_have_each_figure_once(self):
        with self.assertRaisesRegex(ValueError, "scalar/cpp_call in ns is there twice"):
            samples.run(samples.rounds("scalar/cpp_call", 1))

    def test_of_another_schema_are_refused(self):
        with self.assertRaisesRegex(ValueError, "schema 2"):
            record.Record(samples.data() | {"schema": 2})

    def test_are_put_down_with_a_figure_a_line_and_six_digits(self):
        text = record.dump(samples.data(samples.rounds("a", 1.23456789, 2.0)))
        self.assertEqual(len(json.loads(text)["figures"]), len(samples.data()["figures"]) + 1)
        line = next(line for line in text.splitlines() if '"a"' in line)
        self.assertEqual(json.loads(line)["rounds"], [1.23457, 2.0])

    def test_the_newest_is_by_its_time_and_not_by_its_name(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            self.assertIsNone(record.newest(folder))
            for name, when in (("2026-01-02-fff", "2026-01-02 03:04 UTC"), ("2026-01-02-aaa", "2026-01-02 13:04 UTC")):
                (folder / f"{name}.json").write_text(record.dump(samples.data() | {"when": when}))
            self.assertEqual(record.newest(folder).stem, "2026-01-02-aaa")


class Machine(unittest.TestCase):
    def test_tells_no_names_of_hosts_or_users_and_no_paths(self):
        with tempfile.TemporaryDirectory() as build:
            (pathlib.Path(build) / "CMakeCache.txt").write_text("CMAKE_CXX_COMPILER:FILEPATH=/usr/bin/c++\n")
            described = machine.describe(ROOT, pathlib.Path(build), build)
        for key, value in described.items():
            for secret in (str(ROOT), "/usr", "/home", "/tmp"):
                self.assertNotIn(secret, str(value), key)
            for name in (socket.gethostname(), getpass.getuser()):
                self.assertNotIn(name, str(value).split(), key)
        self.assertTrue(all(described.values()))
