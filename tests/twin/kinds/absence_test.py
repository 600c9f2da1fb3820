"""absence, by hand from docs/rules.md."""
from testing import DAY, HOUR, TwinCase, event, rule


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
