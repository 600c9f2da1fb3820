#!/usr/bin/env python3
"""Finds what threads share and touch without the lock, with clang's -Wthread-safety.

  every mutex    of services/ is lib/base/mutex.h's, which clang sees (std::mutex it does not), and guards
                 something: a name is declared ABSL_GUARDED_BY it
  every source   that a mutex reaches, through the repository's headers, is compiled without output by clang,
                 with the flags of a configured build folder; an access without the lock is an error

A source that was clean stays clean until it, a header of this repository that it includes, its flags or
clang itself changes (known.py).

    locks.py BUILD [-j JOBS] [FILE...]
    locks.py BUILD --self-test    takes every lock out of a copy of one source in turn, and must find it
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

from known import ROOT, SERVICES, Known, headers_of
from tidy import clang_arguments

CHECK = ["-fsyntax-only", "-Wthread-safety", "-Werror=thread-safety"]
HOME = SERVICES / "lib/base/mutex.h"
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"", re.S)
UNSEEN = re.compile(r"\bstd::(\w*mutex|condition_variable\w*|lock_guard|unique_lock|scoped_lock|shared_lock)\b")
DECLARED = re.compile(r"^\s*(?:mutable\s+)?Mutex\s+(\w+)\s*;", re.M)
LOCKED = re.compile(r"^.*\bMutexLock lock\(.*\n", re.M)
# Small, and nothing in it is done without the lock.
SAMPLE = SERVICES / "gateway/read_back.cc"


def code_of(file):
    return COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), file.read_text(encoding="utf-8"))


def is_test(file):
    return file.stem.endswith(("_test", "_testing"))


def look_at_names(file):
    """What the compiler cannot tell: a mutex that it does not see, or that guards nothing."""
    code = code_of(file)
    problems = [f"{name} is not seen by -Wthread-safety; lib/base/mutex.h is" for name in
                sorted(set(m.group() for m in UNSEEN.finditer(code)))]
    for name in DECLARED.findall(code):
        # One that only sleeps under it has a condition beside it.
        guards = re.search(rf"ABSL_GUARDED_BY\((\w+(\.|->))*{name}\)", code)
        if not guards and not re.search(r"\bCondition\s+\w+;", code):
            problems.append(f"mutex {name} guards nothing: say what with ABSL_GUARDED_BY({name})")
    return problems


def compile_source(arguments, text=None):
    """What clang says of the source, or of `text` in its place; empty if it is clean."""
    if text is not None:
        arguments = [*arguments[:-1], "-x", "c++", "-"]
    result = subprocess.run(arguments, input=text, capture_output=True, text=True, cwd=ROOT, check=False)
    return "" if result.returncode == 0 else result.stderr.strip() or f"clang++ ended with {result.returncode}"


def arguments_of(entry):
    words = clang_arguments(entry)
    at = words.index("-c")
    # Warnings are other checks' matter, of this one only the locks.
    kept = [w for w in words[:at] if not w.startswith("-W")]
    return [*kept, *CHECK, "-c", words[at + 1]]


def self_test(database):
    arguments = arguments_of(database[SAMPLE])
    text = SAMPLE.read_text(encoding="utf-8")
    if complaint := compile_source(arguments, text):
        print(f"locks: the sample is not clean\n{complaint}")
        return 1
    missed = 0
    places = list(LOCKED.finditer(text))
    for place in places:
        complaint = compile_source(arguments, text[:place.start()] + text[place.end():])
        if "requires holding mutex" not in complaint:
            missed += 1
            line = text[:place.start()].count("\n") + 1
            print(f"locks: nothing was found without the lock of line {line}: {complaint or 'clean'}")
    print(f"locks: {len(places)} locks taken out of {SAMPLE.relative_to(ROOT)}, {missed} not found missing")
    return 1 if missed or len(places) < 3 else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("-j", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_intermixed_args()
    database = {pathlib.Path(e["file"]).resolve(): e
                for e in json.loads((options.build / "compile_commands.json").read_text())}
    if options.self_test:
        return self_test(database)

    failed = 0
    holders = set()
    for file in sorted(p for p in SERVICES.rglob("*") if p.suffix in (".h", ".cc") and not is_test(p)):
        if file == HOME:
            continue
        for problem in look_at_names(file):
            failed += 1
            print(f"{file.relative_to(ROOT)}: {problem}")
        if re.search(r"\bMutex(Lock)?\b", code_of(file)):
            holders.add(file)
    files = [f for f in sorted(database) if SERVICES in f.parents and not is_test(f)
             and not holders.isdisjoint({f, *headers_of(f, set())})]
    if options.files:
        files = [f for f in files if f in {o.resolve() for o in options.files}]
    if not files:
        print("locks: nothing to look at")
        return 1

    version = subprocess.run(["clang++", "--version"], capture_output=True, check=True).stdout
    known = Known("locks", version)
    jobs = []
    for file in files:
        arguments = arguments_of(database[file])
        stamp = known.stamp(file, arguments)
        if not stamp.exists():
            jobs.append((file, arguments, stamp))
    with concurrent.futures.ThreadPoolExecutor(max_workers=options.j) as pool:
        for job, complaint in zip(jobs, pool.map(lambda job: compile_source(job[1]), jobs)):
            if complaint:
                failed += 1
                print(f"--- {job[0].relative_to(ROOT)}\n{complaint}", flush=True)
            else:
                job[2].touch()
    print(f"locks: {len(files)} sources, {len(files) - len(jobs)} known to be clean, {failed} problems")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
