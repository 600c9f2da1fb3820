#include "lib/correlation/content.h"

#include <functional>

#include <gtest/gtest.h>

namespace tocsin {
namespace {

struct Item {
  const char* origin;
  const char* grading;  // "A1"; "" is none
  const char* kind;
  Nature nature = Nature::kObserved;
};

Sureness Of(const std::vector<Item>& items) {
  std::vector<Member> members;
  for (const Item& item : items) {
    Member member;
    member.event.origin = item.origin;
    member.event.source_kind = item.kind;
    member.event.nature = item.nature;
    const std::string grading = item.grading;
    if (!grading.empty()) member.event.grading = {grading.substr(0, 1), grading.substr(1)};
    members.push_back(std::move(member));
  }
  return SurenessOf(members);
}

TEST(SurenessTest, TableOfDocsRules) {
  struct Row {
    const char* what;
    std::vector<Item> items;
    Certainty certainty;
    bool unverified;
  };
  const std::vector<Row> rows = {
      {"one ungraded", {{"a", "", "person"}}, Certainty::kPossible, true},
      {"one unknown", {{"a", "F6", "person"}}, Certainty::kPossible, true},
      {"one fairly graded", {{"a", "C3", "person"}}, Certainty::kPossible, true},
      {"one half graded", {{"a", "A3", "patrol"}}, Certainty::kPossible, true},
      {"one well graded", {{"a", "B2", "person"}}, Certainty::kLikely, false},
      {"own observation alone", {{"a", "A1", "patrol"}}, Certainty::kLikely, false},
      {"two of one origin", {{"a", "", "person"}, {"a", "", "person"}}, Certainty::kPossible, true},
      {"two origins", {{"a", "", "person"}, {"b", "", "person"}}, Certainty::kLikely, false},
      {"two unknown origins",
       {{"a", "F6", "person"}, {"b", "F6", "person"}},
       Certainty::kLikely,
       false},
      {"second unreliable",
       {{"a", "", "person"}, {"b", "E3", "person"}},
       Certainty::kPossible,
       true},
      {"second improbable",
       {{"a", "", "person"}, {"b", "C5", "person"}},
       Certainty::kPossible,
       true},
      {"no origin at all", {{"a", "E5", "person"}}, Certainty::kPossible, true},
      {"own and another",
       {{"a", "A1", "patrol"}, {"b", "", "person"}},
       Certainty::kObserved,
       false},
      {"sensor and another",
       {{"a", "B1", "sensor"}, {"b", "F6", "person"}},
       Certainty::kObserved,
       false},
      {"own and an unreliable",
       {{"a", "A1", "patrol"}, {"b", "E5", "person"}},
       Certainty::kLikely,
       false},
      {"partner and another",
       {{"a", "A1", "partner"}, {"b", "", "person"}},
       Certainty::kLikely,
       false},
      {"ungraded sensor", {{"a", "", "sensor"}, {"b", "", "person"}}, Certainty::kLikely, false},
      {"only expected",
       {{"a", "A1", "patrol", Nature::kExpected}, {"b", "", "person", Nature::kPlanned}},
       Certainty::kLikely,
       false},
      {"one observed",
       {{"a", "A1", "patrol", Nature::kExpected}, {"b", "", "person"}},
       Certainty::kObserved,
       false},
  };
  for (const Row& row : rows) {
    const Sureness sureness = Of(row.items);
    EXPECT_EQ(sureness.certainty, row.certainty) << row.what;
    EXPECT_EQ(sureness.unverified, row.unverified) << row.what;
  }
}

TEST(EvidenceTest, CarriesTheAttributesThatTheRuleReadsAndNoOthers) {
  KeyedEvent event;
  event.attributes = {{"asset", "mi-8"}, {"area", "a name"},   {"feed_kind", "thermal"},
                      {"level", "III"},  {"reason", "secret"}, {"unit", "u"}};
  const auto read_by = [&](const auto& change) {
    Rule rule;
    rule.selections = {{.name = "first", .where = {{"reason", "other"}}}, {.name = "second"}};
    change(rule);
    Episode episode;
    episode.members = {{.selections = 2, .event = event}};
    return MakeContent(Pack(), rule, KeyContext(), episode).evidence.at(0).attributes;
  };
  EXPECT_EQ(read_by([](Rule&) {}), Attributes());
  EXPECT_EQ(read_by([](Rule& rule) { rule.divergence.field = "level"; }),
            (Attributes{{"level", "III"}}));
  EXPECT_EQ(read_by([](Rule& rule) { rule.field = "feed_kind"; }),
            (Attributes{{"feed_kind", "thermal"}}));
  EXPECT_EQ(read_by([](Rule& rule) {
              rule.sequence.equal = {"asset", "area"};
              rule.sequence.differ = {"unit", "missing"};
            }),
            (Attributes{{"asset", "mi-8"}, {"unit", "u"}}))
      << "`area` is the place, whatever the attribute of that name says";
  EXPECT_EQ(read_by([](Rule& rule) {
              rule.selections[1].where = {{"feed_kind", "thermal"}};
            }),
            (Attributes{{"feed_kind", "thermal"}}))
      << "of the selection that the item shows";
}

// A rule that addresses all, and who is told of it.
std::vector<MissionId> ToldTo(const std::function<void(Pack&, Rule&)>& change) {
  Pack pack;
  pack.live_missions = {MissionId("minurcat"), MissionId("unamid"), MissionId("unmis")};
  Rule rule;
  rule.id = RuleId("attacks");
  rule.address = {"all", "binuca"};
  change(pack, rule);
  Episode episode;
  episode.members.emplace_back();
  const WarningContent content = MakeContent(pack, rule, KeyContext{}, episode);
  EXPECT_EQ(content.label.releasable_to, content.addressees);
  return content.addressees;
}

TEST(AddresseesTest, OnlyThoseForWhomTheRuleIsLive) {
  const auto names = [](const std::vector<MissionId>& missions) {
    std::string joined;
    for (const MissionId& mission : missions) joined += mission.str() + " ";
    return joined;
  };
  EXPECT_EQ(names(ToldTo([](Pack&, Rule&) {})), "minurcat unamid unmis ");
  EXPECT_EQ(names(ToldTo([](Pack&, Rule& rule) { rule.shadow = true; })), "");
  // UNAMID has taken another rule live and not this one; the others have no document.
  EXPECT_EQ(names(ToldTo([](Pack& pack, Rule&) {
              pack.accepted[MissionId("unamid")] = {RuleId("clashes")};
              pack.accepted[MissionId("unmis")] = {RuleId("attacks")};
            })),
            "minurcat unmis ");
}

}  // namespace
}  // namespace tocsin
