#include "tocsinctl/burden.h"

#include <gtest/gtest.h>

namespace tocsin::ctl {
namespace {

const MissionId kUnamid("unamid"), kUnmis("unmis");
const Time kStart = Time(std::chrono::sys_days(std::chrono::year(2009) / 1 / 1));

WarningLine Line(const MissionId& mission, int64_t hour, Severity severity = Severity::kModerate) {
  WarningLine line;
  line.mission = mission;
  line.issued = kStart + std::chrono::hours(hour);
  line.content.severity = severity;
  return line;
}

// Reports over 100 watches of 12 hours.
BacktestResult Result(std::vector<WarningLine> lines) {
  BacktestResult result;
  result.lines = std::move(lines);
  result.reports = 2;
  result.first = kStart;
  result.last = kStart + std::chrono::hours(100 * 12 - 1);
  return result;
}

Pack Desks() {
  Pack pack;
  pack.desks[kUnamid].mission = kUnamid;
  pack.desks[kUnmis].mission = kUnmis;
  return pack;
}

TEST(Burden, WhatNineteenOfTwentyWatchesDoNotExceed) {
  std::vector<WarningLine> lines;
  // 5 watches with 4 warnings each, one more with 2: the 95th of 100 is the one with 2.
  for (int watch = 0; watch < 5; ++watch) {
    for (int i = 0; i < 4; ++i) lines.push_back(Line(kUnamid, 12 * watch + i, Severity::kExtreme));
  }
  lines.push_back(Line(kUnamid, 12 * 50));
  lines.push_back(Line(kUnamid, 12 * 50 + 11));
  const Burden burden =
      MeasureBurden(Desks(), {kUnamid, kUnmis}, Result(lines), Result({Line(kUnamid, 1)}));
  ASSERT_EQ(burden.missions.size(), 2U);
  const WatchBurden& unamid = burden.missions[0];
  EXPECT_EQ(unamid.watches, 100);
  EXPECT_EQ(unamid.warnings, 22);
  EXPECT_EQ(unamid.warnings_before, 1);
  EXPECT_EQ(unamid.high, 2);
  EXPECT_EQ(unamid.high_before, 0);
  EXPECT_EQ(unamid.most, 4);
  const std::vector<std::pair<Severity, int64_t>> severities = {{Severity::kModerate, 2},
                                                                {Severity::kExtreme, 20}};
  EXPECT_EQ(unamid.by_severity, severities);
  EXPECT_EQ(burden.missions[1].watches, 100);
  EXPECT_EQ(burden.missions[1].most, 0);
}

TEST(Burden, TheDeskSaysHowLongAWatchIs) {
  Pack pack = Desks();
  pack.desks[kUnamid].watch = std::chrono::hours(24);
  const Burden burden =
      MeasureBurden(pack, {kUnamid}, Result({Line(kUnamid, 1), Line(kUnamid, 23)}), Result({}));
  EXPECT_EQ(burden.missions[0].watches, 50);
  EXPECT_EQ(burden.missions[0].most, 2);
}

TEST(Burden, WhatComesAfterTheLastReportIsInAWatchToo) {
  const Burden burden =
      MeasureBurden(Desks(), {kUnamid}, Result({Line(kUnamid, 12 * 101)}), Result({}));
  EXPECT_EQ(burden.missions[0].watches, 102);
  EXPECT_EQ(burden.missions[0].most, 1);
}

}  // namespace
}  // namespace tocsin::ctl
