#!/usr/bin/env python3
"""clang-tidy over the sources of the pure libraries, with the flags of a configured build folder.

A file that was clean stays clean until it, a header of this repository that it includes, its flags,
.clang-tidy or clang-tidy itself changes (known.py), so a second run takes a second.

    tidy.py BUILD [-j JOBS] [--deep] [FILE...]    --deep: with clang's analyzer, which takes as long again
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

from arrows import PURE
from known import ROOT, SERVICES, Known


def clang_arguments(entry):
    """g++'s command line without what only g++ understands: its precompiled header and its flags."""
    words = shlex.split(entry["command"]) if "command" in entry else entry["arguments"]
    kept = []
    skip = 0
    for i, word in enumerate(words):
        if skip:
            skip -= 1
        elif word == "-include" and "cmake_pch" in words[i + 1]:
            skip = 1
        elif word in ("-o", "-MF", "-MT", "-MQ"):
            skip = 1
        elif word in ("-Winvalid-pch", "-fpch-preprocess", "-c", "-MD", "-Wno-maybe-uninitialized", "-Wno-restrict"):
            pass
        elif word.startswith(("-I", "-i", "-D", "-std", "-W", "-f")) or (kept and kept[-1] in ("-isystem", "-I", "-D")):
            kept.append(word)
    return ["clang++", *kept, "-Wno-unknown-warning-option", "-c", entry["file"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("-j", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--deep", action="store_true")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_intermixed_args()

    database = {pathlib.Path(e["file"]).resolve(): e
                for e in json.loads((options.build / "compile_commands.json").read_text())}
    if options.files:
        files = [f.resolve() for f in options.files]
    else:
        files = sorted(f for library in PURE for f in (SERVICES / "lib" / library).rglob("*.cc")
                       if not f.stem.endswith("_test"))
    # A source that no target compiles would go unseen by the compiler too.
    unbuilt = [f for f in files if f not in database]
    for file in unbuilt:
        print(f"{file.relative_to(ROOT)}: no target compiles it")
    files = [f for f in files if f in database]
    if not files:
        print("tidy: nothing to look at")
        return 1

    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    checks = ["--checks=clang-analyzer-*"] if options.deep else []
    known = Known("tidy-deep" if options.deep else "tidy", (ROOT / ".clang-tidy").read_bytes() + version)
    jobs = []
    for file in files:
        arguments = clang_arguments(database[file])
        stamp = known.stamp(file, arguments)
        if not stamp.exists():
            jobs.append((file, arguments, stamp))

    def look(job, folder):
        file, _, stamp = job
        result = subprocess.run(["clang-tidy", "--quiet", *checks, "-p", folder, str(file)],
                                capture_output=True, text=True, cwd=ROOT)
        if result.returncode == 0:
            stamp.touch()
            return None
        return result.stdout.strip() or result.stderr.strip()

    failed = len(unbuilt)
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(max_workers=options.j) as pool:
        (pathlib.Path(folder) / "compile_commands.json").write_text(json.dumps([
            {"directory": str(options.build.resolve()), "file": str(file), "arguments": arguments}
            for file, arguments, _ in jobs]))
        for job, complaint in zip(jobs, pool.map(lambda job: look(job, folder), jobs)):
            if complaint:
                failed += 1
                print(f"--- {job[0].relative_to(ROOT)}\n{complaint}", flush=True)
    print(f"tidy: {len(files)} files, {len(files) - len(jobs)} known to be clean, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
