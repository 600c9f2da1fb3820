"""Small cases worked out by hand from docs/rules.md; those of each kind lie beside it, in kinds.

Run: python3 -m unittest twin_test, or one kind: python3 -m unittest kinds.surge_test
"""
import json
import pathlib
import unittest

import compare
import convert
import geometry
import history
import selections
import twin
from testing import TwinCase, event, rule

ROOT = pathlib.Path(__file__).resolve().parents[2]


def load_tests(loader, tests, _):
    for file in sorted((ROOT / "tests/twin/kinds").glob("*_test.py")):
        tests.addTests(loader.loadTestsFromName("kinds." + file.stem))
    return tests


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

    def test_evidence_has_the_attributes_that_the_rule_reads(self):
        read = dict(feed_kind="thermal", feed="f", weapon="rifle", reason="told to nobody")
        raws = [event("a", 0, attributes=read), event("b", 1, attributes={"weapon": "club"})]
        count = rule(kind="event_count", condition={"window": "1d", "severities": {"minor": 1}},
                     selections={"s": {"types": ["security.attack"], "where": {"feed_kind": "thermal"}}, "t": {"types": ["security.*"]}})
        (w,) = self.stand([count], raws)
        self.assertEqual(w["attributes"], {"w/a": {"feed_kind": "thermal"}})
        values = rule(kind="value_count", condition={"window": "1d", "field": "weapon", "severities": {"minor": 1}})
        (w,) = self.stand([values], raws)
        self.assertEqual(w["attributes"], {"w/a": {"weapon": "rifle"}, "w/b": {"weapon": "club"}})
        pair = rule(kind="temporal", selections={"s": {"types": ["security.attack"]}, "t": {"types": ["security.*"]}},
                    condition={"steps": ["s", "t"], "within": "1d", "severity": "minor", "equal": ["mission"], "differ": ["weapon"]})
        (w,) = self.stand([pair], raws)
        self.assertEqual(w["attributes"], {"w/a": {"weapon": "rifle"}, "w/b": {"weapon": "club"}})

    def test_prefix(self):
        self.assertTrue(selections.type_matches("security.*", "security.attack"))
        self.assertFalse(selections.type_matches("security.*", "securityx.attack"))
        self.assertFalse(selections.type_matches("security.attack", "security.attack.more"))


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
        self.assertEqual(geometry.distance_m((0, 0), (0, 1)), 111195)
        self.assertEqual(geometry.distance_m((10, 20), (10, 20)), 0)
        line = [[geometry.vector(20, 10), geometry.vector(20, 11)]]
        self.assertAlmostEqual(geometry.line_distance(geometry.vector(20.1, 10.5), line, 1e6), 10933.4, delta=1)
        self.assertAlmostEqual(geometry.line_distance(geometry.vector(20, 11.5), line, 1e6), 55597.5, delta=1)

    def test_inside_with_edges_that_are_geodesics(self):
        square = [[[[0, 50], [60, 50], [60, 60], [0, 60], [0, 50]]]]
        self.assertTrue(geometry.inside(55, 30, square))
        self.assertFalse(geometry.inside(51, 30, square))  # the geodesic from (50,0) to (50,60) passes north of 53
        self.assertTrue(geometry.inside(61, 30, square))
        self.assertFalse(geometry.inside(55, 61, square))

    def test_shipped_areas(self):
        pack = history.Pack(ROOT / "rules")
        for latitude, longitude, areas, corridors in (
                (13.4665, 22.1988, ["minurcat"], ["chad-darfur"]), (13.4526, 22.4473, ["unamid"], ["chad-darfur"]),
                (12.11, 15.04, [], []), (5.07, 27.47, ["unmis"], ["car-drc", "car-south-sudan", "drc-south-sudan"])):
            found = pack.places(latitude, longitude, "2009-05-01")
            self.assertEqual((found[0], sorted(found[1])), (areas, corridors))
        self.assertEqual(pack.places(13.4665, 22.1988, "2011-01-01")[0], [])


class Compare(unittest.TestCase):
    EXPECTED = {"rule": "r", "key": {"corridor": "c"}, "status": "exercise", "exercise": "X", "episode": [0, 10],
                "evidence": [["w", "a", 1], ["w", "b", 2]], "severity": "moderate", "certainty": "likely", "unverified": False,
                "addressees": ["e", "w"], "measures": {"incidents": 2}, "absence_state": "", "label": ["unclassified", "amber"],
                "attributes": {"w/a": {"level": "IV"}, "w/b": {"level": "III"}}}
    VIEW = {"warning": {"id": "1", "messageType": "MESSAGE_TYPE_ALERT", "ruleId": "r", "key": {"corridor": "c"}, "status": "STATUS_EXERCISE",
                        "exerciseId": "X", "episode": {"toUs": "10"}, "evidence": [{"identity": {"mission": "w", "id": "a"}, "revision": 1, "attributes": {"level": "IV"}}],
                        "severity": "SEVERITY_MODERATE", "certainty": "CERTAINTY_LIKELY", "addressees": ["e", "w"],
                        "measures": [{"name": "incidents", "value": "2"}],
                        "label": {"classification": "CLASSIFICATION_UNCLASSIFIED", "tlp": "TLP_AMBER"}},
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
        self.assertEqual(self.numbers([self.EXPECTED], [self.view(addressees=["e", "o", "w"])])["differing"], 1)
        looser = {"classification": "CLASSIFICATION_UNCLASSIFIED", "tlp": "TLP_GREEN"}
        self.assertEqual(self.numbers([self.EXPECTED], [{**self.VIEW, **self.view(label=looser)}])["differing"], 1)
        self.assertEqual(self.numbers([self.EXPECTED], [{"warning": self.VIEW["warning"]}])["differing"], 1)
        for attributes in ({}, {"level": "III"}, {"level": "IV", "reason": "told to nobody"}):
            evidence = [{**self.VIEW["warning"]["evidence"][0], "attributes": attributes}]
            self.assertEqual(self.numbers([self.EXPECTED], [{**self.VIEW, **self.view(evidence=evidence)}])["differing"], 1)
        self.assertEqual(list(compare.read_expected([json.dumps(self.EXPECTED)], "o")), [])


class Releasing(TwinCase):
    """`address: releasable_to`, over the missions e, o and w, which files."""

    def warning(self, *labels, address="releasable_to", floor=None, **fields):
        count = rule(kind="event_count", condition={"window": "1d", "severities": {"minor": 1}}, address=address,
                     label=floor or {"classification": "unclassified", "tlp": "green"})
        raws = [event(f"a{i}", i, label=label, **fields) for i, label in enumerate(labels)]
        (w,) = self.stand([count], raws, live=("e", "o", "w"))
        return w

    def told(self, *labels, **fields):
        return "".join(self.warning(*labels, **fields)["addressees"])

    @staticmethod
    def to(missions, tlp="AMBER", classification="UNCLASSIFIED", caveats=()):
        return {"classification": "CLASSIFICATION_" + classification, "tlp": "TLP_" + tlp, "releasableTo": list(missions),
                "caveats": list(caveats)}

    def test_the_filer_and_those_named(self):
        self.assertEqual([self.told(self.to(missions)) for missions in ("", "e", "o", "eo", "w", "*", "x")],
                         ["w", "ew", "ow", "eow", "w", "eow", "w"])
        # Whatever else is among the words comes to them.
        self.assertEqual(self.told(self.to("o"), address=["releasable_to", "other_side"]), "eow")

    def test_the_strictest_by_name_only(self):
        for strict in (dict(tlp="RED"), dict(classification="STRICTLY_CONFIDENTIAL")):
            self.assertEqual([self.told(self.to(missions, **strict)) for missions in ("", "e", "*", "*e")], ["w", "ew", "w", "ew"])
        for less in (dict(tlp="AMBER_STRICT"), dict(classification="CONFIDENTIAL")):
            self.assertEqual(self.told(self.to("*", **less)), "eow")

    def test_caveats_and_what_is_not_labelled(self):
        self.assertEqual(self.told(self.to("e", caveats=["NOT-TO-HOST"])), "ew")
        self.assertEqual(self.told(self.to("e", caveats=["NOT-TO-HOST", "ORCON"])), "w")
        self.assertEqual(self.told({}, mission="o"), "o")
        self.assertEqual(self.told({"releasableTo": ["e"], "tlp": "TLP_GREEN"}, mission="o"), "o")
        # The desk of w has a default label: TLP:GREEN, to e. With any word of its own it names whom it names.
        self.assertEqual([self.told(label) for label in ({}, {"tlp": "TLP_AMBER"}, {"releasableTo": ["o"]})], ["ew", "w", "ow"])

    def test_of_several_those_to_whom_all_are_released(self):
        missions = ["", "e", "o", "eo"]
        for a in missions:
            for b in missions:
                self.assertEqual(self.told(self.to(a), self.to(b)), "".join(sorted({*a} & {*b} | {"w"})), f"{a} and {b}")

    def test_the_warning_is_as_strict_as_the_strictest(self):
        labels = self.to("e", "GREEN", "CONFIDENTIAL"), self.to("e", "AMBER_STRICT")
        self.assertEqual(self.warning(*labels)["label"], ["confidential", "amber_strict"])
        self.assertEqual(self.warning(*labels, floor={"classification": "strictly_confidential", "tlp": "red"})["label"],
                         ["strictly_confidential", "red"])
        self.assertEqual(self.warning(*labels, address="originators")["label"], ["unclassified", "green"])


def filed(play):
    """What a play has filed, and the missions for which its rules are live."""
    play = convert.yaml.safe_load((ROOT / play).read_text())
    return list(convert.Converter(ROOT, play).run()), play["live"]


class Raised(unittest.TestCase):
    """Warnings raised by hand (raised.yaml) under the shipped rules, told by hand."""

    STAND = {  # (severity, items): addressees, label
        ("severe", "by-name"): ("monusco unmis", "unclassified amber"),
        ("moderate", "to-nobody"): ("unmis", "unclassified amber"),
        ("minor", "to-all"): ("binuca minurcat monusco unamid unmis", "unclassified green"),
        ("extreme", "default-label"): ("binuca minurcat monusco unamid unmis", "unclassified amber"),
        ("minor", "confidential-only"): ("monusco", "confidential amber"),
        ("extreme", "red-by-name"): ("minurcat unamid", "confidential red"),
        ("moderate", "red-to-all"): ("unamid", "unclassified red"),
        ("severe", "strictly-by-name"): ("binuca unamid unmis", "strictly_confidential amber_strict"),
        ("minor", "strictly-to-all"): ("unamid", "strictly_confidential amber"),
        ("severe", "not-to-host"): ("binuca minurcat unmis", "unclassified amber"),
        ("moderate", "unknown-caveat"): ("binuca", "unclassified amber"),
        ("severe", "case-1 case-2"): ("monusco unamid unmis", "confidential amber_strict"),
        ("severe", "case-3"): ("monusco unmis", "unclassified amber"),
        ("minor", "case-4"): ("monusco unmis", "unclassified amber"),
        ("severe", "case-5"): ("binuca unmis", "unclassified amber"),
        ("extreme", "narrowed"): ("monusco unmis", "confidential amber"),
        ("moderate", "graver"): ("monusco unmis", "unclassified amber"),
        ("minor", "regraded"): ("monusco unmis", "unclassified amber"),
    }

    def test_those_to_whom_it_is_released_are_warned(self):
        lines, live = filed("tests/twin/raised_play.yaml")
        pack = history.Pack(ROOT / "rules")
        events = history.read_events([json.dumps(line) for line in lines], pack)
        warnings = twin.standing(pack, events, live, int(lines[-1]["receipt"]["acceptedUs"]))
        self.assertEqual({(w["severity"], " ".join(e[1] for e in w["evidence"])): (" ".join(w["addressees"]), " ".join(w["label"]))
                          for w in warnings if w["rule"].startswith("raised-")}, self.STAND)


class Play(unittest.TestCase):
    """The shipped exercise under the shipped rules."""

    @classmethod
    def setUpClass(cls):
        cls.filed, cls.live = filed("data/exercise/play.yaml")
        cls.pack = history.Pack(ROOT / "rules")
        cls.warnings = cls.standing(cls.filed)

    @classmethod
    def standing(cls, filed):
        events = history.read_events([json.dumps(line) for line in filed], cls.pack)
        clock = int(filed[-1]["receipt"]["acceptedUs"])
        return list(twin.standing(cls.pack, events, cls.live, clock - 1_000_000))

    # A third sighting of the column of May 2009 turns out to be a convoy: with it goes the course it gave.
    def test_a_course_is_gone_with_the_report_that_gave_it(self):
        taken_back = next(i for i, line in enumerate(self.filed) if line["event"]["id"] == "sr-09-023" and line["event"]["revision"] == 2)

        def courses(filed):
            return [w for w in self.standing(filed) if w["rule"] == "armed-group-heading"]

        (w,) = courses(self.filed[:taken_back])
        self.assertEqual([e[1] for e in w["evidence"]], ["sr-09-021", "sr-09-023", "sr-09-020"])
        self.assertEqual((w["key"], w["addressees"]), ({"actor": "ufr"}, ["unamid"]))
        self.assertEqual(w["measures"], {"speed_m_per_h": 2802, "speed_error_m_per_h": 179, "heading_deg": 345, "heading_error_deg": 4,
                                         "eta_first_s:unamid": 6360, "eta_last_s:unamid": 12120})
        self.assertEqual(courses(self.filed[:taken_back + 1]), [])
        (w,) = courses(self.filed)
        self.assertEqual((w["key"], w["addressees"]), ({"actor": "lra"}, ["unmis"]))

    def test_every_rule_fires_and_no_storm(self):
        raised = self.standing(filed("tests/twin/raised_play.yaml")[0])
        self.assertEqual({w["rule"] for w in self.warnings + raised}, {r["id"] for r in self.pack.rules})
        for mission in ("binuca", "minurcat", "monusco", "unamid", "unmis"):
            self.assertIn(sum(mission in w["addressees"] for w in self.warnings), range(5, 31), mission)

    def test_what_is_raised_by_hand_goes_to_the_one_neighbour_that_it_names(self):
        (w,) = [w for w in self.warnings if w["rule"].startswith("raised-")]
        self.assertEqual((w["rule"], w["evidence"], w["addressees"]), ("raised-moderate", [["unamid", "sr-09-043", 1]], ["minurcat", "unamid"]))

    def test_every_type_and_actor_of_the_play_is_known(self):
        for line in self.filed:
            event = line["event"]
            if "type" in event:
                declared = self.pack.types[event["type"]].get("attributes", {})
                self.assertLessEqual(set(event.get("attributes", {})), set(declared), event["id"])
            for actor in event.get("actors", []):
                self.assertIn(history.fold(actor["name"]), self.pack.alias, event["id"])

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
