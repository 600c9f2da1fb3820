"""composite, by hand from docs/rules.md."""
from testing import DAY, HOUR, TwinCase, event, rule

COUNT = dict(kind="event_count", condition={"window": "1d", "severities": {"minor": 1, "severe": 3}}, address="originators")
ATTACKS = rule(**COUNT, id="attacks", selections={"s": {"types": ["security.attack"]}})
FLOWS = rule(**COUNT, id="flows", selections={"s": {"types": ["displacement.flow"]}})
SILENCE = rule(kind="absence", id="silence", group_by=["corridor"], selections={"s": {"types": ["security.clash"]}},
               condition={"every": "1d", "severity": "minor"})


def both(within="2d", **fields):
    base = dict(kind="composite", id="both", selections={"a": {"rules": ["attacks"]}, "b": {"rules": ["flows"]}},
                condition={"within": within, "all_of": ["a", "b"], "severity": "extreme"})
    return rule(**{**base, **fields})


def flow(id, time, **fields):
    return event(id, time, **{"type": "displacement.flow", "mission": "e", **fields})


class Composite(TwinCase):
    def both(self, raws, *others, known_until=0):
        found = self.stand([ATTACKS, FLOWS, *others], raws, known_until=known_until)
        return [w for w in found if w["rule"] == "both"]

    def test_within_the_time_from_the_end_of_the_one_to_the_start_of_the_other(self):
        attacks = [event("a", 0), event("b", 20 * HOUR)]
        (w,) = self.both(attacks + [flow("f", 20 * HOUR + 2 * DAY)], both())
        self.assertEqual((w["episode"], w["severity"], w["measures"]), ([0, 20 * HOUR + 2 * DAY], "extreme", {"warnings": 2}))
        self.assertEqual(self.ids(w), ["f", "a", "b"])
        self.assertEqual((w["key"], w["addressees"], w["attributes"]), ({"corridor": "middle"}, ["e", "w"], {}))
        self.assertEqual(self.both(attacks + [flow("f", 20 * HOUR + 2 * DAY + 1)], both()), [])
        self.assertEqual(self.both(attacks, both()), [])

    def test_matches_that_share_a_warning_are_one(self):
        raws = [event("a", 0), flow("f", 2 * DAY), event("b", 4 * DAY), flow("g", 9 * DAY)]
        (w,) = self.both(raws, both())
        self.assertEqual((self.ids(w), w["measures"]), (["f", "a", "b"], {"warnings": 3}))

    def test_severity_and_its_own_partner(self):
        severe = both(selections={"a": {"rules": ["attacks"], "min_severity": "severe"}, "b": {"rules": ["flows"]}})
        attacks = [event(id, 0) for id in "abc"]
        self.assertEqual(self.both(attacks[:2] + [flow("f", 0)], severe), [])
        self.assertEqual(len(self.both(attacks + [flow("f", 0)], severe)), 1)
        twice = both(selections={"a": {"rules": ["attacks"]}, "b": {"rules": ["attacks", "flows"]}})
        self.assertEqual(self.both([event("a", 0)], twice), [])
        self.assertEqual(len(self.both([event("a", 0), event("b", DAY)], twice)), 1)

    def test_what_is_open_lasts_on(self):
        silent = both(selections={"a": {"rules": ["silence"]}, "b": {"rules": ["flows"]}})
        clash = event("c", 0, type="security.clash")
        (w,) = self.both([clash, flow("f", 20 * DAY)], SILENCE, silent, known_until=20 * DAY)
        self.assertEqual(w["episode"], [0, 20 * DAY])
        ended = event("d", 10 * DAY, type="security.clash")
        self.assertEqual(self.both([clash, ended, flow("f", 20 * DAY)], SILENCE, silent, known_until=11 * DAY), [])

    def test_only_the_newest_evidence_is_known_and_all_of_it_addresses(self):
        raws = [event(f"a{i:02}", i) for i in range(40)] + [flow("f", 50)]
        raws[0]["mission"] = "o"
        found = self.stand([ATTACKS, FLOWS, both(address="originators")], raws, live=("w", "e", "o"))
        (w,) = [w for w in found if w["rule"] == "both"]
        self.assertEqual((len(w["evidence"]), w["measures"]), (33, {"warnings": 2, "evidence_left_out": 8}))
        self.assertEqual((w["addressees"], ["o", "a00", 1] in w["evidence"]), (["e", "o", "w"], False))

    def test_of_composites(self):
        upper = both(id="upper", selections={"a": {"rules": ["both"]}, "b": {"rules": ["attacks"]}})
        found = self.stand([ATTACKS, FLOWS, both(), upper], [event("a", 0), flow("f", 0)])
        (w,) = [w for w in found if w["rule"] == "upper"]
        self.assertEqual((w["measures"], self.ids(w)), ({"warnings": 2}, ["f", "a"]))

    def test_keys(self):
        by_mission = both(group_by=["mission"], address="all")
        self.assertEqual(self.both([event("a", 0), flow("f", 0)], by_mission), [])
        (w,) = self.both([event("a", 0), flow("f", 0), flow("g", 0, mission="w")], by_mission)
        self.assertEqual((w["key"], len(w["evidence"])), ({"mission": "w"}, 3))
        self.assertEqual(self.both([event("a", 0), flow("f", 0, status="STATUS_ACTUAL", exerciseId="")], both()), [])
