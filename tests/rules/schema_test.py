#!/usr/bin/env python3
"""The JSON Schemas and the parser say the same: shipped documents and an example of each kind of rule are good to
both, broken ones are refused by both, and both know the same words.

    schema_test.py TOCSINCTL      from the repository's root
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import jsonschema
import yaml

HEAD = "# yaml-language-server: $schema="
COMMON = """\
title: {en: An example}
why: An example of its kind, long enough to be taken for a reason by whoever reads it.
"""
TAIL = """\
urgency: expected
response: assess
label: {classification: unclassified, tlp: amber}
"""


def rule(name, kind, selections, condition, group_by="[corridor]", address="evidence_areas"):
    lines = "".join(f"  {line}\n" for line in selections)
    return (f"id: {name}\nversion: 1\n{COMMON}kind: {kind}\ngroup_by: {group_by}\nselections:\n{lines}"
            f"condition:\n" + "".join(f"  {line}\n" for line in condition) + f"address: {address}\n{TAIL}")


ATTACK = "attack: {types: [security.attack, security.clash], natures: [observed]}"
FLOW = "flow: {types: [displacement.flow], natures: [observed, expected], min: {displaced: 100}}"
CLOSED = "closed: {types: [access.route], where: {state: closed}}"
ARMED = "seen: {types: [security.sighting], actor_classes: [armed_group], actor_roles: [perpetrator]}"
BEAT = "beat: {types: [feed.heartbeat]}"
PHASE = "phase: {types: [phase.declared], natures: [declared], missions: [unamid, minurcat]}"

GOOD = {
    "event-count": rule("event-count", "event_count", [ATTACK], ["window: 30d", "severities: {moderate: 3, severe: 8}"],
                        address="other_side"),
    "tumbling": rule("tumbling", "event_count", [ATTACK], ["window: 7d", "severities: {minor: 1}", "tumbling: true"]),
    "distinct": rule("distinct", "event_count", [ATTACK],
                     ["window: 90000ms", "severities: {minor: 3}", "distinct: {mission: 2, origin: 2}"]),
    "value-count": rule("value-count", "value_count", [ARMED], ["field: area", "window: 14d", "severities: {moderate: 2}"],
                        "[actor]", "[neighbours, unamid]"),
    "near": rule("near", "near", [ATTACK, FLOW],
                 ["within: 36h", "radius_km: 40.5", "all_of: [attack, flow]", "severity: severe"]),
    "near-anywhere": rule("near-anywhere", "near", [ATTACK, FLOW],
                          ["within: 36h", "radius_km: 500", "all_of: [attack, flow]", "severity: severe"], "[cell]"),
    "absence": rule("absence", "absence", [BEAT], ["every: 12h", "severity: minor"], "[feed]", "originators"),
    "settled": rule("settled", "absence", [BEAT], ["every: 12h", "settle: 0s", "severity: minor"], "[feed]", "originators"),
    "scheduled": rule("scheduled", "absence", [BEAT], ['daily_by: "18:00"', "desk: minurcat", "severity: minor"], "[feed]"),
    "temporal": rule("temporal", "temporal", [ATTACK, FLOW, CLOSED],
                     ["steps: [attack, flow, closed]", "within: 10d", "differ: [mission]", "take: latest",
                      "severity: severe"]),
    "ordered": rule("ordered", "temporal_ordered", [ATTACK, CLOSED, FLOW, BEAT],
                    ["steps: [attack, flow]", "within: 10d", "gap: 5d", "equal: [corridor]", "until: [closed]",
                     "then_no: {selection: beat, within: 2d}", "severity: severe"]),
    "between": rule("between", "temporal_ordered", [ATTACK, CLOSED, FLOW],
                    ["steps: [attack, closed, flow]", "within: 10d", "differ_between: {mission: [attack, flow]}",
                     "severity: severe"]),
    "divergence": rule("divergence", "divergence", [PHASE],
                       ["field: level", "sides: area", "longer_than: 3d", "stands: 90d", "severities: {minor: 2}"]),
    "movement": rule("movement", "movement", [ARMED],
                     ["within: 5d", "radius_km: 20", "ahead: 4d", "least_sightings: 3", "severity: severe"],
                     "[actor]", "ahead"),
    "surge": rule("surge", "surge", [ATTACK],
                  ["bucket: 7d", "baseline: 364d", "half_life: 90d", "least: 3", "false_alarms: 0.001", "severity: moderate"]),
    "composite": rule("composite", "composite", ["silence: {rules: [absence]}", "surge: {rules: [surge], min_severity: severe}"],
                      ["within: 14d", "all_of: [silence, surge]", "severity: extreme"]),
}

# (of which example, what is replaced, by what)
BROKEN = [
    ("event-count", "title:", "titel:"),
    ("event-count", "version: 1", "version: 0"),
    ("event-count", "version: 1", "version: 1.5"),
    ("event-count", "version: 1", 'version: "1"'),
    ("event-count", "id: event-count", "id: Event Count"),
    ("event-count", "{en: An example}", "{}"),
    ("event-count", "{en: An example}", "{english: An example}"),
    ("event-count", "kind: event_count", "kind: events"),
    ("event-count", "kind: event_count\n", ""),
    ("event-count", "[corridor]", "[]"),
    ("event-count", "[corridor]", "[the river]"),
    ("event-count", "why: An", "state: retired\nwhy: An"),
    ("event-count", "[corridor]", "[corridor, corridor]"),
    ("event-count", "[corridor]", "corridor"),
    ("event-count", "[corridor]", "[area]"),  # other_side needs a corridor
    ("event-count", "types: [security.attack, security.clash]", "types: []"),
    ("event-count", "types: [security.attack, security.clash]", "typs: [security.attack]"),
    ("event-count", "natures: [observed]", "natures: [seen]"),
    ("event-count", "natures: [observed]", "min: {killed: -1}"),
    ("event-count", "natures: [observed]", "min: {wounded: 1}"),
    ("event-count", "natures: [observed]", "actor_classes: [rebels]"),
    ("event-count", "attack: {", "Attack: {"),
    ("event-count", "window: 30d", "window: 30"),
    ("event-count", "window: 30d", "window: 0d"),
    ("event-count", "window: 30d", "window: -3d"),
    ("event-count", "window: 30d", "within: 30d"),
    ("event-count", "moderate: 3", "medium: 3"),
    ("event-count", "moderate: 3", "moderate: 0"),
    ("event-count", "{moderate: 3, severe: 8}", "{}"),
    ("event-count", "window: 30d", "window: 30d\n  severity: severe"),
    ("event-count", "address: other_side", "address: []"),
    ("event-count", "address: other_side", "address: ahead"),
    ("composite", "address: evidence_areas", "address: releasable_to"),
    ("event-count", "urgency: expected", "urgency: soon"),
    ("event-count", "response: assess", "response: [assess]"),
    ("event-count", "tlp: amber", "tlp: orange"),
    ("event-count", ", tlp: amber", ""),
    ("event-count", "label:", "lifetime: forever\nlabel:"),
    ("event-count", "why: An", "why:\nreason: An"),
    ("value-count", "field: area", "severity: minor"),
    ("value-count", "[actor]", "[actor, cell]"),  # only near
    ("near-anywhere", "radius_km: 500", "radius_km: 500.5"),
    ("near", "radius_km: 40.5", "radius_km: -1"),
    ("near", "radius_km: 40.5", "radius_km: far"),
    ("near", "[attack, flow]", "[attack]"),
    ("near", "severity: severe", "severities: {severe: 1}"),
    ("absence", "every: 12h", "window: 12h"),
    ("absence", "severity: minor", "severity: small"),
    ("absence", "beat: {", "other: {types: [feed.heartbeat]}\n  beat: {"),
    ("scheduled", "desk: minurcat", "every: 12h"),
    ("scheduled", "desk: minurcat\n", "\n"),
    ("scheduled", '"18:00"', '"25:00"'),
    ("temporal", "[attack, flow, closed]", "[attack]"),
    ("temporal", "take: latest", "take: some"),
    ("temporal", "take: latest", "gap: 2d"),
    ("ordered", "within: 10d", "window: 10d"),
    ("ordered", "{selection: beat, within: 2d}", "{selection: beat}"),
    ("ordered", "{selection: beat, within: 2d}", "beat"),
    ("divergence", "sides: area", "sides: corridor"),
    ("divergence", "stands: 90d", "window: 90d"),
    ("movement", "actor_classes: [armed_group]", "actor_classes: [armed_group, civilians]"),
    ("movement", "actor_classes: [armed_group], ", ""),
    ("movement", "[actor]", "[corridor]"),
    ("movement", "least_sightings: 3", "least_sightings: 1"),
    ("surge", "false_alarms: 0.001", "false_alarms: 0.5"),
    ("surge", "least: 3", "least: 0"),
    ("surge", "half_life: 90d", "half: 90d"),
    ("surge", "attack: {", "other: {rules: [near]}\n  attack: {"),
    ("composite", "rules: [absence]", "types: [security.attack]"),
    ("composite", "rules: [absence]", "rules: []"),
    ("composite", "rules: [absence]", "rules: [absence], natures: [observed]"),
    ("composite", "min_severity: severe", "min_severity: bad"),
    ("composite", "[silence, surge]", "[silence]"),
    ("composite", "[corridor]", "[feed]"),
    ("composite", "within: 14d", "window: 14d"),
]

# Of the registers: (document, what is replaced, by what)
BROKEN_REGISTERS = [
    ("types", "types:\n", "tipes:\n"),
    ("types", "stream: sitreps", "stream: radio"),
    ("types", "lateness: 60d", "lateness: late"),
    ("types", "lateness: 60d, ", ""),
    ("types", "title: {en: ", "title: {EN: "),
    ("types", "  security.attack:", "  Attack:"),
    ("types", "weapon: text", "weapon: words"),
    ("types", "weapon: text", "Weapon: text"),
    ("types", "[open, restricted, closed]", "[]"),
    ("types", "[open, restricted, closed]", '["open|closed"]'),
    ("desks", "zone: Africa/Bangui", "zones: Africa/Bangui"),
    ("desks", "  minurcat:", "  MINURCAT:"),
    ("desks", "tlp: green", "tlp: blue"),
    ("desks", "tlp: green", "tlp: green, releasable_to: []"),
    ("desks", "releasable_to: [", "releasable: ["),
    ("desks", "releasable_to: [", "releasable_to: [Nobody, "),
    ("actors", "class: armed_group", "class: rebels"),
    ("actors", "  lra:", "  LRA:"),
    ("actors", "aliases: [", 'aliases: ["", '),
    ("actors", "title: Lord", "name: Lord"),
]

OVERRIDES = """\
mission: minurcat
overrides:
  event-count:
    version: 1
    why: An example of a mission that has other numbers, long enough to be taken for a reason.
    title: {en: An example of its own}
    condition: {window: 20d, severities: {moderate: 2}}
    urgency: immediate
    response: prepare
    lifetime: 40d
    label: {tlp: red}
"""

# Of overrides: (what is replaced, by what)
BROKEN_OVERRIDES = [
    ("mission: minurcat", "desk: minurcat"),
    ("overrides:", "rules:"),
    ("version: 1", "version: 0"),
    ("    why: An", "    reason: An"),
    ("{en: An", "{English: An"),
    ("window: 20d", "window: soon"),
    ("window: 20d", "field: area"),
    ("window: 20d", "all_of: [a, b]"),
    ("window: 20d", "then_no: {selection: attack}"),
    ("moderate: 2", "moderate: 0"),
    ("{moderate: 2}", "2"),
    ("urgency: immediate", "urgency: soon"),
    ("urgency: immediate", "kind: value_count"),
    ("urgency: immediate", "group_by: [area]"),
    ("urgency: immediate", "selections: {}"),
    ("urgency: immediate", "address: all"),
    ("urgency: immediate", "state: shadow"),
    ("response: prepare", "response: run"),
    ("lifetime: 40d", "lifetime: 40"),
    ("tlp: red", "tlp: orange"),
    ("tlp: red", "caveats: [x]"),
]

failures = []


class Loader(yaml.SafeLoader):
    """As YAML 1.2 has it, which editors and the parser read: a date is a text."""


Loader.yaml_implicit_resolvers = {first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
                                  for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def load(text):
    return yaml.load(text, Loader)


def validator_of(kind):
    schema = json.loads(pathlib.Path(f"rules/schema/{kind}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for path, part in every_property(schema):
        if re.fullmatch(r"#\w+\.(condition|selections)", path):
            continue  # what a kind adds to a part of every rule, which has one
        check("description" in part or "description" in schema["$defs"].get(part.get("$ref", "")[len("#/$defs/"):], {}),
              f"{kind}: {path} has no description for an editor to show")
    return jsonschema.Draft202012Validator(schema)


def check_shipped(path, validator, head):
    text = path.read_text(encoding="utf-8")
    check(text.startswith(HEAD + head + "\n"), f"{path} does not begin with {HEAD}{head}")
    for error in validator.iter_errors(load(text)):
        check(False, f"{path}: {error.json_path}: {error.message}")


def check_registers(tocsinctl):
    for kind in ("types", "desks", "actors"):
        validator = validator_of(kind)
        path = pathlib.Path(f"rules/{kind}.yaml")
        check_shipped(path, validator, f"schema/{kind}.schema.json")
        for document, old, new in BROKEN_REGISTERS:
            if document != kind:
                continue
            text = path.read_text(encoding="utf-8")
            check(old in text, f"{path} has no {old!r} to break")
            text = text.replace(old, new, 1)
            check(not validator.is_valid(load(text)), f"the schema takes {kind} with {new!r} for {old!r}")
            check(lint(tocsinctl, {}, {kind: text})[kind], f"the parser takes {kind} with {new!r} for {old!r}")


def check_overrides(tocsinctl):
    validator = validator_of("overrides")
    for path in sorted(pathlib.Path("rules/overrides").glob("*.yaml")):
        if not path.name.endswith(".tests.yaml"):
            check_shipped(path, validator, "../schema/overrides.schema.json")
    for old, new in [("", ""), *BROKEN_OVERRIDES]:
        check(old in OVERRIDES, f"the overrides have no {old!r} to break")
        text = OVERRIDES.replace(old, new, 1)
        errors = lint(tocsinctl, {"event-count": GOOD["event-count"]}, overrides={"minurcat": text})["minurcat"]
        check(validator.is_valid(load(text)) == (old == new), f"the schema judges overrides with {new!r} for {old!r} otherwise")
        check(bool(errors) == (old != new), f"the parser judges overrides with {new!r} for {old!r} otherwise: {errors}")


def check(holds, what):
    if not holds:
        failures.append(what)


def lint(tocsinctl, rules, registers=None, overrides=None):
    """Errors by file of a folder with these rules and overrides, and the shipped registers but for those given."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        shutil.copytree("rules", folder / "rules")
        shutil.rmtree(folder / "rules/pack")
        (folder / "rules/pack").mkdir()
        for name, text in rules.items():
            (folder / f"rules/pack/{name}.yaml").write_text(text, encoding="utf-8")
        shutil.rmtree(folder / "rules/overrides", ignore_errors=True)
        (folder / "rules/overrides").mkdir()
        for name, text in (overrides or {}).items():
            (folder / f"rules/overrides/{name}.yaml").write_text(text, encoding="utf-8")
        for name, text in (registers or {}).items():
            (folder / f"rules/{name}.yaml").write_text(text, encoding="utf-8")
        ended = subprocess.run([tocsinctl, "rules", "lint", str(folder / "rules"), "--json"], capture_output=True, text=True)
        check(ended.returncode in (0, 1), f"lint ended with {ended.returncode}: {ended.stderr}")
        errors = {name: [] for name in [*rules, *(registers or {}), *(overrides or {})]}
        for line in ended.stdout.splitlines():
            problem = json.loads(line)
            if problem.get("level") == "error":
                errors.setdefault(pathlib.Path(problem["file"]).stem, []).append(problem)
        return errors


def every_property(schema, path=""):
    for name, part in schema.get("properties", {}).items():
        yield f"{path}.{name}", part
        yield from every_property(part, f"{path}.{name}")
    for name, part in schema.get("$defs", {}).items():
        yield from every_property(part, f"{path}#{name}")
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), dict):
            yield from every_property(schema[word], f"{path}.{word}")


def main():
    tocsinctl = sys.argv[1]
    validator = validator_of("rule")
    schema = validator.schema
    for path in sorted(pathlib.Path("rules/pack").glob("*.yaml")):
        if not path.name.endswith(".tests.yaml"):
            check_shipped(path, validator, "../schema/rule.schema.json")
    check_registers(tocsinctl)
    check_overrides(tocsinctl)

    check({re.search("kind: (.*)", text)[1] for text in GOOD.values()} == set(schema["$defs"]["kind"]["enum"]),
          "there is not an example of each kind")
    errors = lint(tocsinctl, GOOD)
    for name, text in GOOD.items():
        for error in validator.iter_errors(load(text)):
            check(False, f"the schema refuses the example {name}: {error.json_path}: {error.message}")
        check(not errors[name], f"the parser refuses the example {name}: {errors[name]}")

    broken = {}
    for i, (name, old, new) in enumerate(BROKEN):
        check(old in GOOD[name], f"{name} has no {old!r} to break")
        broken[f"b{i}"] = GOOD[name].replace(old, new).replace(f"id: {name}\n", f"id: b{i}\n")
    errors = lint(tocsinctl, broken)
    for (file, text), case in zip(broken.items(), BROKEN):
        check(not validator.is_valid(load(text)), f"the schema takes {case}")
        check(errors[file], f"the parser takes {case}")

    # The parser lists its words when it is given one that it does not know.
    words = {"kind": schema["$defs"]["kind"]["enum"], "urgency": schema["properties"]["urgency"]["enum"],
             "response": schema["properties"]["response"]["enum"],
             "label.classification": schema["properties"]["label"]["properties"]["classification"]["enum"],
             "label.tlp": schema["properties"]["label"]["properties"]["tlp"]["enum"]}
    text = re.sub(r"^(kind|urgency|response): .*$", r"\1: zzzzzzzzzzzz", GOOD["event-count"], flags=re.M)
    text = re.sub(r"(classification|tlp): \w+", r"\1: zzzzzzzzzzzz", text)
    told = {p["key"]: p["fix"] for p in lint(tocsinctl, {"words": text})["words"] if "zzzz" in p["reason"]}
    for key, known in words.items():
        listed = set(told.get(key, "").removeprefix("known: ").split(", "))
        check(listed == set(known), f"{key}: the schema has {sorted(known)}, the parser {sorted(listed)}")

    print("\n".join(failures) or f"schema: {len(GOOD)} examples and {len(BROKEN) + len(BROKEN_REGISTERS) + len(BROKEN_OVERRIDES)} broken documents: parser and schema agree")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
