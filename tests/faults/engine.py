"""Kafka, a router and some correlators as plain processes, for the runs that disturb them.

There is no intake and no gateway: events are written straight to the missions' topics, and what came of
them is read from the fusion topics (fault-tool).
"""

import json
import os
import pathlib
import re
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
    """`processes` are those that are to run now; the first is the router."""

    def __init__(self, folder, preset, port_base, sharing=None):
        folder = pathlib.Path(folder)
        self.sharing = sharing or TWO
        self.loaded = 0
        self.all = []
        self.leftovers = []  # calls that take away what a fault has set up
        super().__init__(folder, "scenario", preset, watching=(), port_base=port_base, rules=make_rules(folder))
        self.positions = self.folder / "positions.json"

    # ---- processes -------------------------------------------------------------------------------

    def _processes(self):
        router = self.add("router", "router", {"missions": list(self.missions), "live_missions": list(self.live),
                                               "clock": self.clock, "rules_dir": str(self.rules)})
        return [router] + [self.add(name, "correlator", {"partitions": partitions})
                           for name, partitions in self.sharing.items()]

    def add(self, name, program, extra):
        """One more, not yet among those that run."""
        index = len(self.all) + 1
        process = stacks.Process(self, name, program, self._service(name, index, None, extra), self.base + 50 + index)
        self.all.append(process)
        return process

    def state_of(self, process):
        return pathlib.Path(process.config["state_dir"])

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
        for process in self.all:
            process.signal(signal.SIGCONT)
            process.kill()
        self.kafka("stop")
        for take_away in self.leftovers:
            take_away()

    def restart(self, process, **options):
        """In order, with other options."""
        process.ask_to_stop()
        process.finish_stopping(30)
        process.config.update(options)
        process.start()

    def wait_ended(self, process, status, text=""):
        """Until it ends by itself, with this status, and says this at the end of its log."""
        if not process.wait_gone(process.child.pid, PATIENCE_SECONDS):
            raise Wrong(f"{process.name} goes on, and should have ended:\n{process.log_tail()}")
        if process.child.wait() != status or text not in process.log_tail():
            raise Wrong(f"{process.name} ended with {process.child.returncode}, not {status} and '{text}':\n"
                        f"{process.log_tail()}")

    def wait_for(self, holds, what):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            self.see_all_alive()
            if time.monotonic() > deadline:
                raise Wrong(f"waited in vain for {what}:\n{self.tails()}")
            time.sleep(0.05)

    def wait_ready_again(self, *processes):
        try:
            self.wait_ready(PATIENCE_SECONDS, [p.name for p in processes])
        except stacks.StackError as error:
            raise Wrong(str(error)) from error

    def wait_at_work(self, *processes):
        """Until each of their tasks has committed something: until then one that starts later may still be fenced by it."""
        def all_committed(process):
            try:
                counts = re.findall(r"^tocsin_task_transactions_total\{[^}]*\} (\S+)", process.metrics(), re.M)
            except OSError:
                return False
            return len(counts) == len(process.config["partitions"]) and all(float(count) > 0 for count in counts)
        for process in processes:
            self.wait_for(lambda process=process: all_committed(process), f"a first commit of {process.name}")

    # ---- events ----------------------------------------------------------------------------------

    def tool(self, name, *arguments, allowed=(0,)):
        done = subprocess.run([str(self.binaries / name), *map(str, arguments)], capture_output=True, text=True,
                              check=False)
        if done.returncode not in allowed:
            raise Wrong(f"{name} {arguments[0]} failed:\n{done.stdout}{done.stderr}\n{self.tails()}")
        return json.loads(done.stdout.splitlines()[-1])

    def tails(self):
        return "\n".join(f"{p.name}: {p.log_tail(4)}" for p in self.processes)

    def see_all_alive(self):
        for process in self.processes:
            if process.child.poll() is not None:
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
        with subprocess.Popen([str(self.binaries / "fault-tool"), "await", "--brokers", self.brokers, "--positions",
                               str(self.positions), "--seconds", str(PATIENCE_SECONDS)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as waiting:
            try:
                while waiting.poll() is None:
                    self.see_all_alive()
                    time.sleep(0.1)
            except Wrong:
                waiting.kill()
                raise
            if waiting.returncode != 0:
                raise Wrong(f"{waiting.stderr.read()}\n{self.tails()}")

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
