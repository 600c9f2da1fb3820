#include "lib/backtest/replay.h"

#include <map>

#include <gmock/gmock.h>

#include "lib/backtest/backtest_testing.h"
#include "lib/backtest/compare.h"
#include "lib/backtest/lines.h"
#include "lib/geo/place_index.h"

namespace tocsin {
namespace {

using backtest_testing::AtHour;
using backtest_testing::Attack;
using backtest_testing::Documents;
using backtest_testing::ShippedPack;

std::vector<WarningLine> LinesOf(const std::vector<Report>& reports, ReplayOptions options = {}) {
  const auto places =
      MakeS2PlaceIndex(ShippedPack()->areas_geojson, ShippedPack()->corridors_geojson);
  EXPECT_TRUE(places.ok()) << places.status();
  WarningLines lines(**places);
  const absl::Status status =
      Replay(Documents(), *ShippedPack(), MakeHistory(reports, ShippedPack()).reports, options,
             [&](Time issued, const Warning& warning) { lines.Add(issued, warning); });
  EXPECT_TRUE(status.ok()) << status;
  return lines.Take();
}

TEST(ReplayTest, AWarningIsIssuedWhenItsLastReportIsKnown) {
  Report late = Attack("a-3", 20);
  late.event.reported = AtHour(100);
  const auto lines = LinesOf({Attack("a-1", 0), late, Attack("a-2", 10), Attack("b", 120)});
  ASSERT_EQ(lines.size(), 2U) << "one for each side of the border";
  EXPECT_EQ(lines[0].mission.str(), "monusco");
  EXPECT_EQ(lines[1].mission.str(), "unmis");
  for (const WarningLine& line : lines) {
    EXPECT_EQ(line.issued, AtHour(100));
    EXPECT_EQ(line.content.evidence.size(), 3U) << "what came later is not in it";
    EXPECT_EQ(line.content.expires, AtHour(20 + 30 * 24));
  }
}

TEST(ReplayTest, NothingThatIsKnownAfterTheEndIsRead) {
  const std::vector<Report> reports = {Attack("a-1", 0), Attack("a-2", 10), Attack("a-3", 20)};
  EXPECT_EQ(LinesOf(reports, {.until = AtHour(20)}).size(), 2U);
  EXPECT_TRUE(LinesOf(reports, {.until = AtHour(20) - Duration(1)}).empty());
}

TEST(ReplayTest, RulesInShadowAreToldOnlyIfThatIsAsked) {
  const std::string id = "civilians-at-risk";
  std::vector<Report> reports;
  for (int i = 0; i < 10; ++i) {
    Report& report = reports.emplace_back(Attack("a-" + std::to_string(i), 10 * i));
    report.event.people.killed = 20;
  }
  const auto told = [&](ShadowRules shadow) {
    const auto lines = LinesOf(reports, {.shadow = shadow});
    return std::count_if(lines.begin(), lines.end(),
                         [&](const WarningLine& line) { return line.rule.str() == id; });
  };
  EXPECT_EQ(told(ShadowRules::kToldToNobody), 0);
  EXPECT_GT(told(ShadowRules::kToldAsIfLive), 0);
}

TEST(ReplayTest, TimeThatPassesLetsWarningsExpire) {
  std::map<WarningId, std::pair<Time, MessageType>> last;
  const auto note = [&](Time issued, const Warning& warning) {
    last[warning.id] = {issued, warning.message_type};
  };
  const std::vector<Report> history =
      MakeHistory({Attack("a-1", 0), Attack("a-2", 10), Attack("a-3", 20)}, ShippedPack()).reports;
  const Time expires = AtHour(20 + 30 * 24);
  const ReplayOptions options = {.step = std::chrono::minutes(30),
                                 .until = expires + std::chrono::hours(2)};
  ASSERT_TRUE(Replay(Documents(), *ShippedPack(), history, options, note).ok());
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last.begin()->second.first, expires + std::chrono::minutes(30));
  EXPECT_EQ(last.begin()->second.second, MessageType::kExpire);
}

TEST(CompareTest, SaysEarlierLaterNewAndNoMore) {
  const auto line = [](const std::string& id, const std::string& corridor, int64_t hour) {
    WarningLine one;
    one.id = WarningId(id);
    one.rule = RuleId("r");
    one.mission = MissionId("unmis");
    one.issued = AtHour(hour);
    one.content.key = {{"corridor", corridor}};
    one.content.expires = AtHour(hour + 100);
    one.until = one.content.expires;
    return one;
  };
  const std::vector<WarningLine> here = {line("same", "a", 1), line("x", "b", 10),
                                         line("gone", "c", 1), line("late", "d", 5)};
  const std::vector<WarningLine> there = {line("same", "a", 1), line("y", "b", 4),
                                          line("fresh", "c", 300), line("late", "d", 6)};
  std::map<Difference, std::string> found;
  for (const Change& change : Compare(here, there)) {
    const WarningLine& one = change.here != nullptr ? *change.here : *change.there;
    EXPECT_TRUE(found.emplace(change.difference, one.id.str()).second);
  }
  const std::map<Difference, std::string> wanted = {{Difference::kSame, "same"},
                                                    {Difference::kEarlier, "x"},
                                                    {Difference::kLater, "late"},
                                                    {Difference::kNew, "fresh"},
                                                    {Difference::kNoMore, "gone"}};
  EXPECT_EQ(found, wanted);
}

TEST(CompareTest, AWarningThatWentOnStandsForThoseThatItTookIn) {
  const auto line = [](const std::string& id, int64_t hour, int64_t until) {
    WarningLine one;
    one.id = WarningId(id);
    one.rule = RuleId("r");
    one.issued = AtHour(hour);
    one.until = AtHour(until);
    return one;
  };
  const std::vector<WarningLine> two = {line("a", 10, 50), line("b", 100, 150)};
  const std::vector<WarningLine> one = {line("c", 5, 150)};
  const std::vector<Change> joined = Compare(two, one);
  ASSERT_EQ(joined.size(), 2U);
  EXPECT_EQ(joined[0].difference, Difference::kEarlier);
  EXPECT_EQ(joined[1].difference, Difference::kJoined);
  EXPECT_EQ(joined[1].here->id.str(), "b");
  EXPECT_EQ(joined[1].there->id.str(), "c");
  const std::vector<Change> split = Compare(one, two);
  ASSERT_EQ(split.size(), 2U);
  EXPECT_EQ(split[0].difference, Difference::kLater);
  EXPECT_EQ(split[1].difference, Difference::kSplit);
  EXPECT_EQ(split[1].there->id.str(), "b");
}

}  // namespace
}  // namespace tocsin
