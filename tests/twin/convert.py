#!/usr/bin/env python3
"""Turns a play (data/exercise/play.yaml) into filed events without any service, for trying rules.

    convert.py --root . --play data/exercise/play.yaml > filed.ndjson

Writes what twin.py reads, with the accept times that a scenario clock would give, and prints the clock at the
end to standard error. It merges regrades and refuses what the play says is refused; it checks nothing
else. A test tool: `tocsinctl import` is the importer.
"""
import argparse
import csv
import datetime
import json
import pathlib
import re
import sys
import zoneinfo

import yaml

import history

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)


def us(moment):
    return (moment - EPOCH) // datetime.timedelta(microseconds=1)


def interval(value, zone):
    """(from, to), inclusive, of a day, a minute or {from, to} of these; days are local."""
    if isinstance(value, dict):
        return interval(value["from"], zone)[0], interval(value["to"], zone)[1]
    value = str(value)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        day = datetime.datetime.fromisoformat(value)
        start = us(day.replace(tzinfo=zoneinfo.ZoneInfo(zone)))
        end = us((day + datetime.timedelta(days=1)).replace(tzinfo=zoneinfo.ZoneInfo(zone)))
        return start, end - 1
    instant = us(datetime.datetime.fromisoformat(value.replace("Z", "+00:00")))
    return instant, instant


def precision(value):
    return "DAY" if re.fullmatch(r"\d{4}-\d\d-\d\d", str(value if not isinstance(value, dict) else value["from"])) else "INSTANT"


def source_of(item):
    source = {"kind": item.get("kind", ""), "component": item.get("component", ""), "protectedId": item.get("protected_id", ""),
              "howObtained": item.get("how", ""), "relayedFrom": item.get("relayed_from", "")}
    source = {k: v for k, v in source.items() if v}
    if "same_incident_as" in item:
        source["sameIncidentAs"] = dict(item["same_incident_as"])
    return source


def grading_of(text):
    return {"grading": {"reliability": text[0], "credibility": text[1]}} if text else {}


def label_of(item):
    words = {"classification": "CLASSIFICATION_", "tlp": "TLP_"}
    label = {field: prefix + item[field].upper() for field, prefix in words.items() if field in item}
    return {**label, "releasableTo": item.get("releasable_to", []), "caveats": item.get("caveats", [])}


def place_of(item):
    place = {"name": item["name"]}
    if "lat" in item:
        place["point"] = {"latitude": item["lat"], "longitude": item["lon"]}
    if "uncertainty_km" in item:
        place["uncertaintyM"] = item["uncertainty_km"] * 1000
    if "pcode" in item:
        place["pcode"] = item["pcode"]
    return place


class Converter:
    def __init__(self, root, play):
        self.root, self.play = root, play
        self.pack = history.Pack(root / "rules")
        self.desks = yaml.safe_load((root / "rules/desks.yaml").read_text())["desks"]
        self.offers = []  # (time offered, event, kind, expect)

    def base(self, mission, id, revision, kind):
        return {"mission": mission, "id": id, "revision": revision, "revisionKind": "REVISION_KIND_" + kind.upper(),
                "status": "STATUS_" + self.play["status"].upper(), "exerciseId": self.play["exercise"]}

    def observe(self, event, span, zone, precision_word):
        event["observed"] = {"interval": {"fromUs": str(span[0]), "toUs": str(span[1])},
                             "precision": "TIME_PRECISION_" + precision_word, "zone": zone}

    def record(self, source):
        record = yaml.safe_load((self.root / source["file"]).read_text())
        for r in record["reports"]:
            kind = r.get("kind", "file")
            zone = r.get("zone") or self.desks[r["mission"]]["zone"]
            event = self.base(r["mission"], r["id"], r.get("revision", 1), kind)
            if "reason" in r:
                event["revisionReason"] = r["reason"]
            reported = interval(r["reported"], zone)[0] if "reported" in r else None
            event.update(grading_of(r.get("grading")))
            if kind in ("file", "correct"):
                event["type"], event["nature"] = r["type"], "NATURE_" + r["nature"].upper()
                span = interval(r["observed"], zone)
                self.observe(event, span, zone, precision(r["observed"]))
                if "valid" in r:
                    event["valid"] = dict(zip(("fromUs", "toUs"), map(str, interval(r["valid"], zone))))
                event["place"] = place_of(r["place"])
                event["actors"] = [dict(a) for a in r.get("actors", [])]
                event["people"] = {k: str(v) for k, v in r.get("people", {}).items()}
                event["source"] = source_of(r["source"])
                event["attributes"] = {k: str(v) for k, v in r.get("attributes", {}).items()}
                event["label"] = label_of(r.get("label", {}))
                if reported:
                    event["reportedUs"] = str(reported)
                offered = max(reported or 0, span[1])
            else:
                offered = reported
            self.offers.append((offered, event, kind, r.get("expect", "accepted")))
        for f in record["feeds"]:
            moment, last = interval(f["from"], "UTC")[0], interval(f["to"], "UTC")[0]
            while moment <= last:
                stamp = (EPOCH + datetime.timedelta(microseconds=moment)).strftime("%Y%m%dT%H%M%SZ")
                event = self.base(f["mission"], f["feed"] + "-" + stamp, 1, "file")
                event.update({"type": "feed.heartbeat", "nature": "NATURE_OBSERVED", "place": place_of(f["place"]),
                              "source": {"kind": "sensor", "component": "military", "howObtained": "measured"},
                              "attributes": {"feed": f["feed"], "feed_kind": f["feed_kind"]}})
                event.update(grading_of(f.get("grading")))
                self.observe(event, (moment, moment), "UTC", "INSTANT")
                self.offers.append((moment, event, "file", "accepted"))
                moment += history.micros(f["every"])

    def filer(self, latitude, longitude, day, default):
        areas, _ = self.pack.places(latitude, longitude, day)
        return self.pack.desk_of[areas[0]] if areas else default

    def ucdp(self, source):
        with open(self.root / source["file"], newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                latitude, longitude = float(row["latitude"]), float(row["longitude"])
                mission = self.filer(latitude, longitude, row["date_start"], source["default_filer"])
                zone = self.desks[mission]["zone"]
                event = self.base(mission, source["id"].format(**row), 1, "file")
                roles = source["roles_by_violence"][row["type_of_violence"]]
                event.update({
                    "type": source["type_by_violence"][row["type_of_violence"]], "nature": "NATURE_OBSERVED",
                    "place": {"name": row[source["place_name"]], "point": {"latitude": latitude, "longitude": longitude},
                              "uncertaintyM": source["uncertainty_km"][row["where_prec"]] * 1000},
                    "actors": [{"name": row["side_a"], "role": roles[0]}, {"name": row["side_b"], "role": roles[1]}],
                    "people": {"killed": row["best"]}, "source": source_of(source["source"])})
                event.update(grading_of(source["grading_by_clarity"][row["event_clarity"]]))
                span = interval({"from": row["date_start"], "to": row["date_end"]}, zone)
                self.observe(event, span, zone, source["precision"][row["date_prec"]].upper())
                self.offers.append((span[1], event, "file", "accepted"))

    def firms(self, source):
        with open(self.root / source["file"], newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                latitude, longitude = float(row["latitude"]), float(row["longitude"])
                day = datetime.date.fromisoformat(row["acq_date"]) + datetime.timedelta(days=source["shift_days"])
                moment = interval(f"{day}T{row['acq_time'][:2]}:{row['acq_time'][2:]}Z", "UTC")[0]
                event = self.base(self.filer(latitude, longitude, day.isoformat(), source["default_filer"]),
                                  source["id"].format(**row), 1, "file")
                grade = next(g for least, g in source["grading_by_confidence"].items() if int(row["confidence"]) >= least)
                event.update({
                    "type": source["type"], "nature": "NATURE_OBSERVED", "source": source_of(source["source"]),
                    "place": {"point": {"latitude": latitude, "longitude": longitude},
                              "uncertaintyM": max(float(row["scan"]), float(row["track"])) * 1000},
                    "attributes": {k: str(row.get(v, source.get(v, v))) for k, v in source["attributes"].items()}})
                event.update(grading_of(grade))
                self.observe(event, (moment, moment), "UTC", "INSTANT")
                self.offers.append((moment, event, "file", "accepted"))

    def run(self):
        for source in self.play["sources"]:
            getattr(self, source["kind"])(source)
        held = {}
        for offered, event, kind, expect in sorted(self.offers, key=lambda o: o[0]):
            outcome = {"accepted": "ACCEPTED", "duplicate": "DUPLICATE", "refused": "REFUSED"}[expect]
            identity = event["mission"], event["id"]
            if kind == "regrade":
                event = {**held[identity], **event}
            if outcome == "ACCEPTED":
                assert identity not in held or held[identity]["revision"] + 1 == event["revision"], identity
                held[identity] = event
            yield {"event": event, "receipt": {"outcome": "OUTCOME_" + outcome, "acceptedUs": str(offered)}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=".", help="the project's folder")
    parser.add_argument("--play", default="data/exercise/play.yaml")
    args = parser.parse_args()
    root = pathlib.Path(args.root)
    lines = list(Converter(root, yaml.safe_load((root / args.play).read_text())).run())
    for line in lines:
        print(json.dumps(line, sort_keys=True, ensure_ascii=False))
    print(f"{len(lines)} lines, clock {lines[-1]['receipt']['acceptedUs']}", file=sys.stderr)


if __name__ == "__main__":
    main()
