#include "lib/backtest/timeline_run.h"

#include <gmock/gmock.h>

#include "lib/backtest/backtest_testing.h"

namespace tocsin {
namespace {

using backtest_testing::AtHour;
using backtest_testing::Attack;
using backtest_testing::Documents;
using backtest_testing::ShippedPack;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TimelineRun : public ::testing::Test {
 protected:
  TimelineRun() {
    for (int64_t i = 0; i < 3; ++i) {
      RecordItem item;
      item.event = Attack(std::string("a-") + std::to_string(i), i * 10).event;
      timeline_.items.push_back(item);
    }
    expected_.line = 7;
    expected_.issued = {AtHour(20), AtHour(20)};
    expected_.key = {{"corridor", "drc-south-sudan"}};
    expected_.severity = "moderate";
    expected_.certainty = "likely";
    expected_.state = "standing";
    expected_.to = {{"monusco", "unmis"}};
    expected_.evidence = {{"a-0", "a-1", "a-2"}};
  }

  TimelineResult Run(const std::string& rule = "attacks-near-border") {
    auto result = RunTimeline(Documents(), ShippedPack(), rule, timeline_);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : TimelineResult();
  }

  Timeline timeline_;
  ExpectedWarning expected_;
};

TEST_F(TimelineRun, PassesIfWhatCameIsWhatWasExpected) {
  timeline_.expect = {expected_};
  EXPECT_TRUE(Run().passed());
}

TEST_F(TimelineRun, EachFieldIsCompared) {
  const std::vector<std::function<void(ExpectedWarning&)>> wrong = {
      [](ExpectedWarning& e) {
        e.issued = {AtHour(21), AtHour(22)};
      },
      [](ExpectedWarning& e) {
        e.issued = {AtHour(18), AtHour(19)};
      },
      [](ExpectedWarning& e) {
        e.key = {{"corridor", "chad-darfur"}};
      },
      [](ExpectedWarning& e) { e.severity = "severe"; },
      [](ExpectedWarning& e) { e.certainty = "possible"; },
      [](ExpectedWarning& e) { e.state = "expired"; },
      [](ExpectedWarning& e) { e.absence = "silent"; },
      [](ExpectedWarning& e) { e.to = {{"unmis"}}; },
      [](ExpectedWarning& e) { e.evidence = {{"a-0"}}; }};
  for (size_t i = 0; i < wrong.size(); ++i) {
    ExpectedWarning expected = expected_;
    wrong[i](expected);
    timeline_.expect = {expected};
    const TimelineResult result = Run();
    EXPECT_FALSE(result.passed()) << i;
    EXPECT_THAT(result.missing, ElementsAre(HasSubstr("line 7: issued"))) << i;
    EXPECT_THAT(result.unexpected,
                ElementsAre(HasSubstr("issued 2009-01-01T20:00:00Z, corridor=drc-south-sudan, "
                                      "moderate, likely, standing, to monusco unmis, "
                                      "evidence a-0 a-1 a-2")))
        << i;
  }
}

TEST_F(TimelineRun, WhatIsExpectedTwiceMustComeTwice) {
  timeline_.expect = {expected_, expected_};
  const TimelineResult result = Run();
  EXPECT_EQ(result.missing.size(), 1U);
  EXPECT_THAT(result.unexpected, IsEmpty());
}

TEST_F(TimelineRun, AWarningThatShouldNotComeIsAFailure) {
  EXPECT_EQ(Run().unexpected.size(), 1U);
  EXPECT_TRUE(Run("abductions-near-border").passed()) << "only the rule itself is in force";
}

TEST_F(TimelineRun, AReportThatIngestWouldRefuseIsAFailure) {
  timeline_.expect = {expected_};
  RecordItem bad;
  bad.line = 3;
  bad.event = Attack("bad", 5).event;
  bad.event.place.point = Point{123, 0};
  timeline_.items.push_back(bad);
  const TimelineResult result = Run();
  EXPECT_FALSE(result.passed());
  EXPECT_THAT(result.refused, ElementsAre(HasSubstr("line 3")));
}

TEST_F(TimelineRun, ARuleThatThePackDoesNotHaveIsNotFound) {
  const auto result = RunTimeline(Documents(), ShippedPack(), "no-such-rule", timeline_);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tocsin
