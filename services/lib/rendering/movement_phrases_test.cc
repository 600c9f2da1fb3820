#include "lib/rendering/movement_phrases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/rendering/render_warning.h"
#include "lib/rendering/shipped_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The shipped words and, since a headline belongs to a rule, one of a rule of this test.
const Catalogue& English() {
  static const Catalogue catalogue = [] {
    std::string words = rendering_testing::TextOf("rules/catalogue/en.yaml");
    const std::string rules = "\nrules:\n";
    words.insert(words.find(rules) + rules.size(),
                 "  test-column:\n    headline: \"{actor} bound for {area}, {heading}, {speed}: "
                 "{arrivals}\"\n");
    return Catalogue::Parse(words).value();
  }();
  return catalogue;
}

// 2009-03-04 14:30Z.
constexpr Time kLastSeen = FromMicros(int64_t{1'236'177'000} * 1'000'000);

WarningContent Column() {
  WarningContent content;
  content.status = Status::kActual;
  content.rule_id = RuleId("test-column");
  content.rule_version = 1;
  content.key = {{"actor", "lra"}};
  content.severity = Severity::kSevere;
  content.certainty = Certainty::kLikely;
  content.episode = {kLastSeen - std::chrono::hours(9), kLastSeen};
  content.onset = kLastSeen;
  content.areas = {AreaId("monusco"), AreaId("unamid")};
  content.measures = {{"speed_m_per_h", 4'249, 0},
                      {"speed_error_m_per_h", 512, 0},
                      {"heading_deg", 41, 0},
                      {"heading_error_deg", 7, 0},
                      {"eta_first_s:monusco", 0, 0},
                      {"eta_last_s:monusco", 3'600, 0},
                      {"eta_first_s:unamid", 11'940, 0},
                      {"eta_last_s:unamid", 86'460, 0}};
  return content;
}

TEST(MovementPhrasesTest, HeadingSpeedAndTimes) {
  const auto phrases = MovementPhrasesOf(Column(), English());
  ASSERT_TRUE(phrases.has_value());
  EXPECT_EQ(phrases->heading, "north-east (041° ± 7°)");
  EXPECT_EQ(phrases->speed, "4.2 km/h (± 0.5 km/h)");
  EXPECT_THAT(phrases->arrivals, ElementsAre("DR Congo in 0 to 1 hour from the last sighting "
                                             "(2009-03-04 14:30Z to 2009-03-04 15:30Z)",
                                             "Darfur in 3 to 25 hours from the last sighting "
                                             "(2009-03-04 17:49Z to 2009-03-05 14:31Z)"));
}

TEST(MovementPhrasesTest, EveryCompassPoint) {
  WarningContent content = Column();
  const auto heading = [&](int64_t degrees) {
    content.measures[2].value = degrees;
    return MovementPhrasesOf(content, English())->heading;
  };
  EXPECT_THAT(heading(0), StartsWith("north (000°"));
  EXPECT_THAT(heading(22), StartsWith("north (022°"));
  EXPECT_THAT(heading(23), StartsWith("north-east (023°"));
  EXPECT_THAT(heading(180), StartsWith("south (180°"));
  EXPECT_THAT(heading(292), StartsWith("west (292°"));
  EXPECT_THAT(heading(337), StartsWith("north-west (337°"));
  EXPECT_THAT(heading(338), StartsWith("north (338°"));
  EXPECT_THAT(heading(-1'000'000'000'000), StartsWith("east (080°"));
}

TEST(MovementPhrasesTest, OtherWarningsHaveNone) {
  WarningContent content = Column();
  content.measures = {{"incidents", 3, 3}};
  EXPECT_EQ(MovementPhrasesOf(content, English()), std::nullopt);
  content.measures.clear();
  EXPECT_EQ(MovementPhrasesOf(content, English()), std::nullopt);
}

TEST(MovementPhrasesTest, TheWarningSaysThem) {
  WarningView view;
  view.warning.message_type = MessageType::kAlert;
  view.warning.number = 9;
  view.warning.content = Column();
  const Gazetteer nowhere({});
  const RenderContext context{English(), nowhere, MissionId("unamid"),
                              absl::FixedTimeZone(3 * 3600)};
  const std::vector<std::string> lines = RenderWarning(view, context);
  EXPECT_THAT(
      lines[0],
      StartsWith("UNAMID 0009, severe: Lord's Resistance Army (LRA) bound for DR Congo and "
                 "Darfur, north-east (041° ± 7°), 4.2 km/h (± 0.5 km/h): DR Congo in 0 to 1 "
                 "hour from the last sighting (2009-03-04 14:30Z to 2009-03-04 15:30Z) and "
                 "Darfur in 3 to 25 hours from the last sighting (2009-03-04 17:49Z to "
                 "2009-03-05 14:31Z); likely; since 2009-03-04 14:30Z"));
  EXPECT_EQ(
      lines[1],
      "  Basis: heading north-east (041° ± 7°); 4.2 km/h (± 0.5 km/h); DR Congo in 0 to 1 hour "
      "from the last sighting (2009-03-04 14:30Z to 2009-03-04 15:30Z); Darfur in 3 to 25 "
      "hours from the last sighting (2009-03-04 17:49Z to 2009-03-05 14:31Z); rule "
      "test-column, version 1");
  view.warning.content.measures = {{"incidents", 3, 3}};
  EXPECT_THAT(Headline(view, context), HasSubstr("DR Congo and Darfur, , : "));
}

}  // namespace
}  // namespace tocsin
