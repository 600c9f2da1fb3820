#!/usr/bin/env python3
"""Kill -9 of any service at random moments changes nothing.

Plays the shipped record once undisturbed and once while services are killed and started again, and
compares events_*, warnings (standing content at the end), duplicates and missing. The seed is printed;
KILL_SEED repeats it. KILLS is the number of kills (12).
"""

import os
import pathlib
import random
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
import demo as demos  # noqa: E402

KILLS = int(os.environ.get("KILLS", "12"))
SEED = int(os.environ.get("KILL_SEED", "20080131"))
PORT_BASE = int(os.environ.get("E2E_PORT_BASE", "18200"))
COMPARED = ("events_offered", "events_accepted", "events_rejected", "warnings", "duplicates", "missing")


class KillTest(unittest.TestCase):
    def run_demo(self, name, meanwhile=None):
        with tempfile.TemporaryDirectory(prefix=f"tocsin-{name}-") as folder:
            demo = demos.Demo(folder, os.environ.get("TOCSIN_PRESET", "dev"), show=False, port_base=PORT_BASE)
            try:
                demo.start()
                demo.play(meanwhile)
                demo.settle()
                summary, differences = demo.summary()
            finally:
                demo.stop()
        return summary, differences

    def test_kills_change_nothing(self):
        print(f"seed {SEED}, {KILLS} kills", flush=True)
        chance = random.Random(SEED)
        killed = []

        def kill_some(demo):
            # A moment is a share of the record that the player has had answered, not a time: the
            # run is as fast as the machine.
            total = self.lines
            moments = sorted(chance.uniform(0.02, 0.98) for _ in range(KILLS))
            # Each kind of process, the engine most of all; which of a kind, and when, is chance.
            victims = [demo.stack.process(n) for n in ("router", "correlator") * (KILLS // 4)]
            victims += [chance.choice(demo.stack.processes) for _ in range(KILLS - len(victims))]
            chance.shuffle(victims)
            for moment, process in zip(moments, victims):
                demo.wait_filed(int(moment * total))
                process.kill()
                process.start()
                killed.append(process.name)
            demo.stack.wait_ready()

        undisturbed, differences = self.run_demo("undisturbed")
        self.assertEqual(differences, [])
        self.lines = undisturbed["events_offered"]
        disturbed, differences = self.run_demo("killed", kill_some)
        self.assertEqual(differences, [])
        self.assertEqual(len(killed), KILLS)
        print("killed:", ", ".join(killed), flush=True)
        for name in COMPARED:
            self.assertEqual(disturbed[name], undisturbed[name], f"{name}, after killing {killed}")
        self.assertEqual((undisturbed["duplicates"], undisturbed["missing"]), (0, 0))


if __name__ == "__main__":
    unittest.main(verbosity=2)
