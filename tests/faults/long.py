"""scripts/test --faults: every fault, each in a run of its own, and a table of what came of it.

    scripts/test --faults [WORD ...]     only those faults whose names hold one of the words

Variables: FAULT_SEED (1), from which victims and moments are drawn; E2E_PORT_BASE (18900), of a hundred ports.
"""

import os
import sys
import time

import faults
import run as runs

# Name, what is done, events. A run without a fault is made once for each number of events.
ALL = (
    ("kill -9, started again", faults.kills(27), 200_000),
    ("killed between two steps, at every named fail point", faults.fail_points(), 40_000),
    ("stopped, replaced by another process, continued", faults.stopped_and_replaced(6), 40_000),
    ("stopped for longer than a transaction may be open", faults.stopped_for_long, 40_000),
    ("broker stopped or killed, started again", faults.broker_restarts(4), 40_000),
    ("broker away for 60 s", faults.broker_away, 40_000),
    ("partitions moved between two and three correlators", faults.rebalances(8), 40_000),
    ("folder of the store deleted", faults.store_deleted(6), 40_000),
    ("disk lost; newest checkpoint whole, missing or damaged", faults.checkpoints_lost(9), 40_000),
    ("bytes in the store flipped", faults.bytes_flipped(12), 40_000),
    ("disk of the store full", faults.disk_full(3), 40_000),
)


def main(words):
    began = time.monotonic()
    bench = runs.Bench(os.environ.get("TOCSIN_PRESET", "dev"), os.environ.get("E2E_PORT_BASE", "18900"))
    for name, fault, events in ALL:
        if not words or any(word in name for word in words):
            runs.engines.stacks.say(name)
            bench.run(name, fault, events)
            print(runs.table(bench.rows[-1:]), flush=True)
    print(f"\n{runs.table(bench.rows)}\n\nseed {runs.SEED}, {(time.monotonic() - began) / 60:.0f} minutes")
    return 0 if bench.rows and bench.ok() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
