#!/usr/bin/env python3
"""Two router tasks and two correlators, of which one of each is killed and away for a while, end as one.

Plays the shipped record through one router and one correlator, then through two of each, and compares
events_*, warnings (standing content at the end), duplicates and missing.
"""

import os
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
import demo as demos  # noqa: E402

PORT_BASE = int(os.environ.get("E2E_PORT_BASE", "19000"))
COMPARED = ("events_offered", "events_accepted", "events_rejected", "warnings", "duplicates", "missing")


class RoutersTest(unittest.TestCase):
    def run_demo(self, tasks, meanwhile=None):
        with tempfile.TemporaryDirectory(prefix=f"tocsin-routers-{tasks}-") as folder:
            demo = demos.Demo(folder, os.environ.get("TOCSIN_PRESET", "dev"), show=False, port_base=PORT_BASE,
                              routers=tasks, correlators=tasks)
            try:
                demo.start()
                demo.play(meanwhile)
                demo.settle()
                summary, differences = demo.summary()
            finally:
                demo.stop()
        self.assertEqual(differences, [])
        return summary

    def test_two_end_as_one(self):
        one = self.run_demo(1)

        def disturb(demo):
            router, correlator = demo.stack.process("router-1"), demo.stack.process("correlator-1")
            demo.wait_filed(one["events_offered"] // 4)
            router.kill()
            demo.wait_filed(one["events_offered"] // 2)
            correlator.kill()
            router.start()
            demo.stack.process("router").kill()
            demo.wait_filed(3 * one["events_offered"] // 4)
            demo.stack.process("router").start()
            correlator.start()
            demo.stack.wait_ready()

        two = self.run_demo(2, disturb)
        for name in COMPARED:
            self.assertEqual(two[name], one[name], name)
        self.assertEqual((one["duplicates"], one["missing"]), (0, 0))


if __name__ == "__main__":
    unittest.main(verbosity=2)
