"""temporal and temporal_ordered, by hand from docs/rules.md."""
from testing import HOUR, TwinCase, event, rule


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
