"""Small cases worked out by hand from docs/rules.md. Run: python3 -m unittest twin_test"""
import json
import pathlib
import tempfile
import unittest

import compare
import convert
import twin

HOUR = 3_600_000_000
DAY = 24 * HOUR
ROOT = pathlib.Path(__file__).resolve().parents[2]

TYPES = {"types": {"security.attack": {"lateness": "60d"}, "security.clash": {"lateness": "60d"}, "movement.column": {"lateness": "2d"},
                   "displacement.flow": {"lateness": "30d"}, "sensor.thermal": {"lateness": "1d"}, "feed.heartbeat": {"lateness": "1d"}, "phase.declared": {"lateness": "60d"}}}
ACTORS = {"actors": {"lra": {"class": "armed_group", "aliases": ["LRA", "Lord's  Resistance Army"]},
                     "gov": {"class": "government", "aliases": ["Government"]}}}
# The clock of w is set an hour forward at noon of the 3rd day, and back at the end of the 6th.
DESKS = {"desks": {"w": {"offsets": [{"from": "1970-01-01", "utc": "+01:00"}, {"from": "1970-01-03T11:00Z", "utc": "+02:00"},
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
            pack = twin.Pack(folder)
        lines = [json.dumps({"event": r, "receipt": {"outcome": r.pop("outcome", "OUTCOME_ACCEPTED"),
                                                     "acceptedUs": str((accepted or {}).get(r["id"], int(r.get("observed", {}).get("interval", {}).get("toUs", 0))))}})
                 for r in raws]
        return list(twin.standing(pack, twin.read_events(lines, pack), list(live), known_until))

    def ids(self, warning):
        return [e[1] for e in warning["evidence"]]


COUNT = rule(kind="event_count", condition={"window": "10d", "severities": {"moderate": 2, "severe": 3}})


class EventCount(TwinCase):
    def test_two_in_a_window_complete_and_the_window_is_open_at_its_start(self):
        (w,) = self.stand([COUNT], [event("a", 0), event("b", 10 * DAY - 1)])
        self.assertEqual(self.ids(w), ["a", "b"])
        self.assertEqual(w["severity"], "moderate")
        self.assertEqual(w["episode"], [0, 10 * DAY - 1])
        self.assertEqual(w["addressees"], ["e", "w"])
        self.assertEqual(self.stand([COUNT], [event("a", 0), event("b", 10 * DAY)]), [])

    def test_windows_that_share_an_event_are_one_episode(self):
        (w,) = self.stand([COUNT], [event("a", 0), event("b", 6 * DAY), event("c", 12 * DAY)])
        self.assertEqual(self.ids(w), ["a", "b", "c"])
        self.assertEqual(w["measures"], {"incidents": 2})
        self.assertEqual(len(self.stand([COUNT], [event("a", 0), event("b", DAY), event("c", 30 * DAY), event("d", 31 * DAY)])), 2)

    def test_incidents_are_counted_not_reports(self):
        same = {"source": {"sameIncidentAs": {"mission": "w", "id": "a"}}}
        self.assertEqual(self.stand([COUNT], [event("a", 0), event("b", DAY, **same)]), [])
        (w,) = self.stand([COUNT], [event("a", 0), event("b", DAY, **same), event("c", 2 * DAY)])
        self.assertEqual(w["measures"], {"incidents": 2})
        # The chain ends where a member is not in the same key.
        far = {"source": {"sameIncidentAs": {"mission": "w", "id": "far"}}}
        (w,) = self.stand([COUNT], [event("far", 0, place=at(19.1)), event("b", DAY, **far), event("c", 2 * DAY)])
        self.assertEqual(self.ids(w), ["b", "c"])
        ring = [event("a", 0, source={"sameIncidentAs": {"mission": "w", "id": "b"}}), event("b", 0, **same)]
        self.assertEqual(self.stand([COUNT], ring), [])

    def test_one_is_enough_and_events_less_than_the_window_apart_share_an_episode(self):
        one = rule(kind="event_count", condition={"window": "10d", "severities": {"moderate": 1}})
        self.assertEqual(len(self.stand([one], [event("a", 0)])), 1)
        self.assertEqual(len(self.stand([one], [event("a", 0), event("b", 10 * DAY - 1)])), 1)
        self.assertEqual(len(self.stand([one], [event("a", 0), event("b", 10 * DAY)])), 2)

    def test_revisions_withdrawals_refusals_and_status(self):
        moved = event("b", DAY, revision=2, revisionKind="REVISION_KIND_CORRECT", place=at(19.1))
        self.assertEqual(self.stand([COUNT], [event("a", 0), event("b", DAY), moved]), [])
        gone = event("b", DAY, revision=2, revisionKind="REVISION_KIND_WITHDRAW")
        self.assertEqual(self.stand([COUNT], [event("a", 0), event("b", DAY), gone]), [])
        self.assertEqual(self.stand([COUNT], [event("a", 0), event("b", DAY, outcome="OUTCOME_REFUSED")]), [])
        self.assertEqual(self.stand([COUNT], [event("a", 0), event("b", DAY, status="STATUS_ACTUAL", exerciseId="")]), [])

    def test_late_and_vague_events_match_nothing(self):
        pair = [event("a", 0), event("b", DAY)]
        self.assertEqual(self.stand([COUNT], pair, accepted={"b": 61 * DAY + 1}), [])
        self.assertEqual(len(self.stand([COUNT], pair, accepted={"b": 61 * DAY})), 1)
        wide = {"observed": {"interval": {"fromUs": "0", "toUs": str(10 * DAY + 1)}}}
        self.assertEqual(self.stand([COUNT], [event("a", 0, **wide), event("b", DAY)]), [])
        self.assertEqual(self.stand([COUNT], [event("a", 0, place=at(19.9, uncertainty=50_001)), event("b", DAY)]), [])
        self.assertEqual(len(self.stand([COUNT], [event("a", 0, place=at(19.9, uncertainty=50_000)), event("b", DAY)])), 1)

    def test_an_expected_event_has_the_time_of_its_validity(self):
        both = rule(kind="event_count", condition={"window": "10d", "severities": {"moderate": 1}},
                    selections={"s": {"types": ["displacement.flow"], "natures": ["observed", "expected"]}})
        flow = event("a", 0, type="displacement.flow", nature="NATURE_EXPECTED", valid={"fromUs": str(5 * DAY), "toUs": str(9 * DAY)})
        (w,) = self.stand([both], [flow])
        self.assertEqual(w["episode"], [5 * DAY, 5 * DAY])
        self.assertEqual(self.stand([COUNT], [event("a", 0), event("b", 1, nature="NATURE_EXPECTED")]), [])


class Selections(TwinCase):
    def test_people_attributes_roles_and_missions(self):
        one = dict(kind="event_count", condition={"window": "1d", "severities": {"minor": 1}})

        def stands(selection, **fields):
            return len(self.stand([rule(**one, selections={"s": {"types": ["security.attack"], **selection}})], [event("a", 0, **fields)]))

        self.assertEqual(stands({"min": {"killed": 1}}), 0)
        self.assertEqual(stands({"min": {"killed": 1}}, people={"killed": "1"}), 1)
        self.assertEqual(stands({"where": {"feed_kind": "thermal"}}, attributes={"feed_kind": "thermal"}), 1)
        self.assertEqual(stands({"where": {"feed_kind": "thermal"}}), 0)
        self.assertEqual(stands({"missions": ["e"]}), 0)
        actors = [{"name": " lord's resistance ARMY ", "role": "target"}, {"name": "Government", "role": "perpetrator"}]
        self.assertEqual(stands({"actor_classes": ["armed_group"]}, actors=actors), 1)
        self.assertEqual(stands({"actor_classes": ["armed_group"], "actor_roles": ["perpetrator"]}, actors=actors), 0)

    def test_prefix(self):
        self.assertTrue(twin.type_matches("security.*", "security.attack"))
        self.assertFalse(twin.type_matches("security.*", "securityx.attack"))
        self.assertFalse(twin.type_matches("security.attack", "security.attack.more"))


class ValueCount(TwinCase):
    def test_a_group_in_two_areas_and_never_a_government(self):
        moving = rule(kind="value_count", group_by=["actor"], address="neighbours",
                      selections={"s": {"types": ["security.attack"], "actor_classes": ["armed_group"]}},
                      condition={"field": "area", "window": "10d", "severities": {"moderate": 2}})
        actors = [{"name": "LRA", "role": "perpetrator"}, {"name": "Government", "role": "target"}]
        (w,) = self.stand([moving], [event("a", 0, actors=actors), event("b", DAY, actors=actors, place=at(20.9))])
        self.assertEqual(w["key"], {"actor": "lra"})
        self.assertEqual(w["measures"], {"distinct_area": 2})
        self.assertEqual(w["addressees"], ["e", "w"])
        self.assertEqual(self.stand([moving], [event("a", 0, actors=actors), event("b", DAY, actors=actors)]), [])


NEAR = rule(kind="near", selections={"m": {"types": ["movement.column"]}, "d": {"types": ["sensor.thermal"]}},
            condition={"within": "36h", "radius_km": 40, "all_of": ["m", "d"], "severity": "severe"})


class Near(TwinCase):
    def test_a_pair_within_time_and_distance(self):
        column = event("m", 0, type="movement.column", place=at(20))
        detection = event("d", 36 * HOUR, type="sensor.thermal", place=at(20.3), source={"kind": "sensor"})
        (w,) = self.stand([NEAR], [column, detection])
        self.assertEqual(self.ids(w), ["d", "m"])
        self.assertEqual(w["severity"], "severe")
        self.assertEqual(self.stand([NEAR], [column]), [])
        self.assertEqual(self.stand([NEAR], [column, event("d", 36 * HOUR + 1, type="sensor.thermal", place=at(20.3))]), [])
        self.assertEqual(self.stand([NEAR], [column, event("d", 0, type="sensor.thermal", place=at(20.4))]), [])  # 43.7 km
        self.assertEqual(self.stand([NEAR], [column, event("d", 0, type="sensor.thermal", place=at(20.3, uncertainty=40_001))]), [])
        self.assertEqual(self.stand([NEAR], [event("d", 0, type="sensor.thermal"), event("e", 0, type="sensor.thermal")]), [])

    def test_matches_join(self):
        raws = [event("m1", 0, type="movement.column", place=at(20)), event("d", HOUR, type="sensor.thermal", place=at(20)),
                event("m2", 36 * HOUR, type="movement.column", place=at(20)), event("alone", 90 * HOUR, type="sensor.thermal", place=at(20))]
        (w,) = self.stand([NEAR], raws)
        self.assertEqual(self.ids(w), ["d", "m1", "m2"])

    def test_an_event_is_not_its_own_partner(self):
        both = rule(kind="near", selections={"a": {"types": ["security.*"]}, "b": {"types": ["security.attack"]}},
                    condition={"within": "1h", "radius_km": 1, "all_of": ["a", "b"], "severity": "minor"})
        self.assertEqual(self.stand([both], [event("a", 0)]), [])
        self.assertEqual(len(self.stand([both], [event("a", 0), event("b", 0)])), 1)


class Sequence(TwinCase):
    SELECTIONS = {"attack": {"types": ["security.attack"]}, "clash": {"types": ["security.clash"]},
                  "flight": {"types": ["displacement.flow"]}}

    def pattern(self, kind="temporal_ordered", **condition):
        condition = {"steps": ["attack", "flight"], "within": "10h", "severity": "severe", **condition}
        return rule(kind=kind, selections=self.SELECTIONS, condition=condition)

    def clash(self, id, hour, **fields):
        return event(id, hour * HOUR, type="security.clash", **fields)

    def flight(self, id, hour, **fields):
        return event(id, hour * HOUR, type="displacement.flow", **fields)

    def evidence(self, rule, raws, **more):
        return [sorted(self.ids(w)) for w in self.stand([rule], raws, **more)]

    def test_order_gap_and_window(self):
        raws = [event("a", 0), self.flight("f", 10), self.flight("g", 11), self.flight("at", 0)]
        (w,) = self.stand([self.pattern()], raws)
        self.assertEqual((self.ids(w), w["measures"], w["absence_state"]), (["a", "f"], {"span_s": 10 * 3600}, ""))
        self.assertEqual(self.evidence(self.pattern(gap="9h"), raws), [])
        self.assertEqual(self.evidence(self.pattern("temporal"), raws), [["a", "at", "f"]])

    def test_joins_and_until(self):
        raws = [event("a", 0), self.flight("f", 2), self.flight("g", 5, mission="e")]
        self.assertEqual(self.evidence(self.pattern(equal=["mission"]), raws), [["a", "f"]])
        self.assertEqual(self.evidence(self.pattern(differ=["mission"]), raws), [["a", "g"]])
        self.assertEqual(self.evidence(self.pattern(until=["clash"]), raws + [self.clash("c", 5), self.clash("d", 0)]), [["a", "f"]])

    def test_the_latest_only(self):
        raws = [event("a", 0), event("b", HOUR), event("c", HOUR), self.flight("f", 2)]
        self.assertEqual(self.evidence(self.pattern(), raws), [["a", "b", "c", "f"]])
        self.assertEqual(self.evidence(self.pattern(take="latest"), raws), [["c", "f"]])

    def test_what_must_not_follow_needs_time(self):
        unanswered = self.pattern(then_no={"selection": "clash", "within": "3h"})
        raws = [event("a", 0), self.flight("f", 2)]
        self.assertEqual(self.evidence(unanswered, raws, known_until=5 * HOUR), [])
        (w,) = self.stand([unanswered], raws, known_until=5 * HOUR + 1)
        self.assertEqual((self.ids(w), w["absence_state"]), (["a", "f"], "silent"))
        self.assertEqual(self.evidence(unanswered, raws + [self.clash("c", 5)], known_until=9 * HOUR), [])
        self.assertEqual(self.evidence(unanswered, raws + [self.clash("c", 2), self.clash("d", 6)], known_until=9 * HOUR), [["a", "f"]])


class Absence(TwinCase):
    SILENT = rule(kind="absence", group_by=["feed"], address="originators", selections={"s": {"types": ["feed.heartbeat"]}},
                  condition={"every": "6h", "severity": "minor"})

    def beat(self, id, time):
        return event(id, time, type="feed.heartbeat", attributes={"feed": "f"})

    def test_a_gap_resolves_and_the_last_stays_open_once_time_has_passed(self):
        raws = [self.beat("a", 0), self.beat("b", 6 * HOUR), self.beat("c", 13 * HOUR)]
        (w,) = self.stand([self.SILENT], raws, known_until=19 * HOUR)
        self.assertEqual((w["episode"], w["absence_state"], w["measures"]), ([6 * HOUR, 13 * HOUR], "resolved", {"gap_s": 7 * 3600}))
        self.assertEqual(w["addressees"], ["w"])
        resolved, silent = self.stand([self.SILENT], raws, known_until=19 * HOUR + 1)
        self.assertEqual((silent["episode"], silent["absence_state"], silent["measures"]), ([13 * HOUR, 13 * HOUR], "silent", {"gap_s": 6 * 3600}))

    def test_the_same_time_is_no_gap_and_one_of_them_stands_for_all(self):
        (w,) = self.stand([self.SILENT], [self.beat("b", 0), self.beat("a", 0), self.beat("c", 7 * HOUR)], known_until=8 * HOUR)
        self.assertEqual(self.ids(w), ["a", "c"])


class Schedule(TwinCase):
    def daily(self, by):
        return rule(kind="absence", group_by=["feed"], address="originators", selections={"s": {"types": ["feed.heartbeat"]}},
                    condition={"daily_by": by, "desk": "w", "severity": "minor"})

    def beat(self, id, time):
        return event(id, time, type="feed.heartbeat", attributes={"feed": "f"})

    def gap(self, by, time):
        """Hours from an event to the deadline that asks for the next one."""
        (w,) = self.stand([self.daily(by)], [self.beat("a", time)], known_until=time + 9 * DAY)
        due = time + w["measures"]["gap_s"] * 1_000_000
        self.assertEqual(self.stand([self.daily(by)], [self.beat("a", time)], known_until=due), [])
        return (due - time) / HOUR

    def test_the_second_deadline_not_before_the_event(self):
        self.assertEqual(self.gap("18:00", 17 * HOUR), 24)
        self.assertEqual(self.gap("18:00", 17 * HOUR + HOUR // 100), 46.99)
        self.assertEqual(self.gap("18:00", 16 * HOUR), 25)

    def test_the_clock_of_the_desk_counts(self):
        self.assertEqual(self.gap("18:00", DAY + 17 * HOUR), 23)
        self.assertEqual(self.gap("18:00", 5 * DAY + 16 * HOUR), 25)
        self.assertEqual(self.gap("12:30", DAY + 11 * HOUR + HOUR // 2), 23.5)  # leapt over: when it leaps
        self.assertEqual(self.gap("23:30", 4 * DAY + 21 * HOUR + HOUR // 2), 24)  # comes twice: the first
        self.assertEqual(self.gap("23:30", 5 * DAY + 21 * HOUR + HOUR // 2), 25)

    def test_gaps_between_events(self):
        raws = [self.beat("a", 17 * HOUR), self.beat("b", DAY + 17 * HOUR), self.beat("c", 2 * DAY + 16 * HOUR + 1)]
        (w,) = self.stand([self.daily("18:00")], raws, known_until=2 * DAY)
        self.assertEqual((self.ids(w), w["absence_state"], w["measures"]), (["b", "c"], "resolved", {"gap_s": 23 * 3600}))


class Divergence(TwinCase):
    PHASES = rule(kind="divergence", selections={"s": {"types": ["phase.declared"], "natures": ["declared"]}},
                  condition={"field": "level", "sides": "area", "longer_than": "3d", "stands": "90d", "severities": {"minor": 2}})

    def phase(self, id, day, level, longitude, **fields):
        return event(id, day * DAY, type="phase.declared", nature="NATURE_DECLARED", attributes={"level": level}, place=at(longitude), **fields)

    def west(self, id, day, level):
        return self.phase(id, day, level, 19.9)

    def east(self, id, day, level):
        return self.phase(id, day, level, 20.1)

    def measures(self, raws, known_until_day):
        return [(self.ids(w), w["measures"]["disagreement_s"] // 86_400)
                for w in self.stand([self.PHASES], raws, known_until=known_until_day * DAY + 1)]

    def test_two_levels_for_longer_than_allowed(self):
        pair = [self.west("a", 0, "IV"), self.east("b", 10, "III")]
        self.assertEqual(self.stand([self.PHASES], pair, known_until=13 * DAY), [])
        (w,) = self.stand([self.PHASES], pair, known_until=13 * DAY + 1)
        self.assertEqual((self.ids(w), w["severity"], w["measures"]), (["a", "b"], "minor", {"values": 2, "disagreement_s": 3 * 86_400}))
        self.assertEqual(w["episode"], [0, 10 * DAY])
        self.assertEqual(self.measures(pair, 89), [(["a", "b"], 3)])
        self.assertEqual(self.measures(pair, 90), [(["a", "b"], 80)])  # a lapsed at 90

    def test_a_new_level_ends_it_and_a_level_declared_again_lets_it_go_on(self):
        pair = [self.west("a", 0, "IV"), self.east("b", 10, "III")]
        self.assertEqual(self.measures(pair + [self.west("c", 14, "III")], 20), [(["a", "b"], 4)])
        self.assertEqual(self.measures(pair + [self.west("c", 13, "III")], 20), [])
        self.assertEqual(self.measures(pair + [self.west("c", 90, "IV")], 100), [(["a", "b", "c"], 90)])  # b lapsed at 100
        self.assertEqual(self.measures(pair + [self.west("c", 91, "IV")], 100), [(["a", "b"], 80), (["b", "c"], 9)])

    def test_who_declares_for_whom(self):
        self.assertEqual(self.measures([self.west("a", 0, "IV"), self.west("b", 10, "III")], 200), [])
        self.assertEqual(self.measures([self.west("a", 0, "IV"), self.east("b", 10, "IV")], 200), [])
        self.assertEqual(self.measures([self.west("a", 0, "IV"), self.west("b", 0, "III"), self.east("c", 0, "III")], 80), [])  # b counts
        none = event("b", 0, type="phase.declared", nature="NATURE_DECLARED", place=at(20.1))
        self.assertEqual(self.measures([self.west("a", 0, "IV"), none], 80), [])
        by_mission = {**self.PHASES, "condition": {**self.PHASES["condition"], "sides": "mission"}}
        raws = [self.west("a", 0, "IV"), self.phase("b", 0, "III", 19.9, mission="e")]
        (w,) = self.stand([by_mission], raws, known_until=5 * DAY)
        self.assertEqual(self.ids(w), ["b", "a"])


class Certainty(TwinCase):
    def level(self, *raws):
        pair = rule(kind="event_count", condition={"window": "10d", "severities": {"moderate": 1}},
                    selections={"s": {"types": ["security.*"], "natures": ["observed", "expected"]}})
        (w,) = self.stand([pair], list(raws))
        return w["certainty"], w["unverified"]

    def item(self, id, grade="", kind="person", **fields):
        source = {"kind": kind, "component": "dss", **fields.pop("source", {})}
        grading = {"reliability": grade[:1], "credibility": grade[1:]}
        return event(id, 0, source=source, grading=grading, **fields)

    def test_levels(self):
        self.assertEqual(self.level(self.item("a", "C3")), ("possible", True))
        self.assertEqual(self.level(self.item("a", "F6")), ("possible", True))
        self.assertEqual(self.level(self.item("a", "B2")), ("likely", False))
        self.assertEqual(self.level(self.item("a", "A3")), ("possible", True))
        self.assertEqual(self.level(self.item("a", "C3"), self.item("b", "C3")), ("possible", True))  # one origin
        self.assertEqual(self.level(self.item("a", "C3"), self.item("b", "C3", kind="partner")), ("likely", False))
        self.assertEqual(self.level(self.item("a", "C3"), self.item("b", "E3", kind="partner")), ("possible", True))
        self.assertEqual(self.level(self.item("a", "C3"), self.item("b", "C5", kind="partner")), ("possible", True))
        self.assertEqual(self.level(self.item("a", "B2", kind="patrol"), self.item("b", "C3")), ("observed", False))
        self.assertEqual(self.level(self.item("a", "B2"), self.item("b", "C3", kind="patrol")), ("likely", False))
        self.assertEqual(self.level(self.item("a", "B2", kind="patrol", nature="NATURE_EXPECTED"), self.item("b", "C3", nature="NATURE_EXPECTED")), ("likely", False))

    def test_a_relay_is_no_second_origin(self):
        relay = {"source": {"relayedFrom": "e", "protectedId": "p1"}}
        self.assertEqual(self.level(self.item("a", "C3", **relay), self.item("b", "C3", source={"relayedFrom": "e", "protectedId": "p2"})), ("possible", True))
        self.assertEqual(self.level(self.item("a", "C3", source={"protectedId": "p"}), self.item("b", "C3", kind="partner", source={"protectedId": "p"})), ("possible", True))


class Geometry(unittest.TestCase):
    def test_distances(self):
        self.assertEqual(twin.distance_m((0, 0), (0, 1)), 111195)
        self.assertEqual(twin.distance_m((10, 20), (10, 20)), 0)
        line = [[twin.vector(20, 10), twin.vector(20, 11)]]
        self.assertAlmostEqual(twin.line_distance(twin.vector(20.1, 10.5), line, 1e6), 10933.4, delta=1)
        self.assertAlmostEqual(twin.line_distance(twin.vector(20, 11.5), line, 1e6), 55597.5, delta=1)

    def test_inside_with_edges_that_are_geodesics(self):
        square = [[[[0, 50], [60, 50], [60, 60], [0, 60], [0, 50]]]]
        self.assertTrue(twin.inside(55, 30, square))
        self.assertFalse(twin.inside(51, 30, square))  # the geodesic from (50,0) to (50,60) passes north of 53
        self.assertTrue(twin.inside(61, 30, square))
        self.assertFalse(twin.inside(55, 61, square))

    def test_shipped_areas(self):
        pack = twin.Pack(ROOT / "rules")
        for latitude, longitude, areas, corridors in (
                (13.4665, 22.1988, ["minurcat"], ["chad-darfur"]), (13.4526, 22.4473, ["unamid"], ["chad-darfur"]),
                (12.11, 15.04, [], []), (5.07, 27.47, ["unmis"], ["car-drc", "car-south-sudan", "drc-south-sudan"])):
            found = pack.places(latitude, longitude, "2009-05-01")
            self.assertEqual((found[0], sorted(found[1])), (areas, corridors))
        self.assertEqual(pack.places(13.4665, 22.1988, "2011-01-01")[0], [])


class Compare(unittest.TestCase):
    EXPECTED = {"rule": "r", "key": {"corridor": "c"}, "status": "exercise", "exercise": "X", "episode": [0, 10],
                "evidence": [["w", "a", 1], ["w", "b", 2]], "severity": "moderate", "certainty": "likely", "unverified": False,
                "addressees": ["e", "w"], "measures": {"incidents": 2}, "absence_state": ""}
    VIEW = {"warning": {"id": "1", "messageType": "MESSAGE_TYPE_ALERT", "ruleId": "r", "key": {"corridor": "c"}, "status": "STATUS_EXERCISE",
                        "exerciseId": "X", "episode": {"toUs": "10"}, "evidence": [{"identity": {"mission": "w", "id": "a"}, "revision": 1}],
                        "severity": "SEVERITY_MODERATE", "certainty": "CERTAINTY_LIKELY", "addressees": ["e", "w"],
                        "measures": [{"name": "incidents", "value": "2"}]},
            "withheld": [{"originator": "w", "items": 1}]}

    def numbers(self, expected, views):
        return compare.compare(expected, list(compare.read_actual(json.dumps(v) for v in views)))[0]

    def view(self, **fields):
        view = json.loads(json.dumps(self.VIEW))
        view["warning"].update(fields)
        return view

    def test_agreement_with_one_item_withheld(self):
        self.assertEqual(self.numbers([self.EXPECTED], [self.VIEW]), {"missing": 0, "extra": 0, "duplicates": 0, "differing": 0})

    def test_disagreements(self):
        self.assertEqual(self.numbers([self.EXPECTED], [])["missing"], 1)
        self.assertEqual(self.numbers([self.EXPECTED], [self.view(messageType="MESSAGE_TYPE_CANCEL")])["missing"], 1)
        self.assertEqual(self.numbers([], [self.VIEW])["extra"], 1)
        self.assertEqual(self.numbers([self.EXPECTED], [self.VIEW, self.view(id="2")])["duplicates"], 1)
        self.assertEqual(self.numbers([self.EXPECTED], [self.VIEW, self.VIEW])["duplicates"], 1)
        self.assertEqual(self.numbers([self.EXPECTED], [self.view(certainty="CERTAINTY_POSSIBLE")])["differing"], 1)
        self.assertEqual(self.numbers([self.EXPECTED], [{"warning": self.VIEW["warning"]}])["differing"], 1)
        self.assertEqual(list(compare.read_expected([json.dumps(self.EXPECTED)], "o")), [])


class Play(unittest.TestCase):
    """The shipped exercise under the shipped rules."""

    @classmethod
    def setUpClass(cls):
        play = convert.yaml.safe_load((ROOT / "data/exercise/play.yaml").read_text())
        cls.filed = list(convert.Converter(ROOT, play).run())
        pack = twin.Pack(ROOT / "rules")
        events = twin.read_events([json.dumps(line) for line in cls.filed], pack)
        clock = int(cls.filed[-1]["receipt"]["acceptedUs"])
        cls.warnings = list(twin.standing(pack, events, play["live"], clock - 1_000_000))
        cls.pack = pack

    def test_every_rule_fires_and_no_storm(self):
        self.assertEqual({w["rule"] for w in self.warnings}, {r["id"] for r in self.pack.rules})
        for mission in ("binuca", "minurcat", "monusco", "unamid", "unmis"):
            self.assertIn(sum(mission in w["addressees"] for w in self.warnings), range(5, 31), mission)

    def test_every_type_and_actor_of_the_play_is_known(self):
        for line in self.filed:
            event = line["event"]
            if "type" in event:
                declared = self.pack.types[event["type"]].get("attributes", {})
                self.assertLessEqual(set(event.get("attributes", {})), set(declared), event["id"])
            for actor in event.get("actors", []):
                self.assertIn(twin.fold(actor["name"]), self.pack.alias, event["id"])

    def test_identities_are_unique_and_outcomes_as_stated(self):
        seen, outcomes = set(), {"OUTCOME_ACCEPTED": 0, "OUTCOME_DUPLICATE": 0, "OUTCOME_REFUSED": 0}
        for line in self.filed:
            outcomes[line["receipt"]["outcome"]] += 1
            if line["receipt"]["outcome"] == "OUTCOME_ACCEPTED":
                identity = line["event"]["mission"], line["event"]["id"], line["event"]["revision"]
                self.assertNotIn(identity, seen)
                seen.add(identity)
        self.assertEqual((outcomes["OUTCOME_DUPLICATE"], outcomes["OUTCOME_REFUSED"]), (1, 2))

    def test_what_must_not_be_evidence(self):
        evidence = {tuple(e) for w in self.warnings for e in w["evidence"]}
        self.assertFalse({e for e in evidence if e[1] in ("sr-09-023", "sr-09-002", "bad-09-001", "bad-09-002", "sr-09-050")})
        self.assertIn(("binuca", "sr-09-031", 2), evidence)


if __name__ == "__main__":
    unittest.main()
