"""Kafka, a router and some correlators as plain processes, for the runs that disturb them.

There is no intake and no gateway: events are written straight to the missions' topics, and what came of
them is read from the fusion topics (fault-tool).
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
import stack as stacks  # noqa: E402

# Partitions of fusion.keyed.v1 by process: who works on what is the operator's to say.
TWO = {"correlator-1": [0, 1], "correlator-2": [2, 3]}
THREE = {"correlator-1": [0], "correlator-2": [2], "correlator-3": [1, 3]}
SHIPPED_RULES = ("attacks-near-border", "feed-silent")
PATIENCE_SECONDS = 180


class Wrong(Exception):
    """The engine did not do what is promised."""


def make_rules(folder):
    """The shipped documents with a pack of a few rules that give thousands of warnings."""
    rules = folder / "rules"
    shutil.copytree(ROOT / "rules", rules, ignore=shutil.ignore_patterns("pack"))
    (rules / "pack").mkdir()
    for file in [ROOT / "rules" / "pack" / f"{name}.yaml" for name in SHIPPED_RULES] + list((HERE / "pack").iterdir()):
        shutil.copy(file, rules / "pack")
    return rules


class Engine(stacks.Stack):
    def __init__(self, folder, preset, port_base, correlators=None):
        folder = pathlib.Path(folder)
        self.sharing = correlators or TWO
        self.loaded = 0
        super().__init__(folder, "scenario", preset, watching=(), port_base=port_base, rules=make_rules(folder))
        self.positions = self.folder / "positions.json"

    # ---- processes -------------------------------------------------------------------------------

    def _processes(self):
        self.processes = []
        self.add("router", "router", {"missions": list(self.missions), "live_missions": list(self.live),
                                      "clock": self.clock, "rules_dir": str(self.rules)})
        for name, partitions in self.sharing.items():
            self.add(name, "correlator", {"partitions": partitions})
        return self.processes

    def add(self, name, program, extra):
        index = len(self.processes) + 1
        self.processes.append(stacks.Process(self, name, program, self._service(name, index, None, extra),
                                             self.base + 50 + index))
        return self.processes[-1]

    @property
    def router(self):
        return self.process("router")

    @property
    def correlators(self):
        return [p for p in self.processes if p.program == "correlator"]

    def _write_context(self):
        self.context_file.write_text(yaml.safe_dump({
            "missions": {mission: {} for mission in self.missions},
            "kafka": {"bootstrap_servers": self.brokers}}, sort_keys=False))

    @property
    def brokers(self):
        return f"127.0.0.1:{self.kafka_port}"

    def up(self, progress=stacks.say):
        self.kafka("start")
        self._write_context()
        self.ctl("topics", "create")
        for process in self.processes:
            process.start()

    def stop_engine(self):
        """In order, and each must say that it could."""
        for process in self.processes:
            process.ask_to_stop()
        for process in self.processes:
            asked = process.stopping
            process.finish_stopping(30)
            if asked and process.child.returncode != 0:
                raise Wrong(f"{process.name} ended with {process.child.returncode} when told to stop:\n"
                            f"{process.log_tail()}")

    def down(self, progress=stacks.say):
        for process in self.processes:
            process.signal(signal.SIGCONT)
            process.kill()
        self.kafka("stop")

    def wait_ended(self, process, seconds=PATIENCE_SECONDS):
        """Until it ends by itself; its exit status."""
        pid = process.child.pid
        if not process.wait_gone(pid, seconds):
            raise Wrong(f"{process.name} goes on, and should have ended:\n{process.log_tail()}")
        return process.child.wait()

    # ---- events ----------------------------------------------------------------------------------

    def tool(self, name, *arguments, allowed=(0,)):
        done = subprocess.run([str(self.binaries / name), *map(str, arguments)], capture_output=True, text=True,
                              check=False)
        if done.returncode not in allowed:
            tails = "\n".join(f"{p.name}: {p.log_tail(4)}" for p in self.processes)
            raise Wrong(f"{name} {arguments[0]} failed:\n{done.stdout}{done.stderr}\n{tails}")
        return json.loads(done.stdout.splitlines()[-1])

    def see_all_alive(self):
        for process in self.processes:
            if process.child and process.child.poll() is not None:
                raise Wrong(f"{process.name} ended with {process.child.returncode}:\n{process.log_tail()}")

    def load(self, count):
        self.tool("bench-tool", "load", "--brokers", self.brokers, "--missions", ",".join(self.missions),
                  "--events", count, "--first", self.loaded, "--positions", self.positions)
        self.loaded += count

    def progress(self):
        return self.tool("fault-tool", "progress", "--brokers", self.brokers, "--missions", ",".join(self.missions))

    def wait_routed(self, events):
        """Until the router has committed about so many."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.progress()["routed"] < events:
            self.see_all_alive()
            if time.monotonic() > deadline:
                raise Wrong(f"the router does not get to {events} events:\n{self.router.log_tail()}")

    def wait_evaluated(self):
        self.wait_routed(self.loaded)
        self.tool("fault-tool", "await", "--brokers", self.brokers, "--positions", self.positions,
                  "--seconds", PATIENCE_SECONDS)
        self.see_all_alive()

    def check(self):
        """(what the tool says, what stands as a list of objects). Of an engine that has stopped."""
        standing = self.folder / "standing.ndjson"
        said = self.tool("fault-tool", "check", "--brokers", self.brokers, "--positions", self.positions,
                         "--events", self.loaded, "--standing", standing, allowed=(0, 3))
        return said, stacks.load_ndjson(standing)

    # ---- the broker ------------------------------------------------------------------------------

    def kill_broker(self):
        pid = int(self._kafka_pid())
        os.kill(pid, signal.SIGKILL)
        while os.path.exists(f"/proc/{pid}/fd/0"):
            time.sleep(0.05)

    def _kafka_pid(self):
        return self.kafka("pid").strip()
