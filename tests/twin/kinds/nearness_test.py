"""near, by hand from docs/rules.md."""
from testing import HOUR, TwinCase, at, event, rule

NEAR = rule(kind="near", selections={"m": {"types": ["movement.column"]}, "d": {"types": ["sensor.thermal"]}},
            condition={"within": "36h", "radius_km": 40, "all_of": ["m", "d"], "severity": "severe"})


class Near(TwinCase):
    def test_a_pair_within_time_and_distance(self):
        column = event("m", 0, type="movement.column", place=at(20))
        detection = event("d", 36 * HOUR, type="sensor.thermal", place=at(20.3), source={"kind": "sensor"})
        (w,) = self.stand([NEAR], [column, detection])
        self.assertEqual(self.ids(w), ["d", "m"])
        self.assertEqual(w["severity"], "severe")
        self.assertEqual(w["measures"], {"nearest_m": 32_800, "apart_s": 36 * 3600})
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
        self.assertEqual(w["measures"], {"nearest_m": 0, "apart_s": 3600})

    def test_cells_are_no_field_of_the_key(self):
        nowhere = [event("m", 0, type="movement.column", place=at(-179.95)), event("d", HOUR, type="sensor.thermal", place=at(179.95))]
        (w,) = self.stand([{**NEAR, "group_by": ["cell"], "address": "all"}], nowhere)
        self.assertEqual(w["key"], {})
        self.assertEqual(self.ids(w), ["d", "m"])

    def test_an_event_is_not_its_own_partner(self):
        both = rule(kind="near", selections={"a": {"types": ["security.*"]}, "b": {"types": ["security.attack"]}},
                    condition={"within": "1h", "radius_km": 1, "all_of": ["a", "b"], "severity": "minor"})
        self.assertEqual(self.stand([both], [event("a", 0)]), [])
        self.assertEqual(len(self.stand([both], [event("a", 0), event("b", 0)])), 1)
