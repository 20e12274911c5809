#!/usr/bin/env python3
"""Runs the suite against the service with any store.

    service_test.py --binary PATH --store SPEC [--memory-limit-mib N] [unittest's own arguments]

"{folder}" in SPEC stands for a fresh folder for each service that a test starts. A store without it
is shared by all tests, whose keys are random; the tests of what is left in a folder, and of what
outlives the service, are then not part of the suite.
"""

import argparse
import sys
import unittest

sys.dont_write_bytecode = True  # Tests leave nothing in the source folder.

from harness import Settings

MODULES = [
    "test_verbs",
    "test_keys",
    "test_streaming",
    "test_connections",
    "test_limits",
    "test_aborts",
    "test_lifecycle",
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True, help="the service's executable")
    parser.add_argument("--store", required=True, help="as the service's own --store")
    parser.add_argument("--memory-limit-mib", type=int, default=64, help="for large transfers")
    arguments, rest = parser.parse_known_args()
    Settings.binary = arguments.binary
    Settings.store = arguments.store
    Settings.memory_limit_mib = arguments.memory_limit_mib
    modules = list(MODULES)
    if Settings.has_folder():
        modules.append("test_folder")
    names = [name for name in rest if not name.startswith("-")]
    flags = [flag for flag in rest if flag.startswith("-")]
    unittest.main(module=None, argv=[sys.argv[0], *flags, *(names or modules)])


if __name__ == "__main__":
    main()
