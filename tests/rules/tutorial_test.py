#!/usr/bin/env python3
"""docs/writing-rules.md says what the commands really print: its rule is written, spoilt, mended and changed as the
page has it, and each output is compared with the page's. Numbers of shipped rules may differ.

    tutorial_test.py TOCSINCTL      from the repository's root
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PAGE = pathlib.Path("docs/writing-rules.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.S | re.M)
RULE = next(text for kind, text in BLOCKS if kind == "yaml" and "id: closed-route-flow" in text)
TIMELINES = next(text for kind, text in BLOCKS if kind == "yaml" and "rule: closed-route-flow" in text)
ROADS = next(text for kind, text in BLOCKS if kind == "yaml" and text.startswith("exercise: EX-ROADS"))
FLOW = next(text for kind, text in BLOCKS if kind == "yaml" and text.startswith("  - mission: unamid"))
OUTPUTS = [text for kind, text in BLOCKS if kind == ""]
failures = []


def shipped_as_n(text):
    text = re.sub(r"^\d+ rules", "N rules", text, flags=re.M)
    return re.sub(r"\d+ the same", "N the same", text)


def main():
    tocsinctl = sys.argv[1]

    def run(*arguments, status, command=("rules",)):
        ended = subprocess.run([tocsinctl, *command, *map(str, arguments)], capture_output=True, text=True)
        if ended.returncode != status:
            failures.append(f"{arguments}: exit status {ended.returncode}: {ended.stdout}{ended.stderr}")
        return shipped_as_n(ended.stdout.replace(str(folder), "/tmp"))

    def shown(what, output):
        if not any(output == shipped_as_n(block) for block in OUTPUTS):
            failures.append(f"{what}: the page does not have\n{output}")

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rules = folder / "my-rules"
        shutil.copytree("rules", rules)
        file = rules / "pack/closed-route-flow.yaml"

        def write(*changes):
            text = RULE
            for old, new in changes:
                if old not in text:
                    failures.append(f"the page's rule has no {old!r}")
                text = text.replace(old, new)
            file.write_text(text, encoding="utf-8")

        write()
        shown("the first lint", run("lint", rules, status=1))
        mended = [("[coridor]", "[corridor]"), ("state: shut", "state: closed")]
        write(*mended)
        shown("the second lint", run("lint", rules, status=0))
        mended.append(("lifetime: 3d", "lifetime: 14d"))
        write(*mended)
        shown("the third lint", run("lint", rules, status=0))

        run("docs", rules, "--out", folder / "my-pages", status=0)
        page = (folder / "my-pages/closed-route-flow.md").read_text(encoding="utf-8")
        if not any(block in page for block in OUTPUTS if block.startswith("Nearness")):
            failures.append(f"the rule in words is not as the page shows it:\n{page}")

        (rules / "pack/closed-route-flow.tests.yaml").write_text(TIMELINES, encoding="utf-8")
        shown("the timelines", run("test", rules, "--rule", "closed-route-flow", status=0))
        tried = run("--rules", rules, "--events", "data/exercise/record.yaml", status=0, command=("backtest",))
        if "group-in-two-areas" not in tried or "closed-route-flow" in tried:
            failures.append(f"the backtest says something else than the page:\n{tried}")
        explain = ("explain", "closed-route-flow", "--rules", rules, "--events", folder / "roads.yaml")
        (folder / "roads.yaml").write_text(ROADS, encoding="utf-8")
        shown("one of two selections", run(*explain, status=0))
        (folder / "roads.yaml").write_text(ROADS + FLOW, encoding="utf-8")
        shown("both", run(*explain, status=0))
        tried = run("--rules", rules, "--events", folder / "roads.yaml", status=0, command=("backtest",))
        shown("the backtest of two reports", tried.split("\n\n")[0] + "\n")

        shutil.copytree(rules, folder / "my-rules-before")
        write(*mended, ("radius_km: 60", "radius_km: 80"))
        shown("the diff", run("diff", folder / "my-rules-before", rules, status=1))

    print("\n".join(failures) or "tutorial: the page shows what the commands print")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
