"""divergence, by hand from docs/rules.md."""
from testing import DAY, TwinCase, at, event, rule


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
