"""One disturbed run: load, disturb, wait, stop, compare with the run that nothing disturbed."""

import collections
import dataclasses
import os
import pathlib
import random
import tempfile
import time

import engine as engines

SEED = int(os.environ.get("FAULT_SEED", "1"))


@dataclasses.dataclass
class Row:
    """One line of the table."""
    fault: str
    times: int
    events: int
    warnings: int = 0
    lost: int = 0
    doubled: int = 0
    seconds: float = 0
    wrong: list = dataclasses.field(default_factory=list)


class Run:
    """What a fault gets: the engine, how many events there are to be, and chance from a seed."""

    def __init__(self, engine, events, seed):
        self.engine, self.events = engine, events
        self.chance = random.Random(seed)
        self.times = 0

    def moments(self, count):
        """Loads the events in so many portions; comes back while the router is somewhere within each.

        So the engine is now far behind, now at its end. A moment is a number of events, not a time.
        """
        for number in range(count):
            first, last = self.load_part(number, count)
            self.engine.wait_routed(first + self.chance.uniform(0.1, 0.9) * (last - first))
            yield number
            self.times += 1

    def load_part(self, number, count):
        """The numbers of its first event and of the one behind its last."""
        first, last = (self.events * n // count for n in (number, number + 1))
        self.engine.load(last - first)
        return first, last


def undisturbed(run):
    run.engine.load(run.events)


def measure(name, fault, events, preset, port_base):
    """(Row without what was lost and doubled, what stands)."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tocsin-fault-") as folder:
        engine = engines.Engine(pathlib.Path(folder), preset, port_base)
        try:
            engine.up()
            run = Run(engine, events, f"{SEED} {name}")
            fault(run)
            engine.wait_evaluated()
            engine.stop_engine()
            said, standing = engine.check()
        finally:
            engine.down()
    row = Row(name, run.times, events, len(standing), seconds=time.monotonic() - began)
    if said["wrong"]:
        row.wrong = [f"{said['wrong']} things are wrong with what it wrote:", *said["first"]]
    return row, standing


def compare(row, standing, reference):
    """Counts what one has and the other has not, by content."""
    def contents(lines):
        return collections.Counter((line["content"], line["expired"]) for line in lines)
    missing = contents(reference) - contents(standing)
    extra = contents(standing) - contents(reference)
    row.lost, row.doubled = missing.total(), extra.total()
    for title, kind, lines in (("lost", missing, reference), ("doubled or other", extra, standing)):
        for line in [l for l in lines if (l["content"], l["expired"]) in kind][:3]:
            warning = line["warning"]
            row.wrong.append(f"{title}: {line['rule']} {warning.get('key')} {warning.get('episode')} "
                             f"expired {line['expired']}, revision {warning.get('revision')}")


def table(rows):
    lines = [f"{'fault':58}{'times':>6}{'events':>9}{'warnings':>10}{'lost':>6}{'doubled':>9}{'s':>6}"]
    for row in rows:
        lines.append(f"{row.fault:58}{row.times:>6}{row.events:>9,}{row.warnings:>10,}{row.lost:>6}{row.doubled:>9}"
                     f"{row.seconds:>6.0f}")
        lines += [f"    {text}" for text in row.wrong]
    return "\n".join(lines)


class Bench:
    """Runs faults and compares each with the undisturbed run of as many events."""

    def __init__(self, preset, port_base):
        self.preset, self.port_base = preset, port_base
        self.references, self.rows = {}, []

    def reference(self, events):
        if events not in self.references:
            row, standing = measure(f"none, {events:,} events", undisturbed, events, self.preset, self.port_base)
            self.rows.append(row)
            self.references[events] = standing
        return self.references[events]

    def run(self, name, fault, events):
        reference = self.reference(events)
        try:
            row, standing = measure(name, fault, events, self.preset, self.port_base)
        except (engines.Wrong, engines.stacks.StackError) as error:
            row = Row(name, 0, events, wrong=str(error).splitlines())
        else:
            compare(row, standing, reference)
        self.rows.append(row)
        return row

    def ok(self):
        return all(not row.wrong for row in self.rows)
