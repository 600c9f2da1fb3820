#!/usr/bin/env python3
"""Tests that docs/bad-input.md and docs/guarantees.md name (`Suite.Name`, `Suite.*`, `tests/file`) exist: an answer
without its test is a promise."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ("docs/bad-input.md", "docs/guarantees.md")


def main():
    there = set()
    for folder in ("services", "tests"):
        for path in (ROOT / folder).rglob("*_test.cc"):
            for suite, name in re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", path.read_text(), re.M):
                there |= {f"{suite}.{name}", f"{suite}.*"}
    wrong = []
    for page in PAGES:
        text = (ROOT / page).read_text()
        named = set(re.findall(r"`([A-Z]\w*\.(?:[A-Z]\w*|\*))`", text))
        files = {name for name in re.findall(r"`(tests/[\w./]+)`", text)}
        wrong += [f"{page} names {name}, which no test is called" for name in sorted(named - there)]
        wrong += [f"{page} names {name}, which is not there" for name in sorted(files) if not (ROOT / name).exists()]
        if not named:
            wrong.append(f"{page} names no test")
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
