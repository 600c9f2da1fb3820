#include "lib/backtest/history.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "lib/backtest/backtest_testing.h"

namespace tocsin {
namespace {

using backtest_testing::AtHour;
using backtest_testing::Attack;
using backtest_testing::ShippedPack;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Ids(const History& history) {
  std::vector<std::string> ids;
  for (const Report& report : history.reports) ids.push_back(report.event.identity.id.str());
  return ids;
}

TEST(HistoryTest, AReportCountsWhenItWasToldElseWhenItWasOver) {
  Report told = Attack("told", 1);
  told.event.reported = AtHour(50);
  Report seen = Attack("seen", 2);
  seen.event.observed.to = AtHour(26);
  const History history = MakeHistory({told, seen}, ShippedPack());
  ASSERT_THAT(Ids(history), ElementsAre("seen", "told"));
  EXPECT_EQ(history.reports[0].event.accepted, AtHour(26));
  EXPECT_EQ(history.reports[1].event.accepted, AtHour(50));
}

TEST(HistoryTest, TheDeskFillsInWhatIsMissing) {
  const History history = MakeHistory({Attack("a", 1)}, ShippedPack());
  ASSERT_EQ(history.reports.size(), 1U);
  EXPECT_EQ(history.reports[0].event.label.originator.str(), "monusco");
  EXPECT_EQ(history.reports[0].event.zone, "Africa/Kinshasa");
}

TEST(HistoryTest, ARevisionIsNeverKnownBeforeTheOneItFollows) {
  Report first = Attack("a", 1);
  first.event.observed.to = AtHour(25);
  Report second = Attack("a", 1);
  second.event.revision = 2;
  second.event.revision_kind = RevisionKind::kRegrade;
  second.event.revision_reason = "a second source";
  second.event.grading = {"A", "1"};
  second.event.reported = AtHour(20);
  const History history = MakeHistory({second, first}, ShippedPack());
  ASSERT_EQ(history.reports.size(), 2U);
  EXPECT_EQ(history.reports[1].event.accepted, AtHour(25));
  EXPECT_EQ(history.reports[1].event.grading.reliability, "A");
  EXPECT_EQ(history.reports[1].event.place.name, "west of Yambio") << "the rest is as it was";
}

TEST(HistoryTest, WhatIngestWouldRefuseIsLeftOutAndTold) {
  Report nowhere = Attack("nowhere", 1);
  nowhere.event.place.point = Point{123, 28};
  Report stranger = Attack("stranger", 1);
  stranger.event.identity.mission = MissionId("mars");
  Report orphan = Attack("orphan", 1);
  orphan.event.revision = 2;
  orphan.event.revision_kind = RevisionKind::kWithdraw;
  const History history = MakeHistory({nowhere, stranger, orphan, Attack("a", 1)}, ShippedPack());
  EXPECT_THAT(Ids(history), ElementsAre("a"));
  EXPECT_THAT(history.problems,
              ElementsAre(HasSubstr("mars"), HasSubstr("latitude"), HasSubstr("not there")));
}

TEST(HistoryTest, AnyOrderGivesTheSame) {
  Report again = Attack("a", 1);
  Report other = Attack("a", 1);
  other.event.place.name = "another text for the same revision";
  std::vector<Report> reports = {Attack("a", 1), again, other, Attack("b", 1), Attack("c", 0)};
  const auto events = [](const History& history) {
    std::vector<Event> result;
    for (const Report& report : history.reports) result.push_back(report.event);
    return result;
  };
  const History straight = MakeHistory(reports, ShippedPack());
  EXPECT_EQ(straight.repeated, 2);
  EXPECT_THAT(Ids(straight), ElementsAre("c", "a", "b"));
  std::reverse(reports.begin(), reports.end());
  EXPECT_TRUE(events(MakeHistory(reports, ShippedPack())) == events(straight));
}

TEST(HistoryTest, WhatWasFiledCountsWhenItWasAcceptedInAnyOrder) {
  const auto filed = [](const std::string& id, int32_t revision, int64_t accepted) {
    Report report = Attack(id, 1);
    report.event.reported = AtHour(2);
    report.event.revision = revision;
    report.event.accepted = AtHour(accepted);
    return report;
  };
  std::vector<Report> reports = {filed("a", 1, 5), filed("a", 2, 9), filed("b", 1, 9),
                                 filed("a", 1, 6), filed("c", 1, 3), filed("a", 1, 5)};
  reports.push_back(filed("d", 1, 1));
  reports.back().event.identity.mission = MissionId("mars");
  std::sort(reports.begin(), reports.end(),
            [](const Report& a, const Report& b) { return a.event < b.event; });
  int orders = 0;
  do {
    const History history = FiledHistory(reports, *ShippedPack());
    ASSERT_THAT(Ids(history), ElementsAre("c", "a", "a", "b"));
    EXPECT_EQ(history.reports[1].event.accepted, AtHour(5)) << "the first of a revision counts";
    EXPECT_EQ(history.reports[2].event.revision, 2);
    EXPECT_EQ(history.repeated, 2);
    EXPECT_THAT(history.problems, ElementsAre("test:d: mars d: these rules have no desk of this "
                                              "mission"));
    ++orders;
  } while (
      std::next_permutation(reports.begin(), reports.end(),
                            [](const Report& a, const Report& b) { return a.event < b.event; }));
  EXPECT_EQ(orders, 2520);
}

}  // namespace
}  // namespace tocsin
