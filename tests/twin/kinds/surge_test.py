"""surge, by hand from docs/rules.md."""
from fractions import Fraction

from kinds.surge import expectation, least_count
from testing import DAY, HOUR, TwinCase, event, rule

ALIKE = Fraction(10**9)  # a half-life at which all weights are alike


class Expectation(TwinCase):
    def test_mean_and_dispersion_in_thousandths(self):
        # k = 10, μ = 2 + 1/20. No variance: d = 1 · 1.1.
        self.assertEqual(expectation([2] * 10, ALIKE), (2050, 1100))
        # s² = 40/9, f = 2.222; u = √(2/9 + 2/20.5) = 0.5655; d = (3.4789 + 0.0976) · 1.1.
        self.assertEqual(expectation([0, 4] * 5, ALIKE), (2050, 3934))
        # Nothing was seen: f = 1, u = √(2/9 + 4) = 2.0548; d = (3.0548 + 4) · 1.1.
        self.assertEqual(expectation([0] * 10, ALIKE), (50, 7760))

    def test_the_latest_weighs_most(self):
        # Weights 1 and 1/2: m = 8/3, k = 1.8, s² = 5.333/0.6667 = 8, f = 3, u = 1.6963; d = (8.0888 + 0.3774) · 1.5556.
        self.assertEqual(expectation([4, 0], Fraction(1)), (2944, 13170))
        # The other way round: m = 4/3, μ = 1.6111, f = 6, u = √(2.5 + 0.68966) = 1.7860; d = (16.7158 + 0.6897) · 1.5556.
        self.assertEqual(expectation([0, 4], Fraction(1)), (1611, 27075))

    def test_the_tail_of_the_distribution(self):
        # Size 1, p 1/2: P(C >= a) = 2^-a.
        self.assertEqual([least_count(1000, 2000, rate) for rate in (0.13, 0.12, 0.0626, 0.0624)], [3, 4, 4, 5])
        # Size 2, p 1/2: 1/4, 1/4, 3/16, 1/8, 5/64, 6/128, so from 5 on 0.109, from 6 on 0.0625.
        self.assertEqual([least_count(2000, 2000, rate) for rate in (0.11, 0.1, 0.0626)], [5, 6, 6])
        self.assertEqual(least_count(10**9, 1001, 0.1), 100_001)


class Surge(TwinCase):
    def surge(self, **condition):
        condition = {"bucket": "1d", "baseline": "20d", "half_life": "1000000d", "least": 1, "false_alarms": 0.01, "severity": "moderate", **condition}
        return rule(kind="surge", group_by=["area"], address="evidence_areas", condition=condition)

    def day(self, day, count, **fields):
        return [event(f"d{day}-{i}", day * DAY + i * HOUR // 2, **fields) for i in range(count)]

    def past(self, days):
        return [raw for day in range(days) for raw in self.day(day, 2)]

    def surges(self, *raws, **condition):
        """(day of the first event, items of evidence, incidents) of each warning."""
        return [(w["episode"][0] // DAY, len(w["evidence"]), w["measures"]["incidents"])
                for w in self.stand([self.surge(**condition)], sum(raws, []))]

    def test_a_count_that_the_past_does_not_explain(self):
        # Of the 20 days before, 19 count: μ = 2 + 1/38, d = 1 + 1/19. From 6 on 0.02, from 7 on 0.006.
        self.assertEqual(self.surges(self.past(20), self.day(20, 7)), [(20, 7, 7)])
        self.assertEqual(self.surges(self.past(20), self.day(20, 6)), [])
        self.assertEqual(self.surges(self.past(20), self.day(20, 6), false_alarms=0.03), [(20, 6, 6)])
        self.assertEqual(self.surges(self.past(20), self.day(20, 7), least=8), [])
        (w,) = self.stand([self.surge()], self.past(20) + self.day(20, 7))
        self.assertEqual((w["key"], w["severity"], w["addressees"]), ({"area": "west"}, "moderate", ["w"]))
        self.assertEqual(w["episode"], [20 * DAY, 20 * DAY + 3 * HOUR])

    def test_incidents_are_counted_not_reports(self):
        again = event("again", 20 * DAY + 9 * HOUR, source={"sameIncidentAs": {"mission": "w", "id": "d20-0"}})
        self.assertEqual(self.surges(self.past(20), self.day(20, 6), [again]), [])
        self.assertEqual(self.surges(self.past(20), self.day(20, 7), [again]), [(20, 8, 7)])

    def test_a_key_needs_a_past_of_a_quarter_of_the_baseline(self):
        self.assertEqual(self.surges(self.day(20, 40)), [])
        self.assertEqual(self.surges(self.past(5), self.day(5, 40)), [])  # four buckets after the oldest
        self.assertEqual(self.surges(self.past(6), self.day(6, 40)), [(6, 40, 40)])
        # Quiet days after the oldest are a past as well; days further back than the baseline are none.
        self.assertEqual(self.surges(self.day(0, 1), self.day(6, 40)), [(6, 40, 40)])
        self.assertEqual(self.surges(self.day(0, 1), self.day(20, 40)), [(20, 40, 40)])
        self.assertEqual(self.surges(self.day(0, 1), self.day(21, 40)), [])

    def test_surging_buckets_side_by_side_are_one_episode(self):
        self.assertEqual(self.surges(self.past(20), self.day(20, 12), self.day(21, 40)), [(20, 52, 40)])
        self.assertEqual(self.surges(self.past(20), self.day(20, 12), self.day(22, 40)), [(20, 12, 12), (22, 40, 40)])
