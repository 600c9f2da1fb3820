#!/usr/bin/env python3
"""Finds a door that bypasses Decide: a way from what is stored to a caller on which nobody decided.

Looks at the contracts and the sources:

  every RPC    whose answer can hold an event, a warning or evidence (found in proto/, nested messages
               included) is implemented in services/<name>/[handlers/]<rpc>.cc, and that file, or one of
               its own service that it includes, calls Decide; at the gateway, a door
  handlers     never include the raw view, its keys, or a store
  the gateway  makes a WarningView, and touches what is inside one, in render.cc alone; asks the raw view
               in doors.cc, centre_doors.cc and caller_log.cc (what a watch reads) alone, and there in no function that does not
               show what it read to a Principal; and no door in doors.h gives content without a Principal

    doors.py [ROOT]      check the tree (default: this repository)
    doors.py --self-test check small seeded trees, each with one known bypass
"""

import pathlib
import re
import sys
import tempfile

# What is content: whoever gets one of these must have been decided on.
CONTENT = {"Event", "KeyedEvent", "Warning", "Evidence", "WarningView", "RefusedReport"}
DECIDES = re.compile(r"\bDecide\s*\(")
DOOR = re.compile(r"\bdoors\s*\.\s*(Get|List|Watch|History|Preview|Shift)\s*\(")

RAW_HEADERS = {"gateway/view.h", "gateway/keys.h", "gateway/entry.h", "gateway/caller_log.h",
               "gateway/recent_log.h", "gateway/render.h", "gateway/feed.h"}
VIEW = {"view.cc", "view_actions.cc", "view_read.cc", "view_warnings.cc"}
RAW_HEADER_USERS = VIEW | {"view.h", "open_stores.h", "doors.cc", "centre_doors.cc", "feed.h", "feed.cc", "app.cc", "caller_log.h", "render.cc", "duty.h", "ledger_look.cc", "part.h"}
# Holds what a door gave until it is sent.
HOLDERS = {"watch_source.h"}
MAKES = re.compile(r"\bWarningView\s*(\w+\s*)?[;{(=]|<\s*(v1::)?WarningView\s*>\s*\(|\bnew\s+(v1::)?WarningView\b")
INSIDE = re.compile(r"\b(mutable_warning|set_allocated_warning|release_warning|mutable_evidence|add_evidence|"
                    r"set_allocated_evidence)\s*\(")
RAW_GETTERS = re.compile(r"\b(?:view|view_)\s*(?:\.|->)\s*(Latest|ScanLog|ScanStanding|ScanNewest|Revision|History)\s*\(")
# Where the raw view is asked, each time for a Principal.
ASKERS = ("doors.cc", "centre_doors.cc", "caller_log.cc")
# Read for themselves and write actions and receipts of ids and codes: nothing that they read goes to a caller.
OWN_USE = ("duty.cc", "ledger_look.cc", "part.cc")
SHOWS = re.compile(r"\b(Show|Render|Selected|ForCaller|Visible|Count)\s*\(")

COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"", re.S)
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
FUNCTION = re.compile(r"^[\w:<>,&*\s]*?\b(\w+::\w+)\s*\(.*?^}", re.S | re.M)


def code_of(file):
    """The text with comments and strings blanked, line numbers kept."""
    return COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), file.read_text(encoding="utf-8"))


def is_test(file):
    return file.stem.endswith(("_test", "_testing"))


def snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def reading_rpcs(root):
    """(service folder, rpc) of every RPC whose answer can hold content."""
    fields, rpcs = {}, []
    for proto in sorted((root / "proto").rglob("*.proto")):
        text = re.sub(r"//[^\n]*", "", proto.read_text(encoding="utf-8"))
        for name, body in re.findall(r"\bmessage\s+(\w+)\s*\{((?:[^{}]|\{[^{}]*\})*)\}", text):
            fields[name] = set(re.findall(r"\b([A-Z]\w*)\b(?=\s*>?\s+\w+\s*=)", body))
        for service, body in re.findall(r"\bservice\s+(\w+)\s*\{(.*?)\n\}", text, re.S):
            folder = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", service.removesuffix("Service")).lower()
            for rpc, answer in re.findall(r"\brpc\s+(\w+)\s*\([^)]*\)\s*returns\s*\(\s*(?:stream\s+)?([\w.]+)", body):
                rpcs.append((folder, rpc, answer.split(".")[-1]))

    def holds_content(message, seen):
        if message in CONTENT:
            return True
        if message in seen:
            return False
        seen.add(message)
        return any(holds_content(field, seen) for field in fields.get(message, ()))

    return [(folder, rpc) for folder, rpc, answer in rpcs if holds_content(answer, set())]


def decides(services, folder, handler, pattern):
    """The handler, or a file of its own service that it includes, has the pattern."""
    if pattern.search(code_of(handler)):
        return True
    own = folder + "/"
    for name in INCLUDE.findall(handler.read_text(encoding="utf-8")):
        if name.startswith(own):
            for file in (services / name, (services / name).with_suffix(".cc")):
                if file.is_file() and pattern.search(code_of(file)):
                    return True
    return False


def check_rpcs(root):
    services = root / "services"
    problems = []
    rpcs = reading_rpcs(root)
    for folder, rpc in rpcs:
        if not (services / folder).is_dir():
            continue  # a contract that nobody serves yet
        handler = services / folder / "handlers" / f"{snake(rpc)}.cc"
        if not handler.is_file() and folder != "gateway":
            handler = services / folder / f"{snake(rpc)}.cc"
        where = handler.relative_to(root)
        if not handler.is_file():
            problems.append(f"{where}: is missing; {rpc} gives content and must be a handler of its own")
        elif folder == "gateway":
            if not DOOR.search(code_of(handler)):
                problems.append(f"{where}: {rpc} gives content and asks no door")
        elif not decides(services, folder, handler, DECIDES):
            problems.append(f"{where}: {rpc} gives content and nobody calls Decide")
    return problems, len(rpcs)


def check_handlers(root):
    problems = []
    for file in sorted((root / "services").glob("*/handlers/*")):
        if file.suffix not in (".h", ".cc") or is_test(file):
            continue
        for name in INCLUDE.findall(file.read_text(encoding="utf-8")):
            if name in RAW_HEADERS or name.startswith("lib/rocks/"):
                problems.append(f"{file.relative_to(root)}: a handler must not include {name}")
    return problems


def lines_with(pattern, code):
    for match in pattern.finditer(code):
        yield code.count("\n", 0, match.start()) + 1, match


def check_gateway(root):
    gateway = root / "services" / "gateway"
    problems = []
    for file in sorted(p for p in gateway.rglob("*") if p.suffix in (".h", ".cc") and not is_test(p)):
        where, code = file.relative_to(root), code_of(file)
        if file.name not in RAW_HEADER_USERS:
            for name in INCLUDE.findall(file.read_text(encoding="utf-8")):
                if name == "gateway/view.h":
                    problems.append(f"{where}: must not include {name}; ask the doors")
        if file.name != "render.cc":
            if file.name not in HOLDERS:
                for line, _ in lines_with(MAKES, code):
                    problems.append(f"{where}:{line}: only render.cc makes a WarningView")
            for line, match in lines_with(INSIDE, code):
                if file.name not in VIEW:
                    problems.append(f"{where}:{line}: only render.cc touches the inside of a warning ({match.group(1)})")
        if file.name not in ASKERS + OWN_USE:
            for line, match in lines_with(RAW_GETTERS, code):
                problems.append(f"{where}:{line}: only doors.cc asks the raw view ({match.group(1)})")
    for asker in (gateway / name for name in ASKERS if (gateway / name).is_file()):
        for match in FUNCTION.finditer(code_of(asker)):
            if RAW_GETTERS.search(match.group()) and not SHOWS.search(match.group()):
                problems.append(f"{asker.relative_to(root)}: {match.group(1)} reads the raw view and shows it to nobody in particular")
    header = gateway / "doors.h"
    if header.is_file():
        for declaration in re.findall(r"^\s+[^;{}#]*\([^;{}]*\)[^;{}]*;", code_of(header), re.M):
            returned, _, arguments = declaration.partition("(")
            if re.search(r"WarningView|Response|WatchSource", returned) and "const Principal&" not in arguments:
                if "WarningView&" not in arguments:
                    problems.append(f"{header.relative_to(root)}: a door without a Principal: {' '.join(declaration.split())}")
    return problems


def check(root):
    problems, rpcs = check_rpcs(root)
    return problems + check_handlers(root) + check_gateway(root), rpcs


PROTO = """
message Event { string id = 1; }
message Warning { string id = 1; }
message WarningView { Warning warning = 1; }
message Delivery { WarningView view = 1; }
message WatchResponse { oneof message { Delivery delivery = 1; int32 beat = 2; } }
message GetResponse { WarningView view = 1; }
message ListTriageResponse { repeated Event events = 1; }
message FileResponse { string id = 1; }
message Nothing { int32 a = 1; }
service GatewayService {
  rpc Watch(stream Nothing) returns (stream WatchResponse);
  rpc Get(Nothing) returns (GetResponse);
}
service SitrepIngestService {
  rpc File(Nothing) returns (FileResponse);
  rpc ListTriage(Nothing) returns (ListTriageResponse);
}
service LaterService {
  rpc Get(Nothing) returns (GetResponse);
}
"""
CLEAN = {
    "proto/a.proto": PROTO,
    "services/gateway/handlers/get.cc": '#include "gateway/service.h"\nvoid Service::Get() { x = room_.doors.Get(caller); }\n',
    "services/gateway/handlers/watch.cc": "void Service::Watch() { room_.doors.Watch(caller); }\n",
    "services/gateway/render.cc": "v1::WarningView view;\nview.mutable_warning();\nDecide(a, b, c);\n",
    "services/gateway/doors.h": "class Doors {\n  absl::StatusOr<v1::WarningView> Get(const Principal& p,\n      int n) const;\n  Lifecycle LifecycleOf(const v1::WarningView& view);\n};\n",
    "services/gateway/doors.cc": "int Doors::Get() {\n  // view_.Latest(id) in a comment is none\n  auto r = view_.Latest(id);\n  return Show(p, r);\n}\n\nint Doors::End() {\n  return view_.horizon();\n}\n",
    "services/gateway/watch_source.h": "struct Found {\n  v1::WarningView view;\n};\n",
    "services/gateway/filter.cc": "bool Matches(const v1::WarningView& view) { return true; }\n",
    "services/gateway/view_test.cc": "v1::WarningView view;\nview_.Latest(id);\n",
    "services/sitrep-ingest/file.cc": "int a;\n",
    "services/sitrep-ingest/list_triage.cc": '#include "sitrep-ingest/triage.h"\n',
    "services/sitrep-ingest/triage.h": "int Triage();\n",
    "services/sitrep-ingest/triage.cc": "int Triage() { return Decide(a, b, c); }\n",
}
SEEDS = [
    # (file, text, part of the expected problem)
    ("services/gateway/handlers/get.cc", "void Service::Get() { x = store.Get(id); }\n", "asks no door"),
    ("services/gateway/handlers/watch.cc", "// room_.doors.Watch(caller)\n", "asks no door"),
    ("services/gateway/handlers/get.cc", '#include "gateway/view.h"\nx = room_.doors.Get(c);\n', "must not include gateway/view.h"),
    ("services/gateway/handlers/list.cc", '#include "lib/rocks/store.h"\n', "must not include lib/rocks/store.h"),
    ("services/gateway/handlers/list.cc", "v1::WarningView view;\n", "only render.cc makes a WarningView"),
    ("services/gateway/handlers/list.cc", "x = v1::WarningView();\n", "only render.cc makes a WarningView"),
    ("services/gateway/handlers/list.cc", "x = std::make_unique<v1::WarningView>();\n", "only render.cc makes a WarningView"),
    ("services/gateway/service.cc", "*a->mutable_warning() = b;\n", "touches the inside of a warning"),
    ("services/gateway/service.cc", "a->add_evidence();\n", "touches the inside of a warning"),
    ("services/gateway/service.cc", "x = view_->Latest(id);\n", "only doors.cc asks the raw view"),
    ("services/gateway/page.cc", '#include "gateway/view.h"\n', "ask the doors"),
    ("services/gateway/doors.cc", "int Doors::Get() {\n  return view_.Latest(id);\n}\n", "shows it to nobody"),
    ("services/gateway/caller_log.cc", "int CallerLog::Next() {\n  return doors_.view_.Latest(id);\n}\n", "shows it to nobody"),
    ("services/gateway/doors.h", "class Doors {\n  std::optional<v1::WarningView> Get(int n) const;\n};\n", "a door without a Principal"),
    ("services/sitrep-ingest/triage.cc", "int Triage() { return 1; }\n", "nobody calls Decide"),
    ("services/sitrep-ingest/list_triage.cc", None, "is missing"),
]


def self_test():
    """Every seeded bypass alone in a clean tree gives its own problem."""
    failures = 0
    for seed in [None, *SEEDS]:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            files = dict(CLEAN)
            if seed:
                files[seed[0]] = seed[1]
            for name, text in files.items():
                if text is not None:
                    file = root / name
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(text, encoding="utf-8")
            problems, rpcs = check(root)
            right = any(seed[2] in p for p in problems) if seed else not problems and rpcs == 4
            if not right:
                failures += 1
                print(f"{seed[0] if seed else 'the clean tree'}: wanted {seed[2] if seed else 'nothing'!r}, got {problems}")
    print(f"doors: self-test of {len(SEEDS)} bypasses, {failures} failed")
    return failures == 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return 0 if self_test() else 1
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    problems, rpcs = check(root)
    print("\n".join(problems) or f"doors: {rpcs} RPCs that give content, no bypass")
    if not rpcs:
        print(f"doors: no RPC found in {root}/proto")
    return 1 if problems or not rpcs else 0


if __name__ == "__main__":
    sys.exit(main())
