#!/usr/bin/env python3
"""Runs the commands that README.md shows, all but scripts/test, as a reader would.

They run in a state folder and a range of ports of their own, on the build that the tests have made. The
benchmark runs on that build too and small: what is tested is that the command works, not a figure.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOME = pathlib.Path(os.environ.get("TOCSIN_HOME", ROOT / ".tocsin"))
NOT_RUN = {"scripts/test"}


def commands():
    """The lines of README.md that are indented by four spaces and begin with scripts/ or build/."""
    for line in (ROOT / "README.md").read_text().splitlines():
        match = re.match(r"    ((?:scripts|build)/[^#]+?)\s*(#.*)?$", line)
        if match and match.group(1) not in NOT_RUN:
            yield match.group(1)


class Readme(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-readme-"))
        # What was installed and fetched is shared; what runs is not.
        for name in ("tools", "cache"):
            (self.folder / name).symlink_to(HOME / name)
        self.environment = {**os.environ, "TOCSIN_HOME": str(self.folder), "TOCSIN_PORT_BASE": "18600",
                            "TOCSIN_BENCH_PRESET": os.environ.get("TOCSIN_PRESET", "dev"),
                            "TOCSIN_BENCH_ARGUMENTS": "--events 5000 --rate 200 --seconds 3"}
        self.environment.pop("TOCSIN_KAFKA_PORT", None)

    def tearDown(self):
        subprocess.run(["scripts/local", "down"], cwd=ROOT, env=self.environment, capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def test_every_command_works(self):
        found = list(commands())
        self.assertIn("scripts/demo", found)
        self.assertIn("scripts/local up", found)
        for command in found:
            if command == "scripts/demo":
                command += f" --summary {self.folder / 'summary.json'}"
            with self.subTest(command):
                done = subprocess.run(command, shell=True, cwd=ROOT, env=self.environment, text=True,
                                      capture_output=True, check=False, timeout=400)
                self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        summary = json.loads((self.folder / "summary.json").read_text())
        self.assertEqual((summary["missing"], summary["duplicates"]), (0, 0))
        self.assertGreater(min(summary["warnings"]["by_joc"].values()), 0)
        self.assertEqual(summary["events_offered"] - summary["events_rejected"] - 1, summary["events_accepted"])
        # Nothing is left behind.
        left = subprocess.run(["pgrep", "-f", str(self.folder)], capture_output=True, text=True, check=False)
        self.assertEqual(left.stdout, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
