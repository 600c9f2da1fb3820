"""What the rules and the filed events say: a pack of rules, and the events that count."""
import datetime
import json
import pathlib
import re

import yaml

from geometry import inside, line_distance, vector

DAY = 86_400_000_000
# From the least strict to the strictest; without one it is released to nobody.
CLASSIFICATIONS = ["", "unclassified", "confidential", "strictly_confidential"]
TLPS = ["", "clear", "green", "amber", "amber_strict", "red"]
AREA_LIMIT_M = 100_000


def micros(duration):
    number, unit = re.fullmatch(r"(\d+)\s*(ms|s|m|h|d)", str(duration).strip()).groups()
    return int(number) * {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}[unit] * 1000


def fold(name):
    return " ".join(name.split()).translate({c: c + 32 for c in range(ord("A"), ord("Z") + 1)})


def short(name, prefix):
    return name[len(prefix):].lower() if name else ""


def day_of(time):
    """The UTC date of a time."""
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=time // DAY)).isoformat()


def label_of(raw, default):
    """A report's label; without a word of it the desk's default, and the default's classification or TLP where it has none."""
    label = {"classification": short(raw.get("classification"), "CLASSIFICATION_"), "tlp": short(raw.get("tlp"), "TLP_"),
             "releasable_to": raw.get("releasableTo", []), "caveats": raw.get("caveats", [])}
    if not any(label.values()):
        return {**label, **default}
    return {**label, **{k: label[k] or default.get(k, "") for k in ("classification", "tlp")}}


class Pack:
    def __init__(self, folder, shadow=False):
        folder = pathlib.Path(folder)
        files = [p for p in (folder / "pack").glob("*.yaml") if not p.name.endswith(".tests.yaml")]
        rules = (yaml.safe_load(p.read_text()) for p in files)
        # What is in shadow is told to nobody, so it stands nowhere, unless that is asked for.
        states = ("live", "shadow") if shadow else ("live",)
        self.rules = sorted((r for r in rules if r.get("state", "live") in states), key=lambda r: r["id"])
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
            areas, corridors = pack.places(*self.point, day_of(self.time))
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
        self.label = label_of(raw.get("label", {}), pack.desks.get(self.mission, {}).get("default_label", {}))

    def released_to(self, mission):
        label = self.label
        if mission == self.mission:
            return True
        if not label["classification"] or not label["tlp"] or set(label["caveats"]) - {"NOT-TO-HOST"}:
            return False
        by_name_only = label["tlp"] == "red" or label["classification"] == "strictly_confidential"
        return mission in label["releasable_to"] or ("*" in label["releasable_to"] and not by_name_only)

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
