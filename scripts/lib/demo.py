"""scripts/demo: see there. The tests that disturb it drive the same Demo class."""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

import stack as stacks

ROOT = stacks.ROOT
TWIN = ROOT / "tests" / "twin"
# How far ahead of unacknowledged reports the player runs, and how far behind the clock a source at its end
# counts: the router's default margin.
MARGIN_US = 60_000_000


class Watcher:
    """One officer's client: tocsinctl watch, its lines shown, its deliveries kept."""

    def __init__(self, demo, mission):
        self.mission, self.deliveries = mission, demo.folder / f"watch-{mission}.ndjson"
        with open(demo.folder / f"watch-{mission}.log", "ab") as log:
            self.process = subprocess.Popen(
                demo.stack.ctl_command("watch", "--mission", mission, "--status", "exercise",
                                       "--record", str(self.deliveries)),
                stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True)
        self.thread = threading.Thread(target=self._show, args=(demo.show,), daemon=True)
        self.thread.start()

    def _show(self, show):
        for line in self.process.stdout:
            if show:
                print(f"{self.mission.upper():9}| {line}", end="", flush=True)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.thread.join(5)
        self.process.stdout.close()


class Demo:
    def __init__(self, folder, preset, show=True, speed="max", port_base=None, rules=None, live=None,
                 routers=1, correlators=1):
        self.folder = pathlib.Path(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.show, self.speed = show, speed
        self.stack = stacks.Stack(self.folder, "scenario", preset, port_base=port_base, rules=rules, live=live,
                                  routers=routers, correlators=correlators)
        self.filed = self.folder / "filed.ndjson"
        self.positions = self.folder / "positions.json"
        self.watchers, self.player = [], None

    def start(self):
        self.began = time.monotonic()
        self.stack.up()
        self.watchers = [Watcher(self, mission) for mission in self.stack.watching]

    def play(self, meanwhile=None, record=None):
        """Offers the whole record; `meanwhile(demo)` runs beside it (the kill test)."""
        self.player = subprocess.Popen(
            self.stack.ctl_command("play", str(record or ROOT / "data/exercise/play.yaml"),
                                   "--filed", str(self.filed), "--positions", str(self.positions),
                                   "--speed", str(self.speed)),
            start_new_session=True, stdout=subprocess.DEVNULL,
            stderr=None if self.show else subprocess.DEVNULL)
        if meanwhile:
            meanwhile(self)
        if self.player.wait() != 0:
            raise stacks.StackError(f"the player ended with status {self.player.returncode}")

    def wait_filed(self, lines):
        """Waits until the player has had answers for so many."""
        deadline = time.monotonic() + 120
        while self.player.poll() is None:
            if self.filed.exists() and self.filed.read_bytes().count(b"\n") >= lines:
                return
            if time.monotonic() > deadline:
                raise stacks.StackError(f"the player did not get to line {lines} within 120 s")
            time.sleep(0.02)

    def settle(self):
        """Waits until every JOC has all that follows from what was filed."""
        for mission in self.stack.watching:
            self.stack.ctl("watch", "--mission", mission, "--status", "exercise", "--json", "--session", "settle",
                           "--until-evaluated", str(self.positions))
        # A partition that could not be read for a moment makes an absence "unknown" until it is read again.
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and any(
                view["warning"].get("absenceState") == "unknown"
                for mission in self.stack.watching for view in self.standing(mission)):
            time.sleep(0.2)
        # The watchers are other clients of the same gateways: they have it all when they hold every
        # emission that stands.
        for watcher in self.watchers:
            wanted = {(v["warning"]["id"], v["warning"]["revision"]) for v in self.standing(watcher.mission)}
            deadline = time.monotonic() + 60
            while not wanted <= set(self.emissions(watcher)):
                if time.monotonic() > deadline:
                    missing = len(wanted - set(self.emissions(watcher)))
                    raise stacks.StackError(f"{watcher.mission}: its watch lacks {missing} of the warnings")
                time.sleep(0.1)

    def emissions(self, watcher):
        if not watcher.deliveries.exists():
            return []
        return [(line["view"]["warning"]["id"], line["view"]["warning"]["revision"])
                for line in stacks.load_ndjson(watcher.deliveries)]

    def standing(self, mission):
        """What stands at a JOC, cancelled warnings left out."""
        text = self.stack.ctl("list", "--mission", mission, "--status", "exercise", "--all", "--json")
        views = [json.loads(line) for line in text.splitlines() if line.strip()]
        return [v for v in views if v["warning"]["messageType"] != "MESSAGE_TYPE_CANCEL"]

    def summary(self):
        lines = stacks.load_ndjson(self.filed)
        accepted = [l for l in lines
                    if l["receipt"].get("outcome") in ("OUTCOME_ACCEPTED", "OUTCOME_DUPLICATE")]
        identities = {(l["event"]["mission"], l["event"]["id"], l["event"]["revision"]) for l in accepted}
        refused = len(lines) - len(accepted)
        clock = max(int(l["receipt"]["acceptedUs"]) for l in accepted)
        expected = self.folder / "expected.ndjson"
        with open(expected, "w", encoding="utf-8") as out:
            subprocess.run([sys.executable, str(TWIN / "twin.py"), "--filed", str(self.filed),
                            "--rules", str(self.stack.rules), "--live", ",".join(self.stack.live),
                            "--clock-us", str(clock), "--margin-us", str(MARGIN_US)], stdout=out, check=True)
        by_joc, by_rule, missing, duplicates, differences = {}, {}, 0, 0, []
        for watcher in self.watchers:
            mission = watcher.mission
            views = self.standing(mission)
            by_joc[mission] = len(views)
            for view in views:
                by_rule.setdefault(view["warning"]["ruleId"], set()).add(view["warning"]["id"])
            actual = self.folder / f"standing-{mission}.ndjson"
            actual.write_text("".join(json.dumps(view) + "\n" for view in views))
            done = subprocess.run([sys.executable, str(TWIN / "compare.py"), "--expected", str(expected),
                                   "--actual", str(actual), "--joc", mission],
                                  capture_output=True, text=True, check=False)
            verdict = json.loads(done.stdout.splitlines()[-1])
            missing += verdict["missing"] + verdict["differing"]
            duplicates += verdict["extra"]
            differences += [line for line in done.stderr.splitlines() if line.strip()]
            seen = self.emissions(watcher)
            duplicates += len(seen) - len(set(seen))
        return {
            "events_offered": len(lines), "events_accepted": len(identities), "events_rejected": refused,
            "warnings": {"by_joc": by_joc, "by_rule": {rule: len(ids) for rule, ids in sorted(by_rule.items())}},
            "duplicates": duplicates, "missing": missing, "latency_ms": self.latency(accepted),
            "seconds": round(time.monotonic() - self.began, 1),
        }, differences

    def latency(self, accepted):
        """From an event's acceptance, as its filer saw it, to each warning it caused in a client's hands."""
        acked = {(l["event"]["mission"], l["event"]["id"], l["event"]["revision"]): int(l["acked_unix_us"])
                 for l in accepted}
        values = []
        for watcher in self.watchers:
            for line in stacks.load_ndjson(watcher.deliveries):
                warning = line["view"]["warning"]
                cause = warning.get("causedBy")
                if line.get("snapshot") or not cause:
                    continue
                at = acked.get((cause["mission"], cause["id"], warning.get("causedByRevision")))
                if at is not None:
                    values.append((int(line["received_unix_us"]) - at) / 1000)
        values.sort()
        if not values:
            return {"p50": None, "p99": None, "max": None}

        def at(part):
            return round(values[min(len(values) - 1, int(part * len(values)))], 1)
        return {"p50": at(0.5), "p99": at(0.99), "max": round(values[-1], 1)}

    def stop(self):
        if self.player and self.player.poll() is None:
            self.player.kill()
            self.player.wait()
        for watcher in self.watchers:
            watcher.stop()
        self.stack.down()


def report(summary, differences):
    """The summary for people, and whether all is well."""
    warnings = summary["warnings"]
    print("\nSummary")
    print(f"  events     {summary['events_offered']} offered, {summary['events_accepted']} accepted, "
          f"{summary['events_rejected']} refused")
    for mission, count in warnings["by_joc"].items():
        print(f"  {mission.upper():9}  {count} warnings")
    for rule, count in warnings["by_rule"].items():
        print(f"    {rule:28} {count}")
    print(f"  against the independent twin: {summary['missing']} missing, {summary['duplicates']} doubled")
    latency = summary["latency_ms"]
    print(f"  accepted → in the officer's hands: p50 {latency['p50']} ms, p99 {latency['p99']} ms, "
          f"max {latency['max']} ms")
    print(f"  {summary['seconds']} s in all")
    for line in differences[:20]:
        print(f"  difference: {line}")
    return summary["missing"] == 0 and summary["duplicates"] == 0


def main():
    parser = argparse.ArgumentParser(prog="scripts/demo", add_help=False)
    parser.add_argument("--summary")
    parser.add_argument("--speed", default="max")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    home = pathlib.Path(os.environ["TOCSIN_HOME"])
    demo = Demo(home / "demo", os.environ.get("TOCSIN_PRESET", "dev"), not options.quiet, options.speed)
    well = False
    try:
        demo.start()
        stacks.say("playing the record of 2008 and 2009 as one exercise")
        demo.play()
        demo.settle()
        summary, differences = demo.summary()
        if options.summary:
            pathlib.Path(options.summary).write_text(json.dumps(summary, indent=2) + "\n")
        well = report(summary, differences)
    except stacks.StackError as error:
        print(f"error: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        options.keep = False
        return 130
    finally:
        if options.keep:
            print(f"Left running. Look: build/dev/bin/tocsinctl --context {demo.stack.context_file} status\n"
                  f"Stop: TOCSIN_HOME={home} scripts/local stop-demo")
        else:
            # Nothing is left behind, whatever else is pressed meanwhile.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            demo.stop()
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
