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
    notes: list = dataclasses.field(default_factory=list)
    wrong: list = dataclasses.field(default_factory=list)


class Run:
    """What a fault gets: the engine, the events that it is to load (numbers from `first` to before `end`), and chance
    from a seed."""

    def __init__(self, engine, first, end, chance):
        self.engine, self.first, self.end, self.chance = engine, first, end, chance
        self.times, self.notes = 0, []

    def share(self, number, count):
        """A run over one of `count` parts of the events."""
        return Run(self.engine, self._bound(number, count), self._bound(number + 1, count), self.chance)

    def _bound(self, number, count):
        return self.first + (self.end - self.first) * number // count

    def moments(self, count):
        """Loads the events in so many portions; comes back while the router is somewhere within each.

        So the engine is now far behind, now at its end. A moment is a number of events, not a time.
        """
        for number in range(count):
            first, end = self.load_part(number, count)
            self.engine.wait_routed(first + self.chance.uniform(0.1, 0.9) * (end - first))
            yield number
            self.times += 1

    def load_part(self, number, count):
        """The numbers of its first event and of the one behind its last."""
        first, end = self._bound(number, count), self._bound(number + 1, count)
        self.engine.load(end - first)
        return first, end


def one_after_another(*faults):
    """Each over its share of the events, all of them in one run."""
    def fault(run):
        for number, part in enumerate(faults):
            shared = run.share(number, len(faults))
            part(shared)
            run.times += shared.times
    return fault


def undisturbed(run):
    run.load_part(0, 1)


def measure(name, fault, events, preset, port_base):
    """(Row without what was lost and doubled, what stands)."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tocsin-fault-") as folder:
        engine = engines.Engine(pathlib.Path(folder), preset, port_base)
        try:
            engine.up()
            run = Run(engine, 0, events, random.Random(f"{SEED} {name}"))
            fault(run)
            engine.wait_evaluated()
            engine.stop_engine()
            said, standing = engine.check()
        finally:
            engine.down()
    row = Row(name, run.times, events, len(standing), seconds=time.monotonic() - began,
              notes=run.notes)
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
        lines += [f"    {text}" for text in row.notes + row.wrong]
    return "\n".join(lines)


class Bench:
    """Runs faults and compares each with the undisturbed run of as many events. `port_base`: of a hundred ports."""

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
