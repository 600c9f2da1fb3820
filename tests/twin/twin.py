#!/usr/bin/env python3
"""The naive twin: which warnings stand after a complete history, worked out from docs/rules.md alone.

    twin.py --filed filed.ndjson --rules rules/ --live minurcat,unamid --clock-us N --margin-us M

It shares nothing with the engine: it has no state, no order of arrival and no increments, keeps all events in
lists and asks for each rule and key the plain question of docs/rules.md. Input: one line for each filed
event, {"event": <protobuf JSON of tocsin.v1.Event>, "receipt": {"outcome", "acceptedUs"}}. Output: one line
for each standing warning. Python standard library and PyYAML.

Here is what makes a warning of an episode. The rooms beside: history (the pack, the filed events), selections (which
events are a rule's, by key), geometry, and kinds (the episodes of each kind of rule).
"""
import argparse
import json
import sys

from history import CLASSIFICATIONS, TLPS, Pack, read_events
from kinds import episodes_of
from kinds.composite import as_member, stages, warning_groups
from selections import fields_of, groups


def certainty(evidence):
    def well_graded(e):
        return e.reliability in ("A", "B") and e.credibility in ("1", "2")

    origins = {e.origin for e in evidence if e.reliability != "E" and e.credibility != "5"}
    graded = any(well_graded(e) for e in evidence)
    own = any(well_graded(e) and e.source_kind in ("patrol", "sensor") for e in evidence)
    level = "observed" if own and len(origins) >= 2 else "likely" if graded or len(origins) >= 2 else "possible"
    if level == "observed" and all(e.nature != "observed" for e in evidence):
        level = "likely"
    return level, len(origins) < 2 and not graded


def address_words(rule):
    return rule["address"] if isinstance(rule["address"], list) else [rule["address"]]


def addressees(rule, key, evidence, ahead, pack, live):
    areas = {a for e in evidence for a in e.areas}
    missions = set()
    for word in address_words(rule):
        if word == "evidence_areas":
            missions |= {pack.desk_of[a] for a in areas}
        elif word == "other_side":
            missions |= {pack.desk_of[a] for a in pack.sides[key["corridor"]]}
        elif word == "neighbours":
            beside = {a for sides in pack.sides.values() if areas & set(sides) for a in sides}
            missions |= {pack.desk_of[a] for a in areas | beside}
        elif word == "originators":
            missions |= {e.mission for e in evidence}
        elif word == "ahead":
            missions |= {pack.desk_of[a] for a in ahead}
        elif word == "releasable_to":
            missions |= {m for m in live if all(e.released_to(m) for e in evidence)}
        elif word == "all":
            missions |= set(live)
        else:
            missions.add(word)
    return sorted(missions & set(live))


def label(rule, evidence, below):
    """[classification, TLP]: the rule's floor, or the strictest of what the warning may not be looser than."""
    labels = [rule.get("label", {})]
    if rule["kind"] == "composite" or "releasable_to" in address_words(rule):
        labels += [e.label for e in evidence] + [dict(zip(("classification", "tlp"), w["label"])) for w in below]
    return [max((x.get(field, "") for x in labels), key=order.index)
            for field, order in (("classification", CLASSIFICATIONS), ("tlp", TLPS))]


def attributes(rule, evidence, members):
    """{"mission/id": {name: value}} of what the rule reads of the evidence's attributes."""
    if rule["kind"] == "composite":
        return {}
    condition = rule["condition"]
    read = {condition.get("field"), *condition.get("equal", []), *condition.get("differ", []),
            *condition.get("differ_between", {}), *condition.get("distinct", {})}
    read -= {"area", "corridor", "actor", "mission", "origin"}
    found = {}
    for event in evidence:
        where = rule["selections"][members[event.identity][1][0]].get("where") or {}
        values = {k: v for k, v in event.attributes.items() if k in read | set(where)}
        if values:
            found["/".join(event.identity)] = values
    return found


def of_rule(rule, found, pack, live, known_until):
    """(warning, episode) of each that stands of one rule."""
    for (status, exercise, values), members in sorted(found.items(), key=lambda group: group[0]):
        key = dict(zip(fields_of(rule), values))
        episodes = episodes_of(rule, key, members, pack, known_until)
        for episode in sorted(episodes, key=lambda x: min((e.time, e.identity) for e in x["events"])):
            evidence = episode["events"]
            all_evidence = episode.get("all_events", evidence)
            level, unverified = certainty(evidence)
            bounds = [min(e.time for e in evidence), max(e.time for e in evidence)]
            yield {
                "rule": rule["id"], "key": key, "status": status, "exercise": exercise,
                "episode": episode.get("bounds", bounds),
                "evidence": sorted([e.mission, e.id, e.revision] for e in evidence),
                "attributes": attributes(rule, evidence, members),
                "severity": episode["severity"], "certainty": level, "unverified": unverified,
                "addressees": addressees(rule, key, all_evidence, episode.get("ahead", []), pack, live),
                "label": label(rule, all_evidence, episode.get("warnings", [])),
                "measures": episode["measures"], "absence_state": episode.get("absence_state", ""),
            }, episode


def standing(pack, events, live, known_until):
    warnings, taken = {}, []  # by rule; as rules that select warnings see them
    by_stage = stages(pack.rules)
    for rule in sorted(pack.rules, key=lambda r: by_stage[r["id"]]):
        found = warning_groups(rule, taken) if rule["kind"] == "composite" else groups(rule, events)
        pairs = list(of_rule(rule, found, pack, live, known_until))
        warnings[rule["id"]] = [warning for warning, _ in pairs]
        taken += [as_member(warning, episode) for warning, episode in pairs]
    for rule in pack.rules:
        yield from warnings[rule["id"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--filed", required=True, help="NDJSON; - is standard input")
    parser.add_argument("--rules", required=True)
    parser.add_argument("--live", required=True, help="missions, separated by commas")
    parser.add_argument("--clock-us", type=int, required=True)
    parser.add_argument("--margin-us", type=int, required=True)
    parser.add_argument("--shadow", action="store_true", help="rules in shadow, too, as if they were live")
    args = parser.parse_args()
    pack = Pack(args.rules, args.shadow)
    with (sys.stdin if args.filed == "-" else open(args.filed, encoding="utf-8")) as lines:
        events = read_events(lines, pack)
    for warning in standing(pack, events, args.live.split(","), args.clock_us - args.margin_us):
        print(json.dumps(warning, sort_keys=True))


if __name__ == "__main__":
    main()
