// Rules in a mission's own form: what may be said, where problems are shown, and who is told.
#include "lib/rules/overrides.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/text.h"
#include "lib/rules/changes.h"
#include "lib/rules/keys.h"
#include "lib/rules/pack_testing.h"

namespace tocsin {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const MissionId kEast("east"), kNorth("north"), kSouth("south");

Document Rule1(const std::string& id, const std::string& more = "", int version = 2) {
  return {"rule", id, version,
          StrCat("id: ", id, "\nversion: ", version, "\n", more, R"(title: {en: Attacks}
why: Attacks that come close together within one corridor spill over the border.
kind: event_count
group_by: [corridor]
selections:
  attack:
    types: [security.attack]
condition:
  window: 30d
  severities: {moderate: 3, severe: 5}
address: other_side
urgency: expected
response: prepare
label: {classification: unclassified, tlp: amber}
lifetime: 30d
)"),
          ""};
}

Document Composite(const std::string& selected) {
  return {"rule", "both", 1,
          StrCat(R"(id: both
version: 1
title: {en: Both}
why: Attacks on both sides at once are more than either alone and are told together.
kind: composite
group_by: [corridor]
selections:
  one: {rules: [)",
                 selected, R"(]}
  two: {rules: [attacks]}
condition: {within: 14d, all_of: [one, two], severity: extreme}
address: other_side
urgency: expected
response: prepare
label: {classification: unclassified, tlp: amber}
lifetime: 30d
)"),
          ""};
}

constexpr char kSouths[] = R"(mission: south
overrides:
  attacks:
    version: 1
    why: South has one road to the corridor and needs a week to get there.
    condition: {severities: {moderate: 2}}
    urgency: immediate
    label: {tlp: red}
)";

Document Overrides(const std::string& mission, const std::string& text) {
  return {"overrides", mission, 1, text, ""};
}

std::vector<Document> DocumentsWith(std::vector<Document> more) {
  std::vector<Document> documents = TestRegisters();
  documents.insert(documents.end(), more.begin(), more.end());
  return documents;
}

Pack PackOf(std::vector<Document> more) {
  auto pack = ParsePack(DocumentsWith(std::move(more)), TestMissions());
  EXPECT_TRUE(pack.ok()) << pack.status();
  return pack.ok() ? *std::move(pack) : Pack();
}

std::vector<std::string> ProblemsOf(std::vector<Document> more) {
  std::vector<std::string> texts;
  for (const Problem& problem :
       JudgePack(DocumentsWith(std::move(more)), TestMissions()).problems) {
    texts.push_back((problem.doubt ? "doubt " : "") + problem.Text());
  }
  return texts;
}

// Of one override of `attacks` by south that says this.
std::vector<std::string> Of(const std::string& lines) {
  return ProblemsOf(
      {Rule1("attacks"),
       Overrides("south", StrCat("mission: south\noverrides:\n  attacks:\n    version: 1\n"
                                 "    why: South has one road to the corridor and no other.\n",
                                 lines))});
}

std::vector<std::string> ToldBy(const Pack& pack, const std::string& rule) {
  std::vector<std::string> told;
  for (const MissionId& mission : pack.live_missions) {
    if (pack.LiveFor(mission, *pack.FindRule(RuleId(rule)))) told.push_back(mission.str());
  }
  return told;
}

TEST(Overrides, AFormIsTheRuleWithWhatTheMissionSaysLaidOverIt) {
  const Pack pack = PackOf({Rule1("attacks"), Overrides("south", kSouths)});
  const Rule* const rule = pack.FindRule(RuleId("attacks"));
  const Rule* const form = pack.FindRule(RuleId("attacks@south"));
  ASSERT_TRUE(rule != nullptr && form != nullptr);
  EXPECT_EQ(form->base, rule->id);
  EXPECT_EQ(form->only_for, kSouth);
  EXPECT_EQ(form->version, 3);
  EXPECT_EQ(form->why, "South has one road to the corridor and needs a week to get there.");
  EXPECT_EQ(form->severities,
            (std::map<Severity, int64_t>{{Severity::kModerate, 2}, {Severity::kSevere, 5}}));
  EXPECT_EQ(form->urgency, Urgency::kImmediate);
  EXPECT_EQ(form->label.tlp, Tlp::kRed);
  Rule same = *form;
  same.id = rule->id;
  same.base = RuleId();
  same.only_for = MissionId();
  same.version = rule->version;
  same.why = rule->why;
  same.severities = rule->severities;
  same.urgency = rule->urgency;
  same.label = rule->label;
  EXPECT_EQ(same, *rule) << "all else is the rule's";
  EXPECT_EQ(form->KeySpec(), rule->KeySpec());
}

TEST(Overrides, EachMissionIsToldByOneFormOfARule) {
  const Pack pack = PackOf({Rule1("attacks"), Overrides("south", kSouths)});
  EXPECT_THAT(ToldBy(pack, "attacks"), ElementsAre("east", "north"));
  EXPECT_THAT(ToldBy(pack, "attacks@south"), ElementsAre("south"));
  EXPECT_TRUE(pack.HasTaken(kSouth, *pack.FindRule(RuleId("attacks"))));
}

TEST(Overrides, AFormIsLiveWhereItsRuleIsAndNotAcceptedByItself) {
  const Document none{"acceptance", "south", 1, "live: []\n", ""};
  const Document rule{"acceptance", "south", 1, "live: [attacks]\n", ""};
  const Document form{"acceptance", "south", 1, "live: [attacks@south]\n", ""};
  const std::vector<Document> pack = {Rule1("attacks"), Overrides("south", kSouths)};
  EXPECT_THAT(ToldBy(PackOf({pack[0], pack[1], none}), "attacks@south"), IsEmpty());
  EXPECT_THAT(ToldBy(PackOf({pack[0], pack[1], rule}), "attacks@south"), ElementsAre("south"));
  EXPECT_THAT(ProblemsOf({pack[0], pack[1], form}),
              ElementsAre("acceptance/south:1:8: live: 'attacks@south' is not a rule of the pack; "
                          "known: attacks"));
}

TEST(Overrides, AFormHasTheStateOfItsRule) {
  const Pack pack = PackOf({Rule1("attacks", "state: shadow\n"), Overrides("south", kSouths)});
  EXPECT_TRUE(pack.FindRule(RuleId("attacks@south"))->shadow);
  EXPECT_THAT(ToldBy(pack, "attacks@south"), IsEmpty());
  EXPECT_THAT(std::string(CheckNoDrafts(PackOf({Rule1("attacks", "state: draft\n"),
                                                Overrides("south", kSouths)}))
                              .message()),
              HasSubstr("rule/attacks: state: is draft"));
}

TEST(Overrides, WhatTheRuleIsAboutIsNotOverridden) {
  EXPECT_THAT(
      Of("    kind: near\n    address: all\n    condition: {window: 20d, field: area}\n"),
      ElementsAre("overrides/south:6:11: overrides.attacks.kind: is the same for every mission: an "
                  "override does not say what the rule is about; a mission that needs another "
                  "writes a rule of its own",
                  "overrides/south:7:14: overrides.attacks.address: is the same for every mission: "
                  "an override does not say what the rule is about; a mission that needs another "
                  "writes a rule of its own",
                  "overrides/south:8:37: overrides.attacks.condition.field: is the same for every "
                  "mission: an override does not say what the rule is about; a mission that needs "
                  "another writes a rule of its own"));
}

TEST(Overrides, ProblemsOfTheFormAreShownInTheOverride) {
  EXPECT_THAT(Of("    condition: {windw: 20d}\n"),
              ElementsAre("overrides/south:6:17: overrides.attacks.condition.windw: is not a known "
                          "key; did you mean 'window'?"));
  EXPECT_THAT(
      Of("    condition: {window: 20}\n"),
      ElementsAre(HasSubstr("south:6:25: overrides.attacks.condition.window: '20' must be")));
  EXPECT_THAT(Of("    condition: {severities: {moderate: 9}}\n"),
              Contains(HasSubstr("south:6:29: overrides.attacks.condition.severities: ")));
  EXPECT_THAT(Of("    lifetime: 1d\n"),
              ElementsAre(HasSubstr("doubt overrides/south:6:15: overrides.attacks.lifetime: is "
                                    "shorter than the window")));
  // The lifetime is the rule's, and in the rule's file: shown where the window was laid over it.
  EXPECT_THAT(Of("    condition: {window: 60d}\n"),
              ElementsAre(HasSubstr("doubt overrides/south:4:5: overrides.attacks.lifetime: is "
                                    "shorter than the window")));
  EXPECT_THAT(Of("    label: {tlp: green}\n"),
              ElementsAre("doubt overrides/south:6:12: overrides.attacks.label: is looser than "
                          "that of the rule; the stricter of the two counts",
                          HasSubstr("changes nothing but words")));
  EXPECT_THAT(
      Of("    condition: {severities: {moderate: 2, moderate: 1}}\n"),
      ElementsAre(HasSubstr("overrides.attacks.condition.severities.moderate: is there twice")));
  EXPECT_THAT(
      Of("    urgency: expected\n"),
      ElementsAre("doubt overrides/south:4:5: overrides.attacks: changes nothing but words; "
                  "leave it out: the mission is warned as others"));
}

TEST(Overrides, WhoAndWhatAreNamedMustBeThere) {
  EXPECT_THAT(
      ProblemsOf({Rule1("attacks"), Overrides("sout", kSouths)}),
      ElementsAre("overrides/sout:1:10: mission: is south, and the document is of sout",
                  "overrides/sout:1:10: mission: 'sout' is not a desk; did you mean 'south'?"));
  EXPECT_THAT(ProblemsOf({Rule1("attack"), Overrides("south", kSouths)}),
              ElementsAre("overrides/south:4:5: overrides.attacks: the pack has no rule 'attacks'; "
                          "did you mean 'attack'?"));
  EXPECT_THAT(ProblemsOf({Rule1("attacks", "urgencies: none\n"), Overrides("south", kSouths)}),
              ElementsAre(HasSubstr("rule/attacks:3:1: urgencies: is not a known key")))
      << "a rule with a problem of its own is not called missing";
  EXPECT_THAT(
      ProblemsOf({Rule1("attacks"), Overrides("south", kSouths), Overrides("south", kSouths)}),
      ElementsAre("overrides/south: two documents have the overrides of south"));
  EXPECT_THAT(Of("    why: again\n"), Contains(HasSubstr("overrides.attacks.why: is there twice")));
  EXPECT_THAT(ProblemsOf({Rule1("attacks"),
                          Overrides("south", "mission: south\noverrides: {attacks: soon}\n")}),
              ElementsAre("overrides/south:2:22: overrides.attacks: must be a map"));
}

TEST(Overrides, AFormOverCellsSearchesItsOwnRadiusUnderItsOwnKeys) {
  const Document rule{"rule", "close", 1, R"(id: close
version: 1
title: {en: Close}
why: Armed men who are seen near people who fled are a day away from them at the most.
kind: near
group_by: [cell]
selections: {a: {types: [security.attack]}, b: {types: [displacement.flow]}}
condition: {within: 1d, radius_km: 30, all_of: [a, b], severity: severe}
address: evidence_areas
urgency: expected
response: prepare
label: {classification: unclassified, tlp: amber}
)",
                      ""};
  const Pack pack = PackOf({rule, Overrides("south", R"(mission: south
overrides:
  close:
    version: 1
    why: In the south they come by car, and a day is five times as far.
    condition: {radius_km: 150}
)")});
  const Rule& close = *pack.FindRule(RuleId("close"));
  const Rule& form = *pack.FindRule(RuleId("close@south"));
  EXPECT_LT(form.cell_level.value_or(99), close.cell_level.value_or(0)) << "larger cells";
  EXPECT_NE(form.KeySpec(), close.KeySpec());
  EXPECT_EQ(form.radius_m, 150'000);
}

TEST(Overrides, ACompositeSeesAFormOnlyIfItNamesIt) {
  const Document forms = Overrides("south", kSouths);
  EXPECT_EQ(
      PackOf({Rule1("attacks"), forms, Composite("attacks@south")}).FindRule(RuleId("both"))->stage,
      1);
  EXPECT_THAT(ProblemsOf({Rule1("attacks"), forms, Composite("attacks@north")}),
              ElementsAre("rule/both:8:17: selections.one.rules: the pack has no rule "
                          "'attacks@north'; did you mean 'attacks@south'?"));
  EXPECT_THAT(ProblemsOf({Rule1("attacks"), Composite("attacks@")}),
              Contains(HasSubstr("'attacks@' is not the id of a rule")));
  const Document of_both = Overrides("south", R"(mission: south
overrides:
  both:
    version: 1
    why: South is told of what comes within a week, and not of what takes longer.
    condition: {within: 7d}
)");
  EXPECT_THAT(ProblemsOf({Rule1("attacks"), of_both, Composite("both@south")}),
              ElementsAre(HasSubstr("rule/both:8:17: selections.one.rules: is a loop: both@south "
                                    "selects both@south")));
}

TEST(Overrides, AnOverrideThatComesChangesOrGoesIsAChangeOfItsFormAndToldOtherwiseByTheRule) {
  const Pack without = PackOf({Rule1("attacks"), Rule1("others")});
  const Pack with = PackOf({Rule1("attacks"), Rule1("others"), Overrides("south", kSouths)});
  const RuleChanges comes = CompareRules(without, with);
  EXPECT_THAT(comes.need_events, ElementsAre(RuleId("attacks@south")));
  EXPECT_THAT(comes.restated, ElementsAre(RuleId("attacks"))) << "south is told by the form";
  EXPECT_THAT(comes.removed, IsEmpty());
  const RuleChanges goes = CompareRules(with, without);
  EXPECT_THAT(goes.need_events, IsEmpty());
  EXPECT_THAT(goes.restated, ElementsAre(RuleId("attacks")));
  EXPECT_THAT(goes.removed, ElementsAre(RuleId("attacks@south")));
  std::string graver = kSouths;
  graver.replace(graver.find("moderate: 2"), 11, "moderate: 1");
  const RuleChanges changed =
      CompareRules(with, PackOf({Rule1("attacks"), Rule1("others"), Overrides("south", graver)}));
  EXPECT_THAT(changed.restated, ElementsAre(RuleId("attacks@south")));
  EXPECT_THAT(changed.need_events, IsEmpty());
  const RuleChanges base = CompareRules(
      with, PackOf({Rule1("attacks", "", 3), Rule1("others"), Overrides("south", kSouths)}));
  EXPECT_THAT(base.restated, ElementsAre(RuleId("attacks"), RuleId("attacks@south")));
}

TEST(Overrides, AFormLooksAtTheEventsOfItsRuleUnderTheSameKeys) {
  const Pack pack = PackOf({Rule1("attacks"), Overrides("south", kSouths)});
  KeyedEvent event;
  event.identity = {kNorth, EventId("a-1")};
  event.type = "security.attack";
  event.nature = Nature::kObserved;
  event.corridors = {CorridorId("north-south")};
  EXPECT_EQ(KeysOf(pack, event).size(), 1U);
}

}  // namespace
}  // namespace tocsin
