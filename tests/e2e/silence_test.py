#!/usr/bin/env python3
"""Silence never looks like quiet: a correlator that is stopped where it stands, and a broker that is away,
are two states of a gateway, each with since when, and over when they are."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
import stack as stacks  # noqa: E402

PORT_BASE = int(os.environ.get("E2E_PORT_BASE", "18200"))


class SilenceTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="tocsin-silence-")
        self.stack = stacks.Stack(self.folder.name, "wall", os.environ.get("TOCSIN_PRESET", "dev"),
                                  port_base=PORT_BASE, watching=("unamid",))
        self.addCleanup(self.folder.cleanup)
        self.addCleanup(self.stack.down)
        self.stack.up()

    def troubles(self):
        done = subprocess.run(self.stack.ctl_command("--json", "status"), capture_output=True, text=True, check=False,
                              timeout=60)
        report = json.loads(done.stdout)
        gateway = next(g for g in report["gateways"] if g["mission"] == "unamid")
        return {t["kind"]: t for t in gateway["health"].get("troubles", [])}

    def await_troubles(self, wanted):
        end = time.monotonic() + 90
        while True:
            troubles = self.troubles()
            if set(troubles) == wanted:
                return troubles
            self.assertLess(time.monotonic(), end, f"wanted {wanted}, is {troubles}")
            time.sleep(0.5)

    def test_a_correlator_that_stands_still(self):
        self.await_troubles(set())
        before = time.time()
        process = self.stack.process("correlator")
        process.signal(signal.SIGSTOP)
        try:
            troubles = self.await_troubles({"TROUBLE_KIND_EVALUATION_STOPPED"})
        finally:
            process.signal(signal.SIGCONT)
        since = int(troubles["TROUBLE_KIND_EVALUATION_STOPPED"]["sinceUs"]) / 1e6
        self.assertLess(abs(since - before), 10)
        self.await_troubles(set())

    def test_a_broker_that_is_stopped_and_started_again(self):
        self.await_troubles(set())
        before = time.time()
        self.stack.kafka("stop")
        try:
            troubles = self.await_troubles({"TROUBLE_KIND_BROKER_NOT_REACHED"})
        finally:
            self.stack.kafka("start")
        since = int(troubles["TROUBLE_KIND_BROKER_NOT_REACHED"]["sinceUs"]) / 1e6
        self.assertGreaterEqual(since, before - 1)
        self.await_troubles(set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
