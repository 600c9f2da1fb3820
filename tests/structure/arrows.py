#!/usr/bin/env python3
"""Fails when an #include breaks the one-way arrows of services/.

    base <- domain <- rules <- publication, routing, correlation, rendering
            domain <- sharing, lifecycle, importing; sharing <- correlation; lifecycle <- rendering
    pure libraries <- wire <- adapters (kafka, rocks, rpc, geo) <- task, filing, backtest <- services/<name>

Debian keeps all headers in one folder and a static linker does not look at arrows, so neither the
compiler nor the linker can find a break; this does. It also keeps what a pure library must never read
(clock, randomness, environment, files) out of the pure libraries.

    arrows.py [ROOT]      check the tree (default: this repository)
    arrows.py --self-test check small seeded trees, each with one known break
"""

import pathlib
import re
import sys
import tempfile

PURE = {
    # library: the repository's libraries that it may include
    "base": set(),
    "domain": {"base"},
    "rules": {"base", "domain"},
    "publication": {"base", "domain", "rules"},  # who may bring a change of rules about
    "routing": {"base", "domain", "rules"},
    "correlation": {"base", "domain", "rules", "sharing"},
    "rendering": {"base", "domain", "rules", "lifecycle"},
    "importing": {"base", "domain"},
    "rulebook": {"base", "domain", "rules"},  # rules for people: differences and pages
    "sharing": {"base", "domain"},
    "lifecycle": {"base", "domain"},
}
# Logging, options and the ops port of a process: every shell may log, no pure library may.
SHELL_BASE = {"service": {"base"}}
WIRE = {"wire": set(PURE)}
ADAPTERS = {name: set(PURE) | {"wire", "service"} for name in ("kafka", "rocks", "rpc", "geo")}
# What several services share: they join adapters, and do not include one another.
SHARED = {
    "task": set(PURE) | {"wire", "service"} | set(ADAPTERS),  # the transactional shell
    "filing": set(PURE) | {"wire", "service", "packfiles"} | set(ADAPTERS),  # the handlers' half that both ingests have
    "packfiles": set(PURE) | {"service"},  # a rules folder as documents
    "backtest": set(PURE) | {"packfiles", "geo"},  # both cores over files, without Kafka
}
LIBRARIES = {**PURE, **SHELL_BASE, **WIRE, **ADAPTERS, **SHARED}

# A foreign header that only some places may include: (pattern, what it is, libraries, services too).
FOREIGN = [
    (r"librdkafka/", "librdkafka", {"kafka"}, False),
    (r"rocksdb/", "RocksDB", {"rocks"}, False),
    (r"s2/", "S2", {"geo"}, False),
    (r"(grpcpp|grpc)/|.*\.grpc\.pb\.h$", "gRPC", {"rpc", "filing"}, True),
    (r"google/protobuf/|.*\.pb\.h$", "protobuf", {"wire", "service", "task", "filing"} | set(ADAPTERS), True),
]
# What pure libraries may include besides the standard library, absl and (in tests) GoogleTest.
PURE_EXTRAS = {
    "base": ("xxhash.h", "openssl/"),  # named hashes
    "rules": ("yaml-cpp/", "nlohmann/"),  # rules are written in YAML, areas in GeoJSON
    "rulebook": ("yaml-cpp/",),  # rules as they are written
    "rendering": ("yaml-cpp/",),  # the catalogue
    "importing": ("csv.h", "yaml-cpp/"),  # parsers of text in memory
}
# Parts of the standard library that reach outside the process, or that differ from run to run.
IMPURE_STANDARD = {"fstream", "filesystem", "iostream", "random", "thread", "future", "csignal",
                   "condition_variable", "cstdio", "syncstream"}
IMPURE_STANDARD_EXCEPT = {"base"}  # clock, bounded queue and lifecycle live there
IMPURE_CODE = [
    (r"\b(system_clock|steady_clock|high_resolution_clock)\s*::\s*now\b|\babsl::(Now|GetCurrentTimeNanos)\b"
     r"|\bclock_gettime\b|\bgettimeofday\b|(?<![\w:.>])time\s*\(\s*(nullptr|NULL|0)\s*\)", "reads a clock"),
    (r"\brandom_device\b|\babsl::(Bit|Insecure|Uniform)\w*\s*\(|(?<![\w:.>])(rand|srand)\s*\(|\bstd::rand\b",
     "uses randomness"),
    (r"\b(std::)?getenv\s*\(", "reads the environment"),
    (r"\babsl::Hash(Of)?\b\s*[<(]", "uses absl::Hash, which differs from run to run"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
QUOTED_FOREIGN = re.compile(r"^(absl|gtest|gmock|google|grpcpp|grpc|rocksdb|s2|librdkafka|nlohmann|spdlog|"
                            r"yaml-cpp|prometheus|openssl|CLI)/")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"", re.S)


def owner_of(path):
    """('lib', name) or ('service', name) of a path relative to services/."""
    parts = path.parts
    if parts[0] == "lib":
        return ("lib", parts[1]) if len(parts) > 2 else None
    return ("service", parts[0]) if len(parts) > 1 else None


def is_test(path):
    return path.stem.endswith(("_test", "_testing")) or "testing" in path.parts


def check_include(services, path, owner, bracket, target):
    """The reason why this include is wrong, or None."""
    kind, name = owner
    pure = kind == "lib" and name in PURE
    for pattern, what, libraries, in_services in FOREIGN:
        if re.match(pattern, target):
            if name in libraries if kind == "lib" else in_services:
                return None
            return f"{what} belongs to {' and '.join(sorted('lib/' + l for l in libraries))}"
    if bracket == '"' and not QUOTED_FOREIGN.match(target):
        if not (services / target).is_file():
            return f'"{target}" is no file below services/; write "lib/base/x.h" or "<service>/x.h"'
        other = owner_of(pathlib.PurePosixPath(target))
        if other is None or other == owner:
            return None
        if other[0] == "service":
            return f"nothing includes the inside of service {other[1]} but itself"
        if other[1] not in LIBRARIES:
            return None  # reported once, for the library itself
        if kind == "lib" and other[1] not in LIBRARIES.get(name, set()):
            allowed = ", ".join(sorted(LIBRARIES.get(name, set()))) or "none of the libraries"
            return f"lib/{name} must not include lib/{other[1]} (it may include: {allowed})"
        return None
    if not pure:
        return None
    if re.match(r"^[a-z_0-9]+$", target):
        if target in IMPURE_STANDARD and name not in IMPURE_STANDARD_EXCEPT and not is_test(path):
            return f"<{target}> has no place in the pure library {name}"
        return None
    if target.startswith("absl/") or target.startswith(PURE_EXTRAS.get(name, ())):
        return None
    if is_test(path) and target.startswith(("gtest/", "gmock/")):
        return None
    return f"<{target}> has no place in the pure library {name}; PURE_EXTRAS in {pathlib.Path(__file__).name} lists what has"


def check(root):
    services = root / "services"
    problems = []
    files = 0
    unknown = set()
    for file in sorted(p for p in services.rglob("*") if p.suffix in (".h", ".cc", ".inc")):
        path = file.relative_to(services)
        where = f"services/{path}"
        owner = owner_of(path)
        if owner is None:
            problems.append(f"{where}: code belongs into services/lib/<library>/ or services/<service>/")
            continue
        files += 1
        kind, name = owner
        if kind == "lib" and name not in LIBRARIES:
            unknown.add(name)
        text = file.read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            match = INCLUDE.match(line)
            if match:
                reason = check_include(services, path, owner, *match.groups())
                if reason:
                    problems.append(f"{where}:{number}: {reason}")
        if kind == "lib" and name in PURE and name != "base" and not is_test(path):
            # Comments and strings blanked, line numbers kept.
            code = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
            for number, line in enumerate(code.splitlines(), 1):
                for pattern, what in IMPURE_CODE:
                    if re.search(pattern, line):
                        problems.append(f"{where}:{number}: {what}; the pure library {name} must not")
    for name in sorted(unknown):
        problems.append(f"services/lib/{name}: a library without a place in the arrows; give it one in {__file__}")
    return problems, files


SEEDS = [
    # (file, text, part of the expected problem; None: clean)
    ("lib/base/a.h", "#include <vector>\n#include <absl/status/status.h>\n", None),
    ("lib/domain/a.h", '#include "lib/base/a.h"\n', None),
    ("lib/rules/a.h", '#include "lib/domain/a.h"\n#include <yaml-cpp/yaml.h>\n', None),
    ("lib/routing/a.cc", '#include "lib/rules/a.h"\n// system_clock::now() in a comment is none\n', None),
    ("lib/domain/a_test.cc", '#include "lib/domain/a.h"\n#include <gtest/gtest.h>\n#include <random>\n', None),
    ("lib/wire/a.h", '#include "lib/routing/a.h"\n#include "tocsin/v1/event.pb.h"\n', None),
    ("lib/kafka/a.h", "#include <librdkafka/rdkafkacpp.h>\n", None),
    ("lib/task/a.h", '#include "lib/kafka/a.h"\n#include "lib/rocks/a.h"\n', None),
    ("lib/rocks/a.h", "#include <rocksdb/db.h>\n", None),
    ("gateway/a.h", '#include "lib/task/a.h"\n#include <grpcpp/grpcpp.h>\n', None),
    ("lib/routing/a.h", "", None),
    ("lib/base/b.h", '#include "lib/domain/a.h"\n', "lib/base must not include lib/domain"),
    ("lib/rules/b.h", '#include "lib/routing/a.h"\n', "lib/rules must not include lib/routing"),
    ("lib/correlation/b.h", '#include "lib/routing/a.h"\n', "lib/correlation must not include lib/routing"),
    ("lib/sharing/b.h", '#include "lib/rules/a.h"\n', "lib/sharing must not include lib/rules"),
    ("lib/kafka/b.h", '#include "lib/rocks/a.h"\n', "lib/kafka must not include lib/rocks"),
    ("lib/wire/b.h", '#include "lib/kafka/a.h"\n', "lib/wire must not include lib/kafka"),
    ("lib/task/b.h", '#include "gateway/a.h"\n', "inside of service gateway"),
    ("router/b.h", '#include "gateway/a.h"\n', "inside of service gateway"),
    ("router/c.cc", "#include <librdkafka/rdkafka.h>\n", "librdkafka belongs to lib/kafka"),
    ("lib/task/c.h", "#include <rocksdb/db.h>\n", "RocksDB belongs to lib/rocks"),
    ("lib/task/d.h", "#include <grpcpp/grpcpp.h>\n", "gRPC belongs to lib/filing and lib/rpc"),
    ("lib/backtest/a.h", '#include "lib/kafka/a.h"\n', "lib/backtest must not include lib/kafka"),
    ("lib/filing/a.h", '#include "lib/task/a.h"\n', "lib/filing must not include lib/task"),
    ("lib/domain/c.h", '#include "s2/s2point.h"\n', "S2 belongs to lib/geo"),
    ("lib/domain/d.h", '#include "tocsin/v1/event.pb.h"\n', "protobuf belongs to"),
    ("lib/domain/e.h", '#include "a.h"\n', "is no file below services/"),
    ("lib/domain/f.h", '#include "../base/a.h"\n', "is no file below services/"),
    ("lib/domain/g.h", "#include <unistd.h>\n", "no place in the pure library domain"),
    ("lib/domain/h.h", "#include <fstream>\n", "no place in the pure library domain"),
    ("lib/domain/i.h", "#  include   <spdlog/spdlog.h>\n", "no place in the pure library domain"),
    ("lib/domain/k.cc", "auto t = std::chrono::system_clock::now();\n", "reads a clock"),
    ("lib/correlation/l.cc", "std::random_device seed;\n", "uses randomness"),
    ("lib/routing/m.cc", "size_t h = absl::HashOf(1);\n", "absl::Hash"),
    ("lib/odds/n.h", "", "without a place in the arrows"),
    ("stray.h", "", "code belongs into"),
]


def self_test():
    """Every seeded break alone in a clean tree gives exactly its own problem."""
    clean = [s for s in SEEDS if s[2] is None]
    failures = 0
    for seed in [None] + [s for s in SEEDS if s[2] is not None]:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text, _ in clean + ([seed] if seed else []):
                file = root / "services" / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            problems, _ = check(root)
            right = (len(problems) == 1 and seed[2] in problems[0]) if seed else not problems
            if not right:
                failures += 1
                print(f"{seed[0] if seed else 'the clean tree'}: wanted {seed[2] if seed else 'nothing'!r}, got {problems}")
    print(f"arrows: self-test of {sum(s[2] is not None for s in SEEDS)} breaks, {failures} failed")
    return failures == 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return 0 if self_test() else 1
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    problems, files = check(root)
    print("\n".join(problems) or f"arrows: {files} files, no break")
    if not files:
        print(f"arrows: no code found in {root}/services")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
