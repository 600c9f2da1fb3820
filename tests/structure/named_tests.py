#!/usr/bin/env python3
"""Tests that docs/bad-input.md names (`Suite.Name`, `Suite.*`) exist: an answer without its test is a promise."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    there = set()
    for folder in ("services", "tests"):
        for path in (ROOT / folder).rglob("*_test.cc"):
            for suite, name in re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", path.read_text(), re.M):
                there |= {f"{suite}.{name}", f"{suite}.*"}
    named = set(re.findall(r"`([A-Z]\w*\.(?:[A-Z]\w*|\*))`", (ROOT / "docs/bad-input.md").read_text()))
    missing = sorted(named - there)
    for name in missing:
        print(f"docs/bad-input.md names {name}, which no test is called")
    sys.exit(1 if missing or not named else 0)


if __name__ == "__main__":
    main()
