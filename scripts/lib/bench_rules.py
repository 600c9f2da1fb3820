"""What many rules cost beside few: both cores in one process, on the workload of the comparison with other engines."""

import pathlib
import shutil
import subprocess

import stack as stacks

PEERS = stacks.ROOT / "tests" / "bench" / "peers"
PACK = PEERS / "contenders" / "tocsin" / "rules"
SQUARES = 4096
FEW, MANY, TIMES = 10, 1000, 3

RULE = """\
id: {name}
version: 1
title: {{en: Sightings in square {square}}}
why: One of many rules that differ in what they select.
kind: event_count
group_by: [square]
selections:
  sighting:
    types: [bench.sighting]
    where: {{square: "{square}"}}
condition:
  window: 60s
  severities: {{moderate: 500}}
address: originators
urgency: immediate
response: prepare
label: {{classification: unclassified, tlp: amber}}
lifetime: 5m
"""


def pack(folder, squares):
    (folder / "pack").mkdir(parents=True)
    for file in PACK.glob("*.yaml"):
        shutil.copy(file, folder / file.name)
    for square in squares:
        name = f"square-{square}"
        (folder / "pack" / f"{name}.yaml").write_text(RULE.format(name=name, square=square))
    return folder


def spread(count):
    """Squares with sightings have odd numbers."""
    return [(i * SQUARES // count) | 1 for i in range(count)]


def measure(folder, events, binaries):
    """The least CPU time of each, in turns."""
    folder.mkdir(parents=True)
    workload = folder / "workload"
    subprocess.run([str(PEERS / "generate"), str(workload), "--events", str(events)], stdout=subprocess.DEVNULL, check=True)
    never = [SQUARES + i for i in range(MANY - FEW)]
    packs = {
        f"{FEW} rules": pack(folder / "few", spread(FEW)),
        f"the same and {MANY - FEW} that meet nothing": pack(folder / "never", spread(FEW) + never),
        f"{MANY} rules, each with its square": pack(folder / "many", spread(MANY)),
    }
    seconds = {}
    for _ in range(TIMES):
        for name, rules in packs.items():
            done = subprocess.run([str(pathlib.Path(binaries) / "bench-core"), "--rules", str(rules), "--file", str(workload),
                                   "--out", str(folder / "out")], stdout=subprocess.PIPE, text=True, check=True)
            cpu = float(done.stdout.split()[3])
            seconds[name] = min(cpu, seconds.get(name, cpu))
    few = next(iter(seconds.values()))
    return {name: {"cpu_seconds": round(cpu, 3), "to_few": round(cpu / few, 2)} for name, cpu in seconds.items()}
