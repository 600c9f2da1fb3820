"""movement, by hand from docs/rules.md."""
from kinds.movement import meeting, on_plane
from testing import HOUR, TwinCase, at, event, rule

NORTH = 0, 1_000_000


class Plane(TwinCase):
    def test_azimuthal_equidistant_in_whole_metres(self):
        self.assertEqual(on_plane((9, 20), (10, 20)), (0, 111195))
        self.assertEqual(on_plane((0, 20), (0, 19)), (-111195, 0))
        self.assertEqual(on_plane((9, 20), (9, 20)), (0, 0))
        # A parallel bends towards the pole: half a degree along it, 10°N lies 40 m further north than its middle.
        self.assertEqual(on_plane((9.25, 19.5), (10, 19.5)), (0, 83396))
        self.assertEqual([on_plane((9.25, 19.5), (10, longitude))[1] for longitude in (19, 20)], [83436, 83436])

    def test_the_first_point_of_an_edge_on_a_course(self):
        self.assertEqual(meeting(NORTH, (-5, 10), (5, 10)), 10)
        self.assertEqual(meeting(NORTH, (0, 10), (5, 10)), 10)  # ends included
        self.assertEqual(meeting(NORTH, (-5, 0), (5, 0)), 0)
        self.assertEqual(meeting(NORTH, (-1, 10), (2, 13)), 11)
        self.assertIsNone(meeting(NORTH, (1, 10), (5, 10)))
        self.assertIsNone(meeting(NORTH, (-5, -10), (5, -10)))
        self.assertEqual(meeting(NORTH, (0, 20), (0, 10)), 10)  # an edge along the course
        self.assertEqual(meeting(NORTH, (0, -20), (0, 10)), 0)
        self.assertIsNone(meeting(NORTH, (0, -20), (0, -10)))
        self.assertIsNone(meeting(NORTH, (1, 10), (1, 20)))


class Movement(TwinCase):
    def heading(self, **condition):
        condition = {"within": "12h", "radius_km": 60, "ahead": "3d", "least_sightings": 2, "severity": "severe", **condition}
        return rule(kind="movement", group_by=["actor"], address="ahead", condition=condition,
                    selections={"s": {"types": ["movement.column"], "actor_classes": ["armed_group"]}})

    def sighting(self, id, hour, latitude, longitude=19.5, uncertainty=1000, actor="LRA"):
        return event(id, hour * HOUR, type="movement.column", actors=[{"name": actor, "role": "subject"}],
                     place=at(longitude, latitude, uncertainty))

    def north(self, uncertainty=1000, actor="LRA"):
        """A quarter of a degree, 27,799 m, in ten hours; then the edge of west is 83,436 m ahead."""
        return [self.sighting("a", 0, 9, uncertainty=uncertainty, actor=actor), self.sighting("b", 10, 9.25, uncertainty=uncertainty, actor=actor)]

    def test_speed_heading_errors_and_times(self):
        (w,) = self.stand([self.heading()], self.north())
        self.assertEqual((self.ids(w), w["key"], w["severity"], w["addressees"]), (["a", "b"], {"actor": "lra"}, "severe", ["w"]))
        self.assertEqual(w["episode"], [0, 10 * HOUR])
        # The error is 1000 / √(2 · 5²) = 141.4 m/h, of the heading 141.4 / 2779.9 = 2.9°, so 3°. Courses to 6° on either
        # side: 83,436 m and 83,436 / cos 6° = 83,895 m. At 2780 + 282 m/h the one takes 1634.9 minutes, at 2780 − 282 m/h
        # the other 2015.1.
        self.assertEqual(w["measures"], {"speed_m_per_h": 2780, "speed_error_m_per_h": 141, "heading_deg": 0, "heading_error_deg": 3,
                                         "eta_first_s:west": 1634 * 60, "eta_last_s:west": 2016 * 60})

    def test_an_area_is_ahead_if_it_can_be_reached_in_time(self):
        self.assertEqual(self.stand([self.heading(ahead="30h")], self.north()), [])  # 83,400 m
        (w,) = self.stand([self.heading(ahead="31h")], self.north())
        self.assertEqual((w["measures"]["eta_first_s:west"], w["measures"]["eta_last_s:west"]), (1634 * 60, 31 * 3600))

    def test_it_moves_if_the_speed_is_more_than_twice_its_error(self):
        self.assertEqual(self.stand([self.heading()], self.north(uncertainty=10_000)), [])  # 1414 m/h
        (w,) = self.stand([self.heading()], self.north(uncertainty=9_000))
        self.assertEqual((w["measures"]["speed_error_m_per_h"], w["measures"]["heading_error_deg"]), (1273, 27))
        # An uncertainty of less than 500 m counts as 500 m.
        (w,) = self.stand([self.heading()], self.north(uncertainty=1))
        self.assertEqual(w["measures"]["speed_error_m_per_h"], 71)

    def test_weights(self):
        """Three sightings, 40, 30 and 0 km south of the last; the last is known to 2 km, so it weighs a quarter."""
        km = 1 / 111.1949
        raws = [self.sighting("a", 0, 9 - 40 * km), self.sighting("b", 10, 9 - 30 * km), self.sighting("c", 20, 9, uncertainty=2000)]
        (w,) = self.stand([self.heading()], raws)
        # Σw = 2.25, t̄ = 15/2.25 = 6.667; Σw(t − t̄)² = 44.44 + 11.11 + 44.44 = 100; Σw(t − t̄)y = 266.7 − 100 + 0 = 166.7 km·h.
        self.assertEqual((w["measures"]["speed_m_per_h"], w["measures"]["speed_error_m_per_h"]), (1667, 100))

    def test_which_sightings_count(self):
        before = self.sighting("z", -2, 8.95)
        (w,) = self.stand([self.heading()], [before] + self.north())  # 12 hours before: counts
        self.assertEqual(self.ids(w), ["a", "b", "z"])
        (w,) = self.stand([self.heading(within="10h")], [before] + self.north())  # "a" is 10 hours before
        self.assertEqual(self.ids(w), ["a", "b"])
        self.assertEqual(self.stand([self.heading(within="9h")], self.north()), [])  # two tracks
        self.assertEqual(self.stand([self.heading(least_sightings=3)], self.north()), [])
        self.assertEqual(self.stand([self.heading()], [self.sighting("a", 0, 9), self.sighting("b", 0, 9.25)]), [])
        self.assertEqual(self.stand([self.heading(radius_km=5)], self.north(uncertainty=5_001)), [])
        tracks = self.north() + [self.sighting("c", 40, 9), self.sighting("d", 50, 9.25)]
        self.assertEqual([self.ids(w) for w in self.stand([self.heading()], tracks)], [["a", "b"], ["c", "d"]])

    def test_only_armed_groups_are_followed(self):
        self.assertEqual(self.stand([self.heading()], self.north(actor="Government")), [])

    def test_the_area_that_it_is_in_is_not_ahead(self):
        raws = [self.sighting("a", 0, 10.5, 19.25), self.sighting("b", 10, 10.5, 19.5)]
        (w,) = self.stand([self.heading()], raws)
        self.assertEqual((w["addressees"], w["measures"]["heading_deg"]), (["e"], 90))
        self.assertEqual([m for m in w["measures"] if "west" in m], [])
