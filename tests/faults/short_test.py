#!/usr/bin/env python3
"""The short fault run: several faults in one run over the real broker, compared with an undisturbed one.

scripts/test --faults does each of them, and more, for longer.
"""

import os
import unittest

import faults
import run as runs

EVENTS = 10_000
POINTS = [point for point in faults.FAIL_POINTS if point[0] in ("after_poll", "after_commit")]


class FaultsTest(unittest.TestCase):
    def test_nothing_is_lost_and_nothing_doubled(self):
        bench = runs.Bench(os.environ.get("TOCSIN_PRESET", "dev"), os.environ.get("E2E_PORT_BASE", "18800"))
        bench.run("several, one after another", runs.one_after_another(
            faults.kills(5), faults.fail_points(POINTS), faults.stopped_and_replaced(1), faults.store_deleted(1)), EVENTS)
        print(runs.table(bench.rows), flush=True)
        self.assertTrue(bench.ok(), "see the table")
        self.assertGreater(bench.rows[0].warnings, 100)
        self.assertEqual(bench.rows[1].warnings, bench.rows[0].warnings)


if __name__ == "__main__":
    unittest.main(verbosity=2)
