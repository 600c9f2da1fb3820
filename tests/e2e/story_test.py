#!/usr/bin/env python3
"""docs/one-night.md, run: its commands in order, and each line that it says two desks show. Once as it stands, once with
each process killed (kill -9) in turn between the steps, Kafka included, once by the page's grpcurl and Python blocks.
Each time the two centres' histories are the same. And docs/one-watch.md, at a third centre.

Run by the Python of scripts/install, which has grpcio.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import unittest

import yaml
from on_stack import ROOT, OnStack

PAGE = (ROOT / "docs/one-night.md").read_text(encoding="utf-8")
STORY, WITHOUT = PAGE.split("## Without tocsinctl")
DESKS = {"monusco": "N", "unmis": "M"}  # and what their numbers are called on the page
WATCH = (ROOT / "docs/one-watch.md").read_text(encoding="utf-8")
OPTIONS = {name: options for page in ("one-night", "one-watch")
           for name, options in yaml.safe_load((ROOT / f"docs/{page}.yaml").read_text(encoding="utf-8")).items()}


def steps_of(page):
    """The page's commands, each with the (who, text) that must be seen after it."""
    steps = []
    for command, block in re.findall(r"^    tocsinctl ([^\n]*)$|^```text\n(.*?)^```$", page, re.M | re.S):
        if command and not command.startswith("watch"):
            steps.append((shlex.split(command), []))
        elif block:
            steps[-1][1].extend(re.match(r"(\w+) +\| (.*)", line).groups() for line in block.splitlines())
    return steps


class Desk:
    """A watch of one centre: its lines."""

    def __init__(self, stack, folder, mission):
        self.file = open(os.path.join(folder, f"{mission}.txt"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(stack.ctl_command("--retry", "120", "watch", "--plain", "--mission", mission),
                                        stdout=self.file, text=True)
        self.taken = 0  # lines that a step has seen already

    def text(self):
        self.file.seek(0)
        return self.file.read()

    def await_line(self, pattern, test):
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            lines = self.text().splitlines()
            for at in range(self.taken, len(lines)):
                if re.fullmatch(pattern, lines[at]):
                    self.taken = at + 1
                    return lines[at]
            time.sleep(0.05)
        test.fail(f"no line fits {pattern}; the desk shows\n{self.text()}")

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.file.close()


class Story(OnStack):
    PORT_BASE = 19300
    WATCHING = ("binuca", *DESKS)
    STACK = {"missions": ("binuca", "monusco", "unmis"), "overrides": OPTIONS}
    told = {}  # how each night went

    def setUp(self):
        self.desks = {}
        for mission in DESKS:
            self.desks[mission] = Desk(self.stack, self.folder, mission)
            self.addCleanup(self.desks[mission].end)
        self.numbers = {}

    def pattern(self, text, radio):
        """`...` is anything; N and M are the numbers, as the radio has them in what a watch says."""
        parts = []
        for part in text.split("..."):
            part = re.escape(part)
            for mission, letter in DESKS.items():
                number = self.numbers.get(mission)
                shown = r"\d{4}" if number is None else f"{number:04d}" if radio else str(number)
                part = re.sub(rf"\b{letter}\b", lambda _, shown=shown: shown, part)
            parts.append(part)
        return ".*".join(parts)

    def look(self, who, text):
        line = self.desks[who].await_line(self.pattern(text, radio=True), self)
        if who not in self.numbers:
            self.numbers[who] = int(re.search(r" (\d{4}),", line).group(1))
        return line

    def history(self, mission):
        """What came of it, without times."""
        rows = [json.loads(line) for line in self.ctl("history", "--mission", mission, str(self.numbers[mission]),
                                                      "--json").splitlines()]
        told = []
        for row in rows:
            if "revision" in row:
                warning = row["revision"]["warning"]
                told.append((warning["messageType"], warning["revision"], warning["certainty"],
                             warning.get("alerts", False)))
            else:
                action = row["action"]["action"]
                told.append((next(iter(action["detail"])), action.get("person", ""), action.get("comment", ""),
                             row["action"]["outcome"]))
        return told

    def end_of(self, name):
        """The three ends are the same; then the report is taken back, so that the next night begins anew."""
        told = {mission: self.history(mission) for mission in DESKS}
        for other, before in self.told.items():
            self.assertEqual(told, before, f"{name} and {other}")
        self.told[name] = told
        self.ctl("withdraw", "--mission", "binuca", self.report, "--revision", "4", "--reason", "end of this night")
        for mission in DESKS:
            self.look(mission, f"...{mission.upper()} {DESKS[mission]}, moderate: ...[cancelled]")
        for desk in self.desks.values():
            lines = [line for line in desk.text().splitlines() if re.match(r".*[A-Z]+ \d{4}[,:]", line)]
            self.assertEqual(len(lines), len(set(lines)), f"{name}: a line came twice\n{desk.text()}")

    def tell(self, report, before_each=lambda: None):
        self.report = report
        steps = steps_of(STORY)
        self.assertEqual([command[0] for command, _ in steps],
                         ["file", "ack", "correct", "correct", "resolve", "ack", "respond", "resolve", "history"])
        for command, seen in steps:
            before_each()
            command = [report if word == "night-1" else word for word in command]
            command = [str(self.numbers[m]) if (m := {"N": "monusco", "M": "unmis"}.get(word)) else word
                       for word in command]
            began = time.monotonic()
            printed = self.ctl("--retry", "120", *command)
            for who, text in seen:
                if who == "prints":
                    self.assertRegex(printed, self.pattern(text, radio=False))
                else:
                    line = self.look(who, text)
                    print(f"{time.monotonic() - began:6.2f} s after {command[0]}: {who} | {line}", flush=True)

    def test_1_as_it_stands(self):
        self.tell("night-1")
        self.end_of("as it stands")

    def test_2_each_process_killed_in_turn(self):
        victims = ["sitrep-ingest-binuca", "router", "correlator", "gateway-monusco", "gateway-unmis", "kafka", "router",
                   "gateway-unmis", "correlator"]

        def kill():
            victim = victims.pop(0)
            print(f"kill -9 {victim}", flush=True)
            if victim == "kafka":
                os.kill(int(self.stack.kafka("pid")), signal.SIGKILL)
                self.stack.kafka("start")
            else:
                self.stack.process(victim).kill()
                self.stack.process(victim).start()

        self.tell("night-2", kill)
        self.assertEqual(victims, [])
        self.end_of("killed")

    def test_3_without_tocsinctl(self):
        self.report = "night-3"
        functions, *blocks = [(kind, text.replace("night-1", self.report))
                              for kind, text in re.findall(r"^```(sh|python)\n(.*?)^```$", WITHOUT, re.M | re.S)]
        self.assertEqual([kind for kind, _ in blocks], ["sh", "python", "sh", "sh", "sh"])
        looks = [[("monusco", "UNVERIFIED MONUSCO N, ..."), ("unmis", "UNVERIFIED UNMIS M, ...")],
                 [("monusco", "MONUSCO N: acknowledged by desk ... desk: \"reception team told\""),
                  ("unmis", "UNMIS M: taken to the deputy by the mission's policy, ...")],
                 [("monusco", "... MONUSCO N, moderate: ..."), ("unmis", "... UNMIS M, moderate: ...")],
                 [("monusco", "MONUSCO N, moderate: ..."), ("unmis", "UNMIS M, moderate: ...")],
                 [("monusco", "MONUSCO N: ...resolved by desk, ... desk: \"1200 met\""), ("unmis", "UNMIS M: ...resolved by desk, ...")]]
        for (kind, block), seen in zip(blocks, looks):
            environment = {**os.environ, "PKI": str(self.stack.pki),
                           "PATH": f"{self.stack.home}/tools/bin:{os.environ['PATH']}",
                           "PYTHONPATH": str(ROOT / "clients" / "python" / "src")}
            for variable, process in (("BINUCA_SITREPS", "sitrep-ingest-binuca"), ("MONUSCO", "gateway-monusco"),
                                      ("UNMIS", "gateway-unmis")):
                environment[variable] = f"127.0.0.1:{self.stack.process(process).port}"
            for mission, number in self.numbers.items():
                environment[DESKS[mission]] = str(number)
            command = ["bash", "-euc", functions[1] + block] if kind == "sh" else [sys.executable, "-c", block]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
            self.assertEqual(done.returncode, 0, f"{block}\n{done.stdout}{done.stderr}")
            for who, text in seen:
                self.look(who, text)
        self.assertIn('"stage": "RESPONSE_STAGE_TASKED"', done.stdout)
        self.end_of("without tocsinctl")

    def test_4_one_watch(self):
        desk = Desk(self.stack, self.folder, "binuca")
        self.addCleanup(desk.end)
        numbers = {}

        def pattern(text):
            text = re.sub(r"BINUCA ([A-D])\b", lambda m: f"BINUCA {numbers.get(m[1], m[0][-1])}", text)
            parts = [re.sub(r"BINUCA\\ [A-D]\b", r"BINUCA \\d{4}", re.escape(part)) for part in text.split("...")]
            return ".*".join(parts)

        steps = steps_of(WATCH)
        self.assertEqual([command[0] for command, _ in steps],
                         ["log-on", "raise", "raise", "raise", "raise", "silence", "silence", "ack", "handover",
                          "handover", "handover"])
        for command, seen in steps:
            printed = self.ctl("--retry", "120", *(str(int(numbers[word])) if word in numbers else word for word in command))
            for who, text in seen:
                if who == "prints":
                    self.assertRegex(printed, pattern(text))
                    continue
                line = desk.await_line(pattern(text), self)
                print(f"{command[0]}: {who} | {line}", flush=True)
                if name := re.search(r"BINUCA ([A-D])\b", text):
                    numbers.setdefault(name[1], re.search(r"BINUCA (\d{4})", line)[1])


if __name__ == "__main__":
    subprocess.run([sys.executable, str(ROOT / "clients" / "python" / "generate")], check=True)
    unittest.main(verbosity=2)
