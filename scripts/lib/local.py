"""scripts/local: see there."""

import os
import shutil
import subprocess
import sys

import yaml

import stack as stacks


def read_options(arguments):
    if not arguments:
        raise stacks.StackError("--options needs a file: process names, each with its options")
    try:
        with open(arguments[0], encoding="utf-8") as file:
            options = yaml.safe_load(file)
    except (OSError, yaml.YAMLError) as error:
        raise stacks.StackError(f"--options {arguments[0]}: {error}") from error
    if not isinstance(options, dict) or not all(isinstance(one, dict) for one in options.values()):
        raise stacks.StackError(f"--options {arguments[0]}: must be process names, each with its options")
    return options


def main(arguments):
    home = os.environ["TOCSIN_HOME"]
    verb = arguments[0]
    folder, clock = ("demo", "scenario") if verb == "stop-demo" else ("local", "wall")
    # By hand every mission has its gateway; the demo is what it was started as.
    centres = {} if verb == "stop-demo" else {"watching": stacks.Stack.MISSIONS}
    if "--options" in arguments:
        centres["overrides"] = read_options(arguments[arguments.index("--options") + 1:])
    stack = stacks.Stack(os.path.join(home, folder), clock, os.environ.get("TOCSIN_PRESET", "dev"), **centres)
    if verb == "up":
        try:
            stack.up()
        except BaseException:
            stack.down()
            raise
        print(f"Up. Try: build/dev/bin/tocsinctl --context {stack.context_file} status")
    elif verb in ("down", "fresh", "stop-demo"):
        stack.down()
        if verb == "fresh":
            shutil.rmtree(stack.folder, ignore_errors=True)
    elif verb == "status":
        rows = stack.status()
        for row in rows:
            print(f"{row['name']:24} pid {row['pid'] or '-':>8}  port {row['port'] or '-':>6}  "
                  f"ops {row['ops']}  {row['state']}")
        return 0 if all(row["state"] == "ready" for row in rows) else 1
    elif verb == "logs":
        rest = arguments[1:]
        names = [a for a in rest if not a.startswith("-")] or [p.name for p in stack.processes]
        files = [str(stack.process(name).log_file) for name in names]
        files = [file for file in files if os.path.exists(file)]
        if not files:
            raise stacks.StackError("there are no logs yet; start it with scripts/local up")
        return subprocess.call(["tail", "-n", "40" if len(names) == 1 else "5",
                                *(["-F"] if "--follow" in rest or "-f" in rest else []), *files])
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except stacks.StackError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
