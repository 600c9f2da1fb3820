#!/usr/bin/env python3
"""The naive twin: which warnings stand after a complete history, worked out from docs/rules.md alone.

    twin.py --filed filed.ndjson --rules rules/ --live minurcat,unamid --clock-us N --margin-us M

It shares nothing with the engine: it has no state, no order of arrival and no increments, keeps all events in
lists and asks for each rule and key the plain question of docs/rules.md. Input: one line for each filed
event, {"event": <protobuf JSON of tocsin.v1.Event>, "receipt": {"outcome", "acceptedUs"}}. Output: one line
for each standing warning. Python standard library and PyYAML.
"""
import argparse
import bisect
import collections
import datetime
import itertools
import json
import math
import pathlib
import re
import sys

import yaml

EARTH_RADIUS_M = 6371008.8
DAY = 86_400_000_000
AREA_LIMIT_M = 100_000
SEVERITIES = ["unknown", "minor", "moderate", "severe", "extreme"]
CERTAINTIES = ["possible", "likely", "observed"]


# ---------------------------------------------------------------- reading

def micros(duration):
    number, unit = re.fullmatch(r"(\d+)\s*(s|m|h|d)", str(duration).strip()).groups()
    return int(number) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit] * 1_000_000


def fold(name):
    return " ".join(name.split()).translate({c: c + 32 for c in range(ord("A"), ord("Z") + 1)})


def short(name, prefix):
    return name[len(prefix):].lower() if name else ""


class Pack:
    def __init__(self, folder):
        folder = pathlib.Path(folder)
        files = [p for p in (folder / "pack").glob("*.yaml") if not p.name.endswith(".tests.yaml")]
        rules = (yaml.safe_load(p.read_text()) for p in files)
        # What is in shadow is told to nobody, so it stands nowhere.
        self.rules = sorted((r for r in rules if r.get("state", "live") == "live"), key=lambda r: r["id"])
        self.types = yaml.safe_load((folder / "types.yaml").read_text())["types"]
        actors = yaml.safe_load((folder / "actors.yaml").read_text())["actors"]
        self.class_of = {id: a["class"] for id, a in actors.items()}
        self.alias = {fold(str(alias)): id for id, a in actors.items() for alias in a.get("aliases", [])}
        self.desks = yaml.safe_load((folder / "desks.yaml").read_text())["desks"]
        self.areas = json.loads((folder / "areas.geojson").read_text())["features"]
        self.corridors = json.loads((folder / "corridors.geojson").read_text())["features"]
        self.desk_of = {f["properties"]["id"]: f["properties"]["desk"] for f in self.areas}
        self.sides = {f["properties"]["id"]: (f["properties"]["a"], f["properties"]["b"]) for f in self.corridors}
        for feature in self.areas + self.corridors:
            kind, coordinates = feature["geometry"]["type"], feature["geometry"]["coordinates"]
            feature["parts"] = coordinates if kind.startswith("Multi") else [coordinates]
        for feature in self.corridors:
            feature["vectors"] = [[vector(*p) for p in line] for line in feature["parts"]]
        self.cache = {}

    def places(self, latitude, longitude, day):
        """(areas, corridors with their widths in metres) of a point on a day."""
        key = (latitude, longitude, day)
        if key not in self.cache:
            def valid(f):
                return f["properties"]["from"] <= day <= f["properties"]["to"]
            areas = sorted({f["properties"]["id"] for f in self.areas
                            if valid(f) and inside(latitude, longitude, f["parts"])})
            point = vector(longitude, latitude)
            corridors = {}
            for f in self.corridors:
                width = f["properties"]["width_km"] * 1000
                if valid(f) and line_distance(point, f["vectors"], width) <= width:
                    corridors[f["properties"]["id"]] = width
            self.cache[key] = areas, corridors
        return self.cache[key]


# ---------------------------------------------------------------- geometry

def vector(longitude, latitude):
    a, b = math.radians(latitude), math.radians(longitude)
    return math.cos(a) * math.cos(b), math.cos(a) * math.sin(b), math.sin(a)


def dot(u, v):
    return u[0] * v[0] + u[1] * v[1] + u[2] * v[2]


def cross(u, v):
    return u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]


def angle(u, v):
    w = cross(u, v)
    return math.atan2(math.sqrt(dot(w, w)), dot(u, v))


def inside(latitude, longitude, polygons):
    """Ray casting along the meridian to the north; edges are arcs of great circles."""
    hits = 0
    tangent = math.tan(math.radians(latitude))
    for rings in polygons:
        for ring in rings:
            for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
                if (x1 > longitude) == (x2 > longitude):
                    continue
                a, b, c = math.radians(x1), math.radians(x2), math.radians(longitude)
                edge = (math.tan(math.radians(y1)) * math.sin(b - c) + math.tan(math.radians(y2)) * math.sin(c - a)) / math.sin(b - a)
                hits += edge > tangent
    return hits % 2 == 1


def line_distance(point, lines, enough):
    """Metres from a point to lines of great-circle arcs; anything above `enough` may be an overestimate."""
    best = math.inf
    for line in lines:
        if dot(point, line[0]) < 0.9:  # more than 25 degrees away
            continue
        for u, v in zip(line, line[1:]):
            normal = cross(u, v)
            size = math.sqrt(dot(normal, normal))
            if size == 0:
                best = min(best, angle(point, u))
                continue
            normal = (normal[0] / size, normal[1] / size, normal[2] / size)
            across = math.asin(max(-1.0, min(1.0, dot(point, normal))))
            if abs(across) * EARTH_RADIUS_M > enough:
                continue
            foot = tuple(p - math.sin(across) * n for p, n in zip(point, normal))
            if dot(cross(u, foot), normal) >= 0 and dot(cross(foot, v), normal) >= 0:
                best = min(best, abs(across))
            else:
                best = min(best, angle(point, u), angle(point, v))
    return best * EARTH_RADIUS_M


def distance_m(p, q):
    """Haversine, rounded to the metre."""
    a, b = math.radians(p[0]), math.radians(q[0])
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(q[1] - p[1]) / 2) ** 2
    return math.floor(2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h))) + 0.5)


# ---------------------------------------------------------------- events

class Event:
    def __init__(self, raw, accepted_us, pack):
        self.mission, self.id, self.revision = raw["mission"], raw["id"], int(raw.get("revision", 1))
        self.withdrawn = raw.get("revisionKind") == "REVISION_KIND_WITHDRAW"
        self.status = short(raw.get("status"), "STATUS_")
        self.exercise = raw.get("exerciseId", "")
        self.type = raw.get("type", "")
        self.nature = short(raw.get("nature"), "NATURE_")
        interval = raw.get("observed", {}).get("interval", {})
        self.observed = int(interval.get("fromUs", 0)), int(interval.get("toUs", 0))
        self.time = self.observed[0]
        if self.nature in ("expected", "declared", "planned") and "valid" in raw:
            self.time = int(raw["valid"].get("fromUs", 0))
        self.late = accepted_us - self.observed[1] > micros(pack.types[self.type]["lateness"]) if self.type in pack.types else True
        place = raw.get("place", {})
        self.point = None
        if "point" in place:
            self.point = float(place["point"].get("latitude", 0)), float(place["point"].get("longitude", 0))
        self.uncertainty = float(place.get("uncertaintyM", 0))
        self.areas, self.corridors = [], []
        if self.point:
            day = (datetime.date(1970, 1, 1) + datetime.timedelta(days=self.time // DAY)).isoformat()
            areas, corridors = pack.places(*self.point, day)
            if self.uncertainty <= AREA_LIMIT_M:
                self.areas = areas
            self.corridors = sorted(c for c, width in corridors.items() if self.uncertainty <= width)
        self.actors = []  # (register id, class, role)
        for actor in raw.get("actors", []):
            register_id = pack.alias.get(fold(actor.get("name", "")))
            if register_id:
                self.actors.append((register_id, pack.class_of[register_id], actor.get("role", "")))
        self.people = {k: int(v) for k, v in raw.get("people", {}).items()}
        source = raw.get("source", {})
        self.source_kind = source.get("kind", "")
        if source.get("relayedFrom"):
            self.origin = "relayed", source["relayedFrom"]
        elif source.get("protectedId"):
            self.origin = "protected", source["protectedId"]
        else:
            self.origin = "unit", self.mission, source.get("component", ""), self.source_kind
        same = source.get("sameIncidentAs")
        self.same_incident_as = (same["mission"], same["id"]) if same else None
        grading = raw.get("grading", {})
        self.reliability, self.credibility = grading.get("reliability", ""), grading.get("credibility", "")
        self.attributes = raw.get("attributes", {})

    @property
    def identity(self):
        return self.mission, self.id

    def values(self, field):
        if field == "area":
            return self.areas
        if field == "corridor":
            return self.corridors
        if field == "mission":
            return [self.mission]
        if field == "origin":
            return [self.origin]
        return [self.attributes[field]] if field in self.attributes else []


def read_events(lines, pack):
    """The greatest accepted revision of each identity, without those withdrawn."""
    greatest = {}
    for line in lines:
        if not line.strip():
            continue
        record = json.loads(line)
        event, receipt = record["event"], record.get("receipt", {})
        if receipt.get("outcome") not in ("OUTCOME_ACCEPTED", "OUTCOME_DUPLICATE"):
            continue
        accepted = int(receipt.get("acceptedUs") or event.get("acceptedUs") or 0)
        identity, revision = (event["mission"], event["id"]), int(event.get("revision", 1))
        known = greatest.get(identity)
        if known is None or revision > known[0] or (revision == known[0] and 0 < accepted < known[2]):
            greatest[identity] = revision, event, accepted
    events = [Event(event, accepted, pack) for _, event, accepted in greatest.values()]
    return [e for e in events if not e.withdrawn]


# ---------------------------------------------------------------- selections and keys

def type_matches(wanted, type):
    return type.startswith(wanted[:-1]) if wanted.endswith(".*") else type == wanted


def meets(selection, event, key_actor):
    if not any(type_matches(t, event.type) for t in selection["types"]):
        return False
    if event.nature not in (selection.get("natures") or ["observed"]):
        return False
    if selection.get("missions") and event.mission not in selection["missions"]:
        return False
    classes, roles = selection.get("actor_classes"), selection.get("actor_roles")
    if classes or roles:
        if not any((key_actor is None or id == key_actor) and (not classes or cls in classes) and (not roles or role in roles)
                   for id, cls, role in event.actors):
            return False
    if any(event.attributes.get(k) != str(v) for k, v in (selection.get("where") or {}).items()):
        return False
    return all(event.people.get(k, 0) >= v for k, v in (selection.get("min") or {}).items())


def keys_of(rule, event):
    """Values of the key's fields, each with the actor that it names, if the key has one."""
    values = []
    for field in rule["group_by"]:
        if field == "actor":
            values.append(sorted({id for id, _, _ in event.actors}))
        else:
            values.append(sorted(set(event.values(field))))
    for combination in itertools.product(*values):
        actor = combination[rule["group_by"].index("actor")] if "actor" in rule["group_by"] else None
        yield combination, actor


def span(rule):
    condition = rule["condition"]
    if "daily_by" in condition:
        return 2 * DAY
    return micros(condition.get("window") or condition.get("within") or condition.get("every") or condition.get("stands"))


def groups(rule, events):
    """{(status, exercise, key values): {identity: (event, names of the selections met)}}, timely and not vague."""
    found = collections.defaultdict(dict)
    for event in events:
        if event.late or event.observed[1] - event.observed[0] > span(rule):
            continue
        if rule["kind"] == "near" and (not event.point or event.uncertainty > rule["condition"]["radius_km"] * 1000):
            continue
        for key, actor in keys_of(rule, event):
            names = [name for name, selection in rule["selections"].items() if meets(selection, event, actor)]
            if names:
                found[(event.status, event.exercise, key)][event.identity] = event, names
    return found


# ---------------------------------------------------------------- kinds

def incident(event, members):
    """End of the chain of same_incident_as; of a ring the least identity."""
    seen = [event.identity]
    while True:
        following = members[seen[-1]][0].same_incident_as
        if following is None or following not in members:
            return seen[-1]
        if following in seen:
            return min(seen[seen.index(following):])
        seen.append(following)


def joined(sets):
    """Unions of sets that share an element, transitively."""
    parent = {}

    def root(x):
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for members in sets:
        for x in members:
            parent.setdefault(x, x)
            parent[root(x)] = root(next(iter(members)))
    result = collections.defaultdict(set)
    for x in parent:
        result[root(x)].add(x)
    return list(result.values())


def gravest(severities, count):
    reached = [s for s, n in severities.items() if count >= n]
    return max(reached, key=SEVERITIES.index)


def count_episodes(rule, members):
    condition = rule["condition"]
    window, severities = span(rule), condition["severities"]
    least = min(severities.values())
    order = sorted((e for e, _ in members.values()), key=lambda e: (e.time, e.identity))
    times = [e.time for e in order]
    windows = []
    for event in order:
        inside_window = order[bisect.bisect_right(times, event.time - window):bisect.bisect_right(times, event.time)]
        if rule["kind"] == "event_count":
            count = len({incident(e, members) for e in inside_window})
        else:
            count = len({value for e in inside_window for value in e.values(condition["field"])})
        if count >= least:
            windows.append((count, {e.identity for e in inside_window}))
    measure = "incidents" if rule["kind"] == "event_count" else "distinct_" + condition["field"]
    for episode in joined([w for _, w in windows]):
        count = max(c for c, w in windows if w <= episode)
        yield {"events": [members[i][0] for i in episode], "measures": {measure: count}, "severity": gravest(severities, count)}


def sequence_matches(rule, members):
    """Sets of identities: an event for each step; what must not follow is not asked."""
    condition, ordered, within = rule["condition"], rule["kind"] == "temporal_ordered", span(rule)
    gap = micros(condition["gap"]) if "gap" in condition else within
    until = [e.time for e, names in members.values() if set(names) & set(condition.get("until", []))]

    def values(event, step, field):
        if field != "actor":
            return set(event.values(field))
        s = rule["selections"][step]
        classes, roles = s.get("actor_classes"), s.get("actor_roles")
        return {id for id, cls, role in event.actors if (not classes or cls in classes) and (not roles or role in roles)}

    def fits(chosen):  # [(step, event)]
        events, times = [e for _, e in chosen], [e.time for _, e in chosen]
        if len({e.identity for e in events}) < len(events) or max(times) - min(times) > within:
            return False
        if any(min(times) < t <= max(times) for t in until):
            return False
        if not all(set.intersection(*(values(e, s, field) for s, e in chosen)) for field in condition.get("equal", [])):
            return False
        for field in condition.get("differ", []):
            sets = [values(e, s, field) for s, e in chosen]
            if not all(sets) or any(a & b for a, b in itertools.combinations(sets, 2)):
                return False
        return True

    def follows(before, after):
        return not ordered or before.time < after.time <= before.time + gap

    candidates = {s: [e for e, names in members.values() if s in names] for s in condition["steps"]}
    if condition.get("take", "every") == "every":
        for events in itertools.product(*candidates.values()):
            if all(follows(p, q) for p, q in zip(events, events[1:])) and fits(list(zip(condition["steps"], events))):
                yield {e.identity for e in events}
        return
    for last, names in members.values():
        steps = list(reversed(condition["steps"])) if ordered else list(condition["steps"])
        role = next((s for s in (steps[:1] if ordered else steps) if s in names and fits([(s, last)])), None)
        if role is None:
            continue
        steps.remove(role)
        chosen = [(role, last)]
        for step in steps:
            earlier = [e for e in candidates[step] if (e.time, e.identity) < (last.time, last.identity)
                       and follows(e, chosen[-1][1]) and fits(chosen + [(step, e)])]
            if not earlier:
                break
            chosen.append((step, max(earlier, key=lambda e: (e.time, e.identity))))
        if len(chosen) == len(condition["steps"]):
            yield {e.identity for _, e in chosen}


def sequence_episodes(rule, members, known_until):
    condition, matches, spans = rule["condition"], [], []
    avoid, after = condition.get("then_no"), 0
    if avoid:
        after = micros(avoid["within"])
        avoided = [e.time for e, names in members.values() if avoid["selection"] in names]
    for match in sequence_matches(rule, members):
        times = [members[i][0].time for i in match]
        if avoid and (known_until <= max(times) + after or any(max(times) < t <= max(times) + after for t in avoided)):
            continue
        matches.append(match)
        spans.append(max(times) - min(times))
    for episode in joined(matches):
        shortest = min(s for match, s in zip(matches, spans) if match <= set(episode))
        yield {"events": [members[i][0] for i in episode], "measures": {"span_s": shortest // 1_000_000},
               "severity": condition["severity"], "absence_state": "silent" if avoid else ""}


def near_episodes(rule, members):
    condition = rule["condition"]
    within, radius = span(rule), condition["radius_km"] * 1000
    chosen = [[e for e, names in members.values() if name in names] for name in condition["all_of"]]
    matches = []

    def close(p, q):
        return p.identity != q.identity and abs(p.time - q.time) <= within and distance_m(p.point, q.point) <= radius

    def extend(partial, rest):
        if not rest:
            matches.append({e.identity for e in partial})
            return
        for candidate in rest[0]:
            if all(close(candidate, e) for e in partial):
                extend(partial + [candidate], rest[1:])

    extend([], chosen)
    for episode in joined(matches):
        yield {"events": [members[i][0] for i in episode], "measures": {}, "severity": condition["severity"]}


def clock_rows(desk):
    """(from, until, offset) of the desk's clock; the first row holds before, too."""
    def moment(text):
        text = str(text)
        there = datetime.datetime.fromisoformat(text.replace("Z", "+00:00") if "T" in text else text + "T00:00+00:00")
        return (there - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)

    def offset(text):
        minutes = int(text[1:3]) * 60 + int(text[4:6])
        return (-minutes if text[0] == "-" else minutes) * 60_000_000

    starts = [moment(row["from"]) for row in desk["offsets"]]
    return list(zip([-math.inf] + starts[1:], starts[1:] + [math.inf], [offset(row["utc"]) for row in desk["offsets"]]))


def deadline(rule, time, pack):
    """By when an event at `time` asks for the next one."""
    condition = rule["condition"]
    if "daily_by" not in condition:
        return time + span(rule)
    hours, minutes = condition["daily_by"].split(":")
    rows, moments = clock_rows(pack.desks[condition["desk"]]), set()
    for day in range(time // DAY - 3, time // DAY + 6):
        shown = day * DAY + (int(hours) * 60 + int(minutes)) * 60_000_000
        # In each row the clock shows that much from some moment on, if not too late for the row.
        moments.add(min(max(shown - offset, start) for start, end, offset in rows if max(shown - offset, start) < end))
    return sorted(m for m in moments if m >= time)[1]


def absence_episodes(rule, members, pack, known_until):
    by_time = {}
    for event, _ in members.values():
        if event.time not in by_time or event.identity < by_time[event.time].identity:
            by_time[event.time] = event
    order = [by_time[t] for t in sorted(by_time)]
    for event, following in itertools.zip_longest(order, order[1:]):
        due = deadline(rule, event.time, pack)
        if following is not None:
            if following.time > due:
                yield {"events": [event, following], "measures": {"gap_s": (following.time - event.time) // 1_000_000},
                       "absence_state": "resolved", "severity": rule["condition"]["severity"]}
        elif known_until > due:
            yield {"events": [event], "measures": {"gap_s": (due - event.time) // 1_000_000}, "absence_state": "silent",
                   "severity": rule["condition"]["severity"]}


def sides_of(rule, key, event, pack):
    sides = set(event.values(rule["condition"]["sides"]))
    if rule["condition"]["sides"] == "area" and "corridor" in key:
        sides &= set(pack.sides[key["corridor"]])
    return sides


def divergence_episodes(rule, key, members, pack, known_until):
    condition = rule["condition"]
    field, stands, longer = condition["field"], span(rule), micros(condition["longer_than"])
    by_side = collections.defaultdict(dict)  # side -> {time: declaration}
    for event, _ in members.values():
        for side in sides_of(rule, key, event, pack) if event.values(field) else ():
            known = by_side[side].get(event.time)
            if known is None or known.identity < event.identity:
                by_side[side][event.time] = event
    lines = []  # (from, until, declaration)
    for declared in by_side.values():
        times = sorted(declared)
        for time, following in itertools.zip_longest(times, times[1:]):
            until = time + stands if following is None else min(time + stands, following)
            lines.append((time, until, declared[time]))
    changes = sorted({t for line in lines for t in line[:2]})
    at_time = {t: [e for start, end, e in lines if start <= t < end] for t in changes}
    values = {t: {v for e in standing_then for v in e.values(field)} for t, standing_then in at_time.items()}
    for disagree, run in itertools.groupby(changes, key=lambda t: len(values[t]) > 1):
        if not disagree:
            continue
        run = list(run)
        u, v = run[0], changes[changes.index(run[-1]) + 1]
        if v - u <= longer or known_until <= u + longer:
            continue
        is_open = known_until <= v and all(start != v for start, _, _ in lines)
        most = max(len(values[t]) for t in run)
        yield {"events": list({e.identity: e for t in run for e in at_time[t]}.values()),
               "measures": {"values": most, "disagreement_s": (longer if is_open else v - u) // 1_000_000},
               "severity": gravest(condition["severities"], most)}


# ---------------------------------------------------------------- content

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


def addressees(rule, key, evidence, pack, live):
    words = rule["address"] if isinstance(rule["address"], list) else [rule["address"]]
    areas = {a for e in evidence for a in e.areas}
    missions = set()
    for word in words:
        if word == "evidence_areas":
            missions |= {pack.desk_of[a] for a in areas}
        elif word == "other_side":
            missions |= {pack.desk_of[a] for a in pack.sides[key["corridor"]]}
        elif word == "neighbours":
            beside = {a for sides in pack.sides.values() if areas & set(sides) for a in sides}
            missions |= {pack.desk_of[a] for a in areas | beside}
        elif word == "originators":
            missions |= {e.mission for e in evidence}
        elif word == "all":
            missions |= set(live)
        else:
            missions.add(word)
    return sorted(missions & set(live))


def standing(pack, events, live, known_until):
    for rule in pack.rules:
        found = groups(rule, events)
        for (status, exercise, values), members in sorted(found.items()):
            key = dict(zip(rule["group_by"], values))
            if rule["kind"] in ("event_count", "value_count"):
                episodes = count_episodes(rule, members)
            elif rule["kind"] in ("temporal", "temporal_ordered"):
                episodes = sequence_episodes(rule, members, known_until)
            elif rule["kind"] == "near":
                episodes = near_episodes(rule, members)
            elif rule["kind"] == "divergence":
                episodes = divergence_episodes(rule, key, members, pack, known_until)
            else:
                episodes = absence_episodes(rule, members, pack, known_until)
            for episode in sorted(episodes, key=lambda x: min((e.time, e.identity) for e in x["events"])):
                evidence = episode["events"]
                level, unverified = certainty(evidence)
                yield {
                    "rule": rule["id"], "key": key, "status": status, "exercise": exercise,
                    "episode": [min(e.time for e in evidence), max(e.time for e in evidence)],
                    "evidence": sorted([e.mission, e.id, e.revision] for e in evidence),
                    "severity": episode["severity"], "certainty": level, "unverified": unverified,
                    "addressees": addressees(rule, key, evidence, pack, live),
                    "measures": episode["measures"], "absence_state": episode.get("absence_state", ""),
                }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--filed", required=True, help="NDJSON; - is standard input")
    parser.add_argument("--rules", required=True)
    parser.add_argument("--live", required=True, help="missions, separated by commas")
    parser.add_argument("--clock-us", type=int, required=True)
    parser.add_argument("--margin-us", type=int, required=True)
    args = parser.parse_args()
    pack = Pack(args.rules)
    with (sys.stdin if args.filed == "-" else open(args.filed, encoding="utf-8")) as lines:
        events = read_events(lines, pack)
    for warning in standing(pack, events, args.live.split(","), args.clock_us - args.margin_us):
        print(json.dumps(warning, sort_keys=True))


if __name__ == "__main__":
    main()
