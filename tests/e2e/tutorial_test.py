#!/usr/bin/env python3
"""The last step of docs/writing-rules.md on a running deployment: its commands, as the page has them, publish its
rule, and two reports make it warn. (What the page does before that without services: tests/rules/tutorial_test.py.)
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
import stack as stacks  # noqa: E402

PORT_BASE = int(os.environ.get("E2E_PORT_BASE", "18500"))
PAGE = (ROOT / "docs/writing-rules.md").read_text(encoding="utf-8")
PUBLISH = PAGE[PAGE.index("## Publish it"):PAGE.index("To ship it with the project")]
RULE = re.search(r"^```yaml\n(.*?id: closed-route-flow\n.*?)^```$", PAGE, re.S | re.M).group(1)
TIMELINES = re.search(r"^```yaml\n(rule: closed-route-flow\n.*?)^```$", PAGE, re.S | re.M).group(1)
MENDED = (("[coridor]", "[corridor]"), ("state: shut", "state: closed"), ("lifetime: 3d", "lifetime: 14d"),
          ("radius_km: 60", "radius_km: 80"))


class Tutorial(unittest.TestCase):
    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="tocsin-tutorial-")))
        self.rules = folder / "my-rules"
        shutil.copytree(ROOT / "rules", self.rules)
        rule = RULE
        for old, new in MENDED:
            self.assertIn(old, rule)
            rule = rule.replace(old, new)
        (self.rules / "pack/closed-route-flow.yaml").write_text(rule, encoding="utf-8")
        (self.rules / "pack/closed-route-flow.tests.yaml").write_text(TIMELINES, encoding="utf-8")
        self.stack = stacks.Stack(folder / "run", "wall", os.environ.get("TOCSIN_PRESET", "dev"),
                                  watching=("monusco", "unmis"), port_base=PORT_BASE)
        self.addCleanup(self.stack.down)

    def ctl(self, *arguments):
        done = subprocess.run(self.stack.ctl_command(*arguments), cwd=ROOT, capture_output=True, text=True,
                              check=False, timeout=120)
        self.assertEqual(done.returncode, 0, f"{arguments}\n{done.stdout}{done.stderr}")
        return done.stdout

    def test_the_pages_commands_publish_its_rule_and_it_warns(self):
        commands = [shlex.split(line.replace("/tmp/my-rules", str(self.rules)))
                    for line in re.findall(r"^    tocsinctl (.*)$", PUBLISH, re.M)]
        verbs = [command[1] if command[0] == "rules" else command[0] for command in commands]
        self.assertEqual(verbs, ["propose", "confirm", "accept", "accept", "history", "file", "file", "list"])
        self.stack.up()
        shown = [self.ctl(*command) for command in commands]
        self.assertIn("new closed-route-flow: version 1", shown[0])
        self.assertIn("waits for a second person: tocsinctl rules confirm roads-1", shown[0])
        self.assertIn("proposal roads-1, confirmed", shown[1])
        self.assertIn("closed roads send people over the border (+closed-route-flow)", shown[4])
        self.assertIn("monusco took closed-route-flow live", shown[4])

        deadline = time.monotonic() + 60
        while not (views := self.ctl(*commands[-1], "--json").splitlines()):
            self.assertLess(time.monotonic(), deadline, "the rule does not warn")
            time.sleep(0.1)
        warning = json.loads(views[0])["warning"]
        self.assertEqual(warning["addressees"], ["monusco", "unmis"])
        why = self.ctl("show", "--mission", "unmis", str(warning["number"]))
        for evidence in ("moderate: People on the move near a closed route; ",
                         "UNMIS road-1", "MONUSCO people-1", "closed-route-flow, version 1"):
            self.assertIn(evidence, why)
        print(why)


if __name__ == "__main__":
    unittest.main(verbosity=2)
