"""scripts/bench: see there."""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import bench_rules
import demo as demos
import stack as stacks


PRESET = os.environ.get("TOCSIN_BENCH_PRESET", "release")


def tool(stack, name, *arguments):
    done = subprocess.run([str(stack.binaries / name), *map(str, arguments)], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise stacks.StackError(f"{name} {arguments[0]} failed:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return None


def percentiles(values):
    values = sorted(values)
    if not values:
        return {"count": 0}

    def at(part):
        return round(values[min(len(values) - 1, int(part * len(values)))], 1)
    return {"count": len(values), "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": round(values[-1], 1)}


def throughput(folder, events):
    """The topics are full before anything starts. The pipe first, then router and correlator."""
    stack = stacks.Stack(folder, "scenario", PRESET, port_base=os.environ.get("TOCSIN_PORT_BASE", "18700"))
    engine = [stack.process("router"), stack.process("correlator")]
    brokers = f"127.0.0.1:{stack.kafka_port}"
    missions = ",".join(stack.missions)
    positions = folder / "positions.json"
    try:
        stack.prepare()
        stacks.say(f"loading {events} events")
        tool(stack, "bench-tool", "load", "--brokers", brokers, "--missions", missions, "--events", events,
             "--positions", positions)
        stacks.say("the floor: a transactional pipe")
        pipe = tool(stack, "bench-tool", "pipe", "--brokers", brokers, "--missions", missions,
                    "--events", events, "--to", "fusion.audit.v1")
        stacks.say("router and correlator")
        began = time.monotonic()
        for process in engine:
            process.start()
        waited = tool(stack, "bench-tool", "await", "--brokers", brokers, "--positions", positions)
        seconds = time.monotonic() - began
        cost = {p.name: {"cpu_seconds": round(cpu_seconds(p.pid()), 1), "peak_mib": round(peak_mib(p.pid()))}
                for p in engine}
    finally:
        stack.down()
    rate = events / seconds
    return {"events": events, "pipe_events_per_second": round(pipe["events_per_second"]),
            "engine_seconds": round(seconds, 2), "engine_events_per_second": round(rate),
            "engine_to_pipe": round(rate / pipe["events_per_second"], 3),
            "warnings": waited["warnings"], "emissions": waited["emissions"], "processes": cost}


# From where to where; what each takes is in `latency`.
LEGS = (("due", "sent", "due → sent by the reporter's client"),
        ("sent", "reported", "→ in the mission's topic"),
        ("reported", "keyed", "→ routed, written"),
        ("keyed", "keyed_visible", "→ committed, there for correlators"),
        ("keyed_visible", "warned", "→ matched, warning written"),
        ("warned", "warned_visible", "→ committed, there for gateways"),
        ("warned_visible", "received", "→ in the officer's client"))
WHOLE = (("accepted", "received", "told to be accepted → client"),
         ("reported", "received", "in the mission's topic → client"),
         ("sent", "received", "sent → client"),
         ("due", "received", "due to be sent → client"))


def latency(folder, rate, seconds):
    demo = demos.Demo(folder, PRESET, show=False, port_base=os.environ.get("TOCSIN_PORT_BASE", "18700"))
    acks, seen = demo.folder / "acks.ndjson", demo.folder / "seen.ndjson"
    tap = None
    try:
        demo.start()
        tap = subprocess.Popen([str(demo.stack.binaries / "bench-tap"), "--brokers", f"127.0.0.1:{demo.stack.kafka_port}",
                                "--missions", ",".join(demo.stack.missions), "--out", str(seen)])
        stacks.say(f"{rate} reports a second for {seconds} s")
        running = {**{p.name: p.pid() for p in demo.stack.processes}, "kafka": int(demo.stack.kafka("pid"))}
        before = {name: cpu_seconds(pid) for name, pid in running.items()}
        driven = tool(demo.stack, "bench-drive", "--context", demo.stack.context_file, "--rate", rate,
                      "--seconds", seconds, "--out", acks)
        # The last report's warnings are due well within this, or the figures would say so.
        time.sleep(3)
        cpu = {}
        for name, pid in running.items():
            kind = name if name == "kafka" else name.rsplit("-", 1)[0]
            cpu[kind] = round(cpu.get(kind, 0) + cpu_seconds(pid) - before[name], 1)
        tap.terminate()
        if tap.wait(120) != 0:
            raise stacks.StackError("bench-tap failed")
    finally:
        if tap and tap.poll() is None:
            tap.kill()
        demo.stop()
    accepted = {(a["mission"], a["id"]): a for a in stacks.load_ndjson(acks)}
    way = {(w["id"], w["revision"]): w for w in stacks.load_ndjson(seen)}
    journeys, lost = [], 0
    for watcher in demo.watchers:
        for line in stacks.load_ndjson(watcher.deliveries):
            warning = line["view"]["warning"]
            cause = warning.get("causedBy")
            ack = accepted.get((cause["mission"], cause["id"])) if cause else None
            if ack is None or line.get("snapshot"):
                continue
            seen_there = way.get((warning["id"], warning["revision"]))
            if seen_there is None:
                lost += 1
                continue
            journeys.append({
                "due": ack["due_us"], "sent": ack["sent_us"], "accepted": ack["accepted_us"],
                "reported": seen_there["report"]["appended_us"], "keyed": seen_there["keyed"]["appended_us"],
                "keyed_visible": seen_there["keyed"]["visible_us"], "warned": seen_there["warning"]["appended_us"],
                "warned_visible": seen_there["warning"]["visible_us"], "received": int(line["received_unix_us"])})

    def spent(pairs):
        return {name: percentiles([(j[end] - j[begin]) / 1000 for j in journeys]) for begin, end, name in pairs}
    return {"rate": rate, "seconds": seconds, **driven, "deliveries": len(journeys), "deliveries_not_traced": lost,
            "whole_ms": spent(WHOLE), "legs_ms": spent(LEGS), "cpu_seconds": cpu}


def say_latency(l):
    print(f"\n{'latency at ' + format(l['rate'], ',') + ' reports/s, ms':42}{'n':>8}{'p50':>9}{'p99':>9}{'max':>9}")
    for part in ("whole_ms", "legs_ms"):
        for name, v in l[part].items():
            print(f"  {name:40}{v['count']:>8}" + "".join(f"{v.get(k, '-'):>9}" for k in ("p50", "p99", "max")))
    print(f"  offered {l['offered_per_second']:,.0f}/s, accepted {l['accepted']:,} of {l['offered']:,}; the generator was at most "
          f"{l['generator_behind_ms_max']:.1f} ms behind its schedule")
    print("  CPU s: " + ", ".join(f"{name} {cost}" for name, cost in l["cpu_seconds"].items()))


def bounded(folder, events, keys, live):
    """A line now and then, as it goes: memory that grows is seen before the end."""
    (folder / "bounded").mkdir(parents=True)
    program = str(stacks.ROOT / "build" / PRESET / "bin" / "bench-state")
    print(f"{'events':>12}{'seconds':>10}{'MiB resident':>14}{'MiB on disk':>13}")
    with subprocess.Popen([program, "bounded", "--folder", str(folder / "bounded"), "--events", str(events), "--keys", str(keys),
                           "--live", str(live)], stdout=subprocess.PIPE, text=True, cwd=stacks.ROOT) as run:
        lines = []
        for line in run.stdout:
            lines.append(json.loads(line))
            if "resident_mib" in lines[-1]:
                v = lines[-1]
                print(f"{v['events']:>12,}{v['seconds']:>10.1f}{v['resident_mib']:>14}{v['disk_mib']:>13}", flush=True)
    if run.returncode:
        raise stacks.StackError("bench-state failed")
    return {"course": lines[:-1], **lines[-1]}


def recovery(folder, events, keys):
    stack = stacks.Stack(folder / "recovery", "scenario", PRESET, port_base=os.environ.get("TOCSIN_PORT_BASE", "18700"))
    stack.folder.mkdir(parents=True)
    stacks.say("starting Kafka")
    stack.kafka("start")
    try:
        done = subprocess.run([str(stacks.ROOT / "build" / PRESET / "bin" / "bench-state"), "recovery", "--folder",
                               str(stack.folder), "--events", str(events), "--keys", str(keys), "--brokers",
                               f"127.0.0.1:{stack.kafka_port}"], stdout=subprocess.PIPE, text=True, check=True, cwd=stacks.ROOT)
    finally:
        stack.kafka("stop")
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", add_help=False)
    parser.add_argument("--json")
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--rate", type=int, nargs="+", default=[5000, 10_000])
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--only", choices=("throughput", "latency", "cores", "rules", "bounded", "recovery"))
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--live", type=int, default=200_000)
    options = parser.parse_args()
    folder = pathlib.Path(os.environ["TOCSIN_HOME"]) / "bench"
    shutil.rmtree(folder, ignore_errors=True)
    result = {"machine_cores": os.cpu_count()}
    if options.only in (None, "cores"):
        done = subprocess.run([str(stacks.ROOT / "build" / PRESET / "bin" / "bench-engine"), "--events",
                               str(options.events)], capture_output=True, text=True, check=True, cwd=stacks.ROOT)
        result["cores"] = c = json.loads(done.stdout)
        print(f"\nboth cores in memory, one thread, no Kafka, no store: {c['events_per_cpu_second']:,.0f} events a CPU second")
    if options.only in (None, "throughput"):
        result["throughput"] = t = throughput(folder / "throughput", options.events)
        print(f"\n{'events a second':34}{'':>12}{'ratio':>9}")
        print(f"  {'transactional pipe, no state':32}{t['pipe_events_per_second']:>12,}{1:>9.2f}")
        print(f"  {'router and correlator':32}{t['engine_events_per_second']:>12,}{t['engine_to_pipe']:>9.2f}")
        for name, cost in t["processes"].items():
            print(f"    {name:30}{cost['cpu_seconds']:>8} CPU s{cost['peak_mib']:>8} MiB at most")
    if options.only in (None, "latency"):
        result["latency"] = []
        for rate in options.rate:
            result["latency"].append(latency(folder / f"latency-{rate}", rate, options.seconds))
            say_latency(result["latency"][-1])
    if options.only == "rules":
        result["rules"] = bench_rules.measure(folder / "rules", options.events, stacks.ROOT / "build" / PRESET / "bin")
        print(f"\n{'both cores in memory, ' + format(options.events, ',') + ' events':46}{'CPU s':>9}{'ratio':>9}")
        for name, cost in result["rules"].items():
            print(f"  {name:44}{cost['cpu_seconds']:>9}{cost['to_few']:>9}")
    if options.only == "bounded":
        result["bounded"] = bounded(folder, options.events, options.keys, options.live)
    if options.only == "recovery":
        result["recovery"] = r = recovery(folder, options.events, options.keys)
        print(f"\n{'seconds to the first event':34}{'':>12}")
        print(f"  {'warm, state of ' + str(r['state_mib']) + ' MiB':32}{max(r['warm_restart_seconds']):>12.2f}")
        print(f"  {'empty disk, from a checkpoint':32}{max(r['empty_machine_seconds']):>12.2f}")
        print(f"  a checkpoint takes {r['checkpoint_seconds']:.1f} s, of which the flow stands still for "
              f"{r['checkpoint_stall_ms']:.0f} ms")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except stacks.StackError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
