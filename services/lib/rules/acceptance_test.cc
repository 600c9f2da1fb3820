#include "lib/rules/acceptance.h"

#include <gtest/gtest.h>

#include "lib/rules/changes.h"
#include "lib/rules/pack_testing.h"

namespace tocsin {
namespace {

const MissionId kEast("east"), kNorth("north");

std::string RuleText(const std::string& id, const std::string& state) {
  return "id: " + id + "\nversion: 1\nstate: " + state + R"(
title: {en: Attacks}
why: A test.
kind: event_count
group_by: [corridor]
selections: {attack: {types: [security.attack]}}
condition: {window: 30d, severities: {moderate: 3}}
address: other_side
urgency: expected
response: prepare
label: {classification: unclassified, tlp: green}
)";
}

absl::StatusOr<Pack> With(const std::vector<std::pair<std::string, std::string>>& acceptances,
                          const std::string& state = "live") {
  std::vector<Document> documents = TestRegisters();
  documents.push_back({"rule", "attacks", 1, RuleText("attacks", state), ""});
  documents.push_back({"rule", "clashes", 1, RuleText("clashes", "live"), ""});
  for (const auto& [mission, text] : acceptances) {
    documents.push_back({"acceptance", mission, 1, text, ""});
  }
  return ParsePack(documents, TestMissions());
}

bool Live(const Pack& pack, const MissionId& mission, const char* rule) {
  return pack.LiveFor(mission, *pack.FindRule(RuleId(rule)));
}

TEST(Acceptance, ADocumentSaysWhatIsLiveForItsMissionAndForNoOther) {
  const auto pack = With({{"east", "live: [clashes]"}});
  ASSERT_TRUE(pack.ok()) << pack.status();
  EXPECT_FALSE(Live(*pack, kEast, "attacks"));
  EXPECT_TRUE(Live(*pack, kEast, "clashes"));
  // Without a document a mission has taken all that is live.
  EXPECT_TRUE(Live(*pack, kNorth, "attacks"));
  EXPECT_FALSE(Live(*pack, MissionId("west"), "attacks"));  // not a live mission
}

TEST(Acceptance, WhatIsInShadowOrDraftIsLiveForNobody) {
  for (const char* const state : {"shadow", "draft"}) {
    const auto pack = With({{"east", "live: [attacks]"}}, state);
    ASSERT_TRUE(pack.ok()) << pack.status();
    EXPECT_FALSE(Live(*pack, kEast, "attacks"));
    EXPECT_FALSE(Live(*pack, kNorth, "attacks"));
    EXPECT_EQ(CheckNoDrafts(*pack).ok(), std::string(state) == "shadow");
  }
}

TEST(Acceptance, ItsTextIsReadAsItWasWritten) {
  for (const std::set<RuleId>& rules :
       {std::set<RuleId>{}, std::set<RuleId>{RuleId("attacks"), RuleId("clashes")}}) {
    const auto pack = With({{"east", AcceptanceText(kEast, rules)}});
    ASSERT_TRUE(pack.ok()) << pack.status();
    EXPECT_EQ(pack->accepted.at(kEast), rules);
  }
}

TEST(Acceptance, WhatCannotBeMeantIsNamed) {
  const auto why = [](const std::vector<std::pair<std::string, std::string>>& acceptances) {
    return std::string(With(acceptances).status().message());
  };
  EXPECT_EQ(why({{"east", "live: [atacks]"}}),
            "acceptance/east:1:8: live: 'atacks' is not a rule of the pack; did you mean "
            "'attacks'?");
  EXPECT_EQ(why({{"west", "live: []"}}),
            "acceptance/west:1:1: 'west' is not a desk; known: east, north, south");
  EXPECT_EQ(why({{"east", "rules: []"}}), "acceptance/east:1:1: live: is missing; none is []");
  EXPECT_EQ(why({{"east", "live: []"}, {"east", "live: []"}}),
            "acceptance/east: two acceptances are of east");
}

TEST(Acceptance, ATakenRuleIsToldOtherwiseAndNeedsNoEvents) {
  const auto before = With({{"east", "live: [clashes]"}});
  const auto after = With({{"east", "live: [attacks, clashes]"}});
  ASSERT_TRUE(before.ok() && after.ok());
  const RuleChanges changes = CompareRules(*before, *after);
  EXPECT_EQ(changes.restated, std::set<RuleId>{RuleId("attacks")});
  EXPECT_TRUE(changes.need_events.empty());
  // The first document of a mission changes nothing if it lists what was live anyway.
  const auto all = With({});
  ASSERT_TRUE(all.ok());
  EXPECT_TRUE(CompareRules(*all, *after).restated.empty());
}

TEST(Acceptance, ADeskStatesItsWatchAndWhatItCanTake) {
  std::vector<Document> documents = TestRegisters();
  const auto desks = std::find_if(documents.begin(), documents.end(),
                                  [](const Document& d) { return d.kind == "desks"; });
  const std::string text = desks->text;
  const auto with = [&](const std::string& more) {
    desks->text = text;
    desks->text.insert(text.find("title: east"), more);
    return ParsePack(documents, TestMissions());
  };
  const auto stated = with("watch: 8h, budget: {warnings_per_watch: 3}, ");
  ASSERT_TRUE(stated.ok()) << stated.status();
  EXPECT_EQ(stated->desks.at(kEast).watch, std::chrono::hours(8));
  EXPECT_EQ(stated->desks.at(kEast).warnings_per_watch, 3);
  EXPECT_EQ(stated->desks.at(kNorth).watch, std::chrono::hours(12));
  EXPECT_EQ(stated->desks.at(kNorth).warnings_per_watch, std::nullopt);
  EXPECT_FALSE(with("budget: {warnings_per_watch: -1}, ").ok());
  EXPECT_FALSE(with("budget: {}, ").ok());
  EXPECT_FALSE(with("watch: 0s, ").ok());
}

}  // namespace
}  // namespace tocsin
