"""event_count and value_count, by hand from docs/rules.md."""
from testing import DAY, TwinCase, at, event, rule

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
