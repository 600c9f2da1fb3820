#!/usr/bin/env python3
"""Rules change while the record plays, and the engine is killed in the middle of it.

A deployment begins with some of the shipped rules. While the record plays, an officer of one mission proposes
others (two rules more, one less, one told otherwise), an officer of another mission confirms, every centre
accepts the new ones, and router and correlator are killed while the past is read again. In the end each centre
has what the independent twin says of the new rules and the whole record, as far as it had not expired when
the past had been read; every emission came once, and nothing of a removed rule stands.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
import demo as demos  # noqa: E402
import stack as stacks  # noqa: E402

PORT_BASE = int(os.environ.get("E2E_PORT_BASE", "18300"))
# The record's two years in half a minute: long enough for the change to be over before the play is.
SCENARIO_SECONDS_A_SECOND = 2_000_000
LIVE = ("minurcat", "unamid", "unmis")
NEW = ("column-crossing-clash", "group-in-two-areas")
REMOVED = "displacement-near-border"
RESTATED = "attacks-near-border"


def without(rules, *names):
    for name in names:
        for suffix in (".yaml", ".tests.yaml"):
            (rules / "pack" / (name + suffix)).unlink()


def seconds(duration):
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[duration[-1]]


class ChangeTest(unittest.TestCase):
    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="tocsin-change-")))
        self.before, self.after = folder / "before", folder / "after"
        for rules in (self.before, self.after):
            shutil.copytree(ROOT / "rules", rules)
        without(self.before, *NEW)
        without(self.after, REMOVED, "flight-from-fighting")  # which selects its warnings
        restated = self.after / "pack" / f"{RESTATED}.yaml"
        text = re.sub(r"^version: 1$", "version: 2", restated.read_text(), flags=re.M)
        restated.write_text(re.sub(r"^response: .*$", "response: assess", text, flags=re.M))
        self.demo = demos.Demo(folder / "run", os.environ.get("TOCSIN_PRESET", "dev"), show=False,
                               speed=SCENARIO_SECONDS_A_SECOND, port_base=PORT_BASE, rules=self.before, live=LIVE)

    def evaluated(self):
        """Digests of the rules that the engine's tasks have evaluated under, as a gateway tells."""
        status = subprocess.run(self.demo.stack.ctl_command("--json", "status"), capture_output=True, text=True,
                                check=False)
        return {g["rules_digest"] for g in json.loads(status.stdout)["gateways"]}

    def backfilling(self):
        text = self.demo.stack.process("router").metrics()
        return sum(float(v) for v in re.findall(r"^tocsin_router_rules_backfilling\S* (\S+)$", text, re.M))

    def wait_for(self, what, holds, limit=120):
        deadline = time.monotonic() + limit
        while True:
            try:
                if holds():
                    return
            except (OSError, ValueError, KeyError, stacks.StackError):
                pass  # a process that was killed is not there yet
            self.assertLess(time.monotonic(), deadline, f"waited {limit} s for {what}")
            time.sleep(0.05)

    def change(self, demo):
        ctl = demo.stack.ctl
        demo.wait_filed(200)
        old = self.evaluated()
        ctl("rules", "confirm", "exercise-1", "--mission", "minurcat")
        # While the past is read again, and once more while it is reconciled or soon after.
        for _ in range(2):
            for name in ("router", "correlator"):
                demo.stack.process(name).kill()
                demo.stack.process(name).start()
            demo.stack.wait_ready()
        for mission in LIVE:
            for rule in NEW:
                ctl("rules", "accept", rule, "--mission", mission)
        self.wait_for("the new rules everywhere", lambda: not self.evaluated() & old)
        self.wait_for("the past to be read", lambda: self.backfilling() == 0)
        filed = stacks.load_ndjson(demo.filed)
        self.read_at = max(int(line["receipt"].get("acceptedUs", 0)) for line in filed)

    def expires(self, warning):
        """As far as a rule's lifetime tells; what is open does not."""
        if warning["absence_state"] in ("silent", "unknown"):
            return 1 << 62
        rule = yaml.safe_load((self.after / "pack" / f"{warning['rule']}.yaml").read_text())
        lifetime = rule.get("lifetime") or rule["condition"].get("window") or rule["condition"].get("within", "0s")
        return warning["episode"][1] + seconds(str(lifetime)) * 1_000_000

    @staticmethod
    def is_of(view, wanted):
        """What holds longer than its evidence expires later than its lifetime tells."""
        warning = view["warning"]
        first, last = (int(warning["episode"][end]) for end in ("fromUs", "toUs"))
        return (warning["ruleId"] == wanted["rule"] and warning.get("key", {}) == wanted["key"] and
                first <= wanted["episode"][1] and wanted["episode"][0] <= last)

    def test_a_change_under_load_loses_and_doubles_nothing(self):
        demo = self.demo
        try:
            demo.start()
            out = demo.stack.ctl("rules", "propose", str(self.after), "--mission", "unamid", "--reason",
                                 "what the exercise needs", "--proposal-id", "exercise-1")
            self.assertIn("exercise-1", out)
            demo.play(self.change)
            demo.settle()
            demo.stack.rules = self.after
            summary, _ = demo.summary()
            expected = stacks.load_ndjson(demo.folder / "expected.ndjson")
            standing = {m: demo.standing(m) for m in LIVE}
            history = demo.stack.ctl("rules", "history", "--mission", "unmis")
        finally:
            demo.stop()
        self.assertEqual(summary["events_rejected"], 2)
        for watcher in demo.watchers:
            seen = demo.emissions(watcher)
            self.assertEqual(len(seen), len(set(seen)), f"{watcher.mission}: an emission came twice")
        compared = 0
        for mission in LIVE:
            # What had expired when the past had been read is history of the rules before.
            views = [v for v in standing[mission]
                     if int(v["warning"].get("expiresUs", 1 << 62)) > self.read_at]
            wanted = [w for w in expected if mission in w["addressees"] and
                      (self.expires(w) > self.read_at or any(self.is_of(view, w) for view in views))]
            compared += len(wanted)
            files = [demo.folder.parent / f"{kind}-{mission}.ndjson" for kind in ("wanted", "had")]
            for file, lines in zip(files, (wanted, views)):
                file.write_text("".join(json.dumps(line) + "\n" for line in lines))
            done = subprocess.run([sys.executable, str(ROOT / "tests/twin/compare.py"), "--expected", str(files[0]),
                                   "--actual", str(files[1]), "--joc", mission],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, f"{mission}: {done.stdout}{done.stderr}")
            for view in views:
                self.assertNotEqual(view["warning"]["ruleId"], REMOVED)
                if view["warning"]["ruleId"] == RESTATED:
                    self.assertEqual(view["warning"]["ruleVersion"], 2)
        self.assertGreater(compared, 10)
        self.assertIn("what the exercise needs", history)
        print(f"{compared} warnings compared, {summary['seconds']} s", flush=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
