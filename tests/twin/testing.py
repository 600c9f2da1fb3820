"""A small world for small cases: two areas, the corridor between them, and what stands in the end."""
import json
import pathlib
import tempfile
import unittest

import history
import twin

HOUR = 3_600_000_000
DAY = 24 * HOUR

TYPES = {"types": {"security.attack": {"lateness": "60d"}, "security.clash": {"lateness": "60d"}, "movement.column": {"lateness": "2d"},
                   "displacement.flow": {"lateness": "30d"}, "sensor.thermal": {"lateness": "1d"}, "feed.heartbeat": {"lateness": "1d"}, "phase.declared": {"lateness": "60d"}}}
ACTORS = {"actors": {"lra": {"class": "armed_group", "aliases": ["LRA", "Lord's  Resistance Army"]},
                     "gov": {"class": "government", "aliases": ["Government"]}}}
# The clock of w is set an hour forward at noon of the 3rd day, and back at the end of the 6th.
DESKS = {"desks": {"w": {"default_label": {"classification": "unclassified", "tlp": "green", "releasable_to": ["e"]},
                         "offsets": [{"from": "1970-01-01", "utc": "+01:00"}, {"from": "1970-01-03T11:00Z", "utc": "+02:00"},
                                     {"from": "1970-01-06T22:00Z", "utc": "+01:00"}]}}}
# Two squares side by side, west and east of the meridian 20, one degree of latitude up from 10; the corridor
# between them is 50 km wide, which is 0.457 degrees of longitude there.
AREAS = {"features": [
    {"properties": {"id": "west", "desk": "w", "from": "1970-01-01", "to": "2099-12-31"},
     "geometry": {"type": "Polygon", "coordinates": [[[19, 10], [20, 10], [20, 11], [19, 11], [19, 10]]]}},
    {"properties": {"id": "east", "desk": "e", "from": "1970-01-01", "to": "2099-12-31"},
     "geometry": {"type": "MultiPolygon", "coordinates": [[[[20, 10], [21, 10], [21, 11], [20, 11], [20, 10]]]]}},
    {"properties": {"id": "old", "desk": "o", "from": "1960-01-01", "to": "1969-12-31"},
     "geometry": {"type": "Polygon", "coordinates": [[[19, 10], [21, 10], [21, 11], [19, 11], [19, 10]]]}}]}
CORRIDORS = {"features": [
    {"properties": {"id": "middle", "a": "west", "b": "east", "width_km": 50, "from": "1970-01-01", "to": "2099-12-31"},
     "geometry": {"type": "LineString", "coordinates": [[20, 10], [20, 11]]}}]}


def rule(**fields):
    base = {"id": "r", "version": 1, "group_by": ["corridor"], "address": "other_side", "lifetime": "1d",
            "selections": {"s": {"types": ["security.*"]}}}
    return {**base, **fields}


def event(id, time, **fields):
    raw = {"mission": "w", "id": id, "revision": 1, "revisionKind": "REVISION_KIND_FILE", "status": "STATUS_EXERCISE",
           "exerciseId": "X", "type": "security.attack", "nature": "NATURE_OBSERVED",
           "observed": {"interval": {"fromUs": str(time), "toUs": str(time)}},
           "place": {"point": {"latitude": 10.5, "longitude": 19.9}, "uncertaintyM": 1000}}
    raw.update(fields)
    return raw


def at(longitude, latitude=10.5, uncertainty=1000):
    return {"point": {"latitude": latitude, "longitude": longitude}, "uncertaintyM": uncertainty}


class TwinCase(unittest.TestCase):
    def stand(self, rules, raws, live=("w", "e"), known_until=0, accepted=None):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "pack").mkdir()
            for i, r in enumerate(rules):
                (folder / "pack" / f"{i}.yaml").write_text(json.dumps(r))
            for file, content in (("types.yaml", TYPES), ("actors.yaml", ACTORS), ("desks.yaml", DESKS), ("areas.geojson", AREAS), ("corridors.geojson", CORRIDORS)):
                (folder / file).write_text(json.dumps(content))
            pack = history.Pack(folder)
        lines = [json.dumps({"event": r, "receipt": {"outcome": r.pop("outcome", "OUTCOME_ACCEPTED"),
                                                     "acceptedUs": str((accepted or {}).get(r["id"], int(r.get("observed", {}).get("interval", {}).get("toUs", 0))))}})
                 for r in raws]
        return list(twin.standing(pack, history.read_events(lines, pack), list(live), known_until))

    def ids(self, warning):
        return [e[1] for e in warning["evidence"]]
