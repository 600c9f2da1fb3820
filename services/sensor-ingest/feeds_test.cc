#include "sensor-ingest/feeds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

using ::testing::HasSubstr;

FilingDesk Desk() {
  FilingDesk desk;
  desk.mission = MissionId("unamid");
  desk.floor.tlp = Tlp::kGreen;
  desk.floor.classification = Classification::kUnclassified;
  desk.default_label = {MissionId("unamid"), Classification::kUnclassified, Tlp::kAmber, {}, {}};
  return desk;
}

TEST(Feeds, ADeclaredFeedRaisesFloorAndDefault) {
  const auto feeds =
      Feeds::Parse({{"birao-1", {{"floor", {{"classification", "confidential"}, {"tlp", "red"}}}}},
                    {"x", nullptr}});
  ASSERT_TRUE(feeds.ok()) << feeds.status();
  const auto desk = feeds->DeskOf("birao-1", Desk());
  ASSERT_TRUE(desk.ok());
  EXPECT_EQ(desk->floor.classification, Classification::kConfidential);
  EXPECT_EQ(desk->floor.tlp, Tlp::kRed);
  EXPECT_EQ(desk->default_label.tlp, Tlp::kRed);
  EXPECT_EQ(feeds->DeskOf("x", Desk())->floor.tlp, Tlp::kGreen);
  EXPECT_EQ(feeds->DeskOf("y", Desk()).status().code(), absl::StatusCode::kNotFound);
}

TEST(Feeds, NoDeclarationTakesEveryFeed) {
  const auto feeds = Feeds::Parse(nlohmann::json::object());
  EXPECT_TRUE(feeds->DeskOf("any-feed", Desk()).ok());
  EXPECT_FALSE(feeds->DeskOf("", Desk()).ok());
  EXPECT_FALSE(feeds->DeskOf("a b", Desk()).ok());
}

TEST(Feeds, ABadDeclarationIsNamed) {
  EXPECT_THAT(Feeds::Parse({{"f", {{"flor", 1}}}}).status().message(), HasSubstr("feeds.f.flor"));
  EXPECT_THAT(Feeds::Parse({{"f", {{"floor", {{"tlp", "x"}}}}}}).status().message(),
              HasSubstr("feeds.f.floor.tlp"));
  EXPECT_FALSE(Feeds::Parse({{"f", 3}}).ok());
  EXPECT_FALSE(Feeds::Parse({{"a b", nullptr}}).ok());
}

}  // namespace
}  // namespace tocsin
