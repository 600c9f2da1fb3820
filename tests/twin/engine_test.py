#!/usr/bin/env python3
"""The engine's cores and the twin over the shipped record and warnings raised by hand (raised.yaml), rules in shadow included:
the same warnings stand.

    engine_test.py <twin_standing>
"""
import pathlib
import subprocess
import sys
import tempfile

import compare
import history
import twin

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.argv[1], folder], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        filed, standing = ((pathlib.Path(folder) / name).read_text().splitlines() for name in ("filed.ndjson", "standing.ndjson"))
    pack = history.Pack(ROOT / "rules", shadow=True)
    expected = list(twin.standing(pack, history.read_events(filed, pack), sorted(pack.desks), int(done.stdout)))
    numbers, details = compare.compare(expected, list(compare.read_actual(standing)))
    print("\n".join(details))
    by_rule = {rule["id"]: sum(w["rule"] == rule["id"] for w in expected) for rule in pack.rules}
    print(len(expected), "warnings stand:", by_rule)
    if any(numbers.values()):
        sys.exit(f"engine and twin do not agree: {numbers}")
    idle = [r["id"] for r in pack.rules if not by_rule[r["id"]]
            and (r["kind"] == "composite" or r.get("state", "live") == "live")]
    if idle:
        sys.exit(f"nothing is compared of {idle}")


if __name__ == "__main__":
    main()
