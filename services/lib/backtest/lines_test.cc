#include "lib/backtest/lines.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lib/backtest/backtest_testing.h"

namespace tocsin {
namespace {

using backtest_testing::AtHour;

Evidence At(double latitude, double longitude, double uncertainty_m) {
  Evidence item;
  item.identity = {MissionId("unmis"), EventId("e")};
  item.point = Point{latitude, longitude};
  item.uncertainty_m = uncertainty_m;
  return item;
}

TEST(CircleTest, HoldsEveryItemWithItsUncertainty) {
  // A degree of longitude on the equator is 111.195 km on the sphere in use.
  EXPECT_EQ(CircleAround({At(0, 29, 1000), At(0, 31, 5000)}, 0), (Circle{{0, 30}, 117}));
  EXPECT_EQ(CircleAround({At(4.45, 28.35, 5000)}, 50'000), (Circle{{4.45, 28.35}, 55}));
  Evidence nowhere;
  EXPECT_EQ(CircleAround({nowhere}, 50'000), std::nullopt);
  EXPECT_EQ(CircleAround({nowhere, At(4.45, 28.35, 5000)}, 0), (Circle{{4.45, 28.35}, 5}));
}

TEST(CircleTest, WorksAcrossTheAntimeridian) {
  const auto circle = CircleAround({At(0, 179, 0), At(0, -179, 0)}, 0);
  ASSERT_TRUE(circle.has_value());
  EXPECT_EQ(circle->radius_km, 112);
}

class NoPlaces final : public PlaceIndex {
 public:
  std::vector<AreaId> AreasAt(const Point&, Time) const override { return {}; }
  std::vector<CorridorId> CorridorsAt(const Point&, Time) const override { return {}; }
  double CorridorWidthMetres(const CorridorId&) const override { return 50'000; }
  std::vector<std::string> CellsNear(const Point&, int32_t, int64_t) const override { return {}; }
};

Warning Alert(std::vector<MissionId> to) {
  Warning warning;
  warning.id = WarningId("w");
  warning.revision = 1;
  warning.message_type = MessageType::kAlert;
  warning.content.rule_id = RuleId("r");
  warning.content.rule_version = 2;
  warning.content.key = {{"corridor", "c"}};
  warning.content.addressees = std::move(to);
  warning.content.severity = Severity::kModerate;
  warning.content.certainty = Certainty::kLikely;
  warning.content.onset = AtHour(10);
  warning.content.expires = AtHour(100);
  warning.content.evidence = {At(4.45, 28.35, 5000)};
  return warning;
}

TEST(WarningLinesTest, KeepsWhatEachAddresseeWasToldFirst) {
  const NoPlaces places;
  WarningLines lines(places);
  Warning warning = Alert({MissionId("unmis")});
  lines.Add(AtHour(10), warning);
  warning.message_type = MessageType::kUpdate;
  warning.content.severity = Severity::kSevere;
  warning.content.addressees = {MissionId("monusco"), MissionId("unmis")};
  lines.Add(AtHour(20), warning);
  warning.message_type = MessageType::kCancel;
  warning.content.addressees.emplace_back("unamid");
  lines.Add(AtHour(30), warning);
  const auto taken = lines.Take();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].mission.str(), "unmis");
  EXPECT_EQ(taken[0].issued, AtHour(10));
  EXPECT_EQ(taken[0].content.severity, Severity::kModerate);
  EXPECT_EQ(taken[1].mission.str(), "monusco");
  EXPECT_EQ(taken[1].issued, AtHour(20));
  EXPECT_EQ(taken[1].content.severity, Severity::kSevere);
  EXPECT_EQ(taken[0].until, AtHour(30)) << "when it was taken back";
  EXPECT_EQ(lines.expired_when_issued(), 0);
}

TEST(WarningLinesTest, WhatHadExpiredWarnsOnlyIfItLivesAgain) {
  const NoPlaces places;
  WarningLines lines(places);
  Warning warning = Alert({MissionId("monusco"), MissionId("unmis")});
  lines.Add(AtHour(100), warning);
  EXPECT_EQ(lines.expired_when_issued(), 2);
  warning.content.addressees = {MissionId("unmis")};
  warning.content.expires = AtHour(200);
  lines.Add(AtHour(110), warning);
  EXPECT_EQ(lines.expired_when_issued(), 1);
  ASSERT_EQ(lines.Take().size(), 1U);
}

TEST(WarningLinesTest, AreWrittenAsJson) {
  const NoPlaces places;
  WarningLines lines(places);
  Warning warning = Alert({MissionId("unmis")});
  warning.content.evidence[0].actors = {ActorId("lra")};
  lines.Add(AtHour(8), warning);
  warning.id = WarningId("open");
  warning.content.expires = kNever;
  warning.content.evidence[0].point.reset();
  warning.content.absence_state = "silent";
  lines.Add(AtHour(11), warning);
  const auto taken = lines.Take();
  ASSERT_EQ(taken.size(), 2U);
  ASSERT_EQ(taken[0].outline, OutlineOf({{{4.45, 28.35}, 55'000}}));
  const std::string geometry = nlohmann::ordered_json::parse(GeoJsonOf(taken[0].outline)).dump();
  EXPECT_EQ(ToNdjson(taken[0]),
            R"({"id":"w","rule":"r","rule_version":2,"mission":"unmis",)"
            R"("issued":"2009-01-01T08:00:00Z","valid_from":"2009-01-01T10:00:00Z",)"
            R"("expires":"2009-01-05T04:00:00Z","severity":"moderate","certainty":"likely",)"
            R"("key":{"corridor":"c"},"area":{"circle":{"lat":4.45,"lon":28.35,"radius_km":55},)"
            R"("geometry":)" +
                geometry +
                R"(},"areas":[],"corridors":[],"actors":["lra"],"evidence":["unmis/e"]})");
  const std::string open = ToNdjson(taken[1]);
  EXPECT_NE(open.find(R"("valid_from":"2009-01-01T11:00:00Z","expires":null)"), std::string::npos);
  EXPECT_NE(open.find(R"("area":null)"), std::string::npos);
  EXPECT_NE(open.find(R"("absence":"silent")"), std::string::npos);
}

}  // namespace
}  // namespace tocsin
