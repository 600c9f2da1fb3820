"""composite: warnings of other rules that come together.

Its members are warnings: dicts of rule, key, status, exercise, severity, bounds (from, to), open, areas, corridors, actors
and missions (what it is about, and who filed for it), events (the evidence that is known of it), all_events and left_out.
"""
import collections
import itertools
import math

from history import micros
from kinds.shared import SEVERITIES, joined

KNOWN = 32


def stages(rules):
    """{rule id: stage}; the rules that it selects come before it."""
    by_id = {rule["id"]: rule for rule in rules}

    def stage(rule):
        if rule["kind"] != "composite":
            return 0
        return 1 + max(stage(by_id[id]) for selection in rule["selections"].values() for id in selection["rules"])

    return {rule["id"]: stage(rule) for rule in rules}


def warning_groups(rule, warnings):
    """{(status, exercise, key values): [(warning, names of the selections that take it)]}."""
    found = collections.defaultdict(list)
    for warning in warnings:
        names = [name for name, selection in rule["selections"].items() if warning["rule"] in selection["rules"]
                 and SEVERITIES.index(warning["severity"]) >= SEVERITIES.index(selection.get("min_severity", "unknown"))]
        if not names:
            continue
        about = {"area": warning["areas"], "corridor": warning["corridors"], "actor": warning["actors"], "mission": warning["missions"]}
        for key in itertools.product(*(sorted(about[field]) for field in rule["group_by"])):
            found[(warning["status"], warning["exercise"], key)].append((warning, names))
    return found


def apart(p, q):
    first, second = sorted((p, q), key=lambda w: w["bounds"][0])
    return second["bounds"][0] - (math.inf if first["open"] else first["bounds"][1])


def composite_episodes(rule, members):
    condition = rule["condition"]
    within = micros(condition["within"])
    candidates = [[i for i, (_, names) in enumerate(members) if wanted in names] for wanted in condition["all_of"]]
    matches = [set(chosen) for chosen in itertools.product(*candidates) if len(set(chosen)) == len(chosen)
               and all(apart(members[i][0], members[j][0]) <= within for i, j in itertools.combinations(chosen, 2))]
    for episode in joined(matches):
        warnings = [members[i][0] for i in sorted(episode)]
        left_out = sum(w["left_out"] for w in warnings)
        yield {"warnings": warnings, "severity": condition["severity"], "left_out": left_out,
               "events": list({e.identity: e for w in warnings for e in w["events"]}.values()),
               "all_events": list({e.identity: e for w in warnings for e in w["all_events"]}.values()),
               "bounds": [min(w["bounds"][0] for w in warnings), max(w["bounds"][1] for w in warnings)],
               "open": any(w["open"] for w in warnings),
               "measures": {"warnings": len(warnings), **({"evidence_left_out": left_out} if left_out else {})}}


def as_member(warning, episode):
    """A warning that stands, as rules that select it see it."""
    of_all = episode.get("all_events", episode["events"])
    newest = sorted(episode["events"], key=lambda e: (e.time, e.identity))
    key, below = warning["key"], episode.get("warnings")

    def about(field, what):
        if field in key:
            return {key[field]}
        if below is not None and what in ("areas", "corridors"):
            return {value for w in below for value in w[what]}
        if what == "areas" and "ahead" in episode:
            return set(episode["ahead"])
        if what == "actors":
            return {id for e in of_all for id, _, _ in e.actors}
        return {value for e in of_all for value in getattr(e, what)}

    return {**warning, "bounds": warning["episode"], "open": episode.get("open", False), "areas": about("area", "areas"),
            "corridors": about("corridor", "corridors"), "actors": about("actor", "actors"),
            "missions": {e.mission for e in of_all}, "events": newest[-KNOWN:], "all_events": of_all,
            "left_out": episode.get("left_out", 0) + len(newest[:-KNOWN])}
