// `address: releasable_to`: who is warned goes by the labels of the evidence, and never further.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

Document ByLabel(const std::string& address = "releasable_to") {
  return RuleDocument("by-label", R"(kind: event_count
group_by: [corridor]
selections: {attack: {types: [security.attack]}}
condition: {window: 10m, severities: {severe: 1}}
lifetime: 30m
address: )" + address + "\n");
}

KeyedEvent Labelled(const std::string& id, const std::vector<MissionId>& releasable_to) {
  KeyedEvent event = AttackAt(id, 1);
  event.label = {MissionId("north"), Classification::kUnclassified, Tlp::kAmber, releasable_to, {}};
  return event;
}

// What the warning of these reports says, by the last of its revisions.
WarningContent ContentOf(const std::vector<KeyedEvent>& events,
                         const std::string& address = "releasable_to") {
  Bench bench({ByLabel(address)});
  WarningContent content;
  for (const KeyedEvent& event : events) {
    for (const Warning& warning : bench.File(event)) content = warning.content;
  }
  EXPECT_THAT(content.evidence, SizeIs(events.size()));
  return content;
}

TEST(ByLabelTest, TheFilerAndThoseWhomTheLabelNames) {
  EXPECT_THAT(ContentOf({Labelled("a", {})}).addressees, ElementsAre(MissionId("north")));
  const WarningContent content = ContentOf({Labelled("a", {MissionId("east")})});
  EXPECT_THAT(content.addressees, ElementsAre(MissionId("east"), MissionId("north")));
  EXPECT_EQ(content.label.releasable_to, content.addressees);
  EXPECT_THAT(ContentOf({Labelled("a", {MissionId("*")})}).addressees,
              ElementsAre(MissionId("east"), MissionId("north"), MissionId("south")));
  EXPECT_THAT(ContentOf({Labelled("a", {MissionId("mars")})}).addressees,
              ElementsAre(MissionId("north")));
}

TEST(ByLabelTest, ACaveatAndTlpRedKeepItFromThoseWhoMayNotReadTheReport) {
  KeyedEvent event = Labelled("a", {MissionId("east")});
  event.label.caveats = {"ORCON"};
  EXPECT_THAT(ContentOf({event}).addressees, ElementsAre(MissionId("north")));
  event = Labelled("a", {MissionId("*")});
  event.label.tlp = Tlp::kRed;
  EXPECT_THAT(ContentOf({event}).addressees, ElementsAre(MissionId("north")));
}

TEST(ByLabelTest, AReportWithoutALabelWarnsNobodyElse) {
  KeyedEvent event = Labelled("a", {MissionId("east")});
  event.label.tlp = Tlp::kUnspecified;
  EXPECT_THAT(ContentOf({event}).addressees, ElementsAre(MissionId("north")));
}

TEST(ByLabelTest, TheWarningIsNoLooserThanItsReports) {
  KeyedEvent event = Labelled("a", {MissionId("east")});
  event.label.classification = Classification::kStrictlyConfidential;
  event.label.tlp = Tlp::kRed;
  const WarningContent content = ContentOf({event});
  EXPECT_EQ(content.label.classification, Classification::kStrictlyConfidential);
  EXPECT_EQ(content.label.tlp, Tlp::kRed);
  EXPECT_EQ(ContentOf({event}, "all").label.tlp, Tlp::kAmber) << "other rules: their floor";
}

// Every two labels over three missions, against the sets written out.
TEST(ByLabelTest, OfSeveralReportsThoseToWhomAllAreReleased) {
  const std::vector<MissionId> missions = {MissionId("east"), MissionId("north"),
                                           MissionId("south")};
  const auto subset = [&](unsigned bits) {
    std::vector<MissionId> some;
    for (size_t i = 0; i < missions.size(); ++i) {
      if ((bits >> i & 1U) != 0) some.push_back(missions[i]);
    }
    return some;
  };
  constexpr unsigned kNorth = 2;  // files both
  for (unsigned a = 0; a < 8; ++a) {
    for (unsigned b = 0; b < 8; ++b) {
      EXPECT_EQ(ContentOf({Labelled("a", subset(a)), Labelled("b", subset(b))}).addressees,
                subset((a & b) | kNorth))
          << a << " " << b;
    }
  }
}

}  // namespace
}  // namespace tocsin
