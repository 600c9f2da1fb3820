#include "tocsinctl/distance_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/rendering/shipped_testing.h"

namespace tocsin::ctl {
namespace {

using rendering_testing::English;
using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// 2009-03-04 14:30Z.
constexpr Time kStart = FromMicros(int64_t{1'236'177'000} * 1'000'000);

Identity Event(const char* mission, const char* id) { return {MissionId(mission), EventId(id)}; }

Rule OfKind(const char* id, RuleKind kind) {
  Rule rule;
  rule.id = RuleId(id);
  rule.kind = kind;
  return rule;
}

TEST(DistanceWordsTest, StepsThatAreMetAndMissing) {
  Rule rule = OfKind("column-crossing-clash", RuleKind::kSequence);
  rule.sequence.ordered = true;
  rule.sequence.steps = {"column", "crossing", "clash"};
  KeyDistance distance;
  distance.measure = {"steps", 1, 3};
  distance.steps = {
      {"column", Event("unamid", "c-1"), kStart}, {"crossing", {}, {}}, {"clash", {}, {}}};
  distance.until = kStart + hours(48);
  EXPECT_THAT(DistanceWords(rule, distance, English()),
              ElementsAre("1 column or armed men seen: UNAMID c-1, 2009-03-04 14:30Z",
                          "2 border crossed: missing, counts if it happens by 2009-03-06 14:30Z",
                          "3 clash or attack: missing"));
  rule.sequence.ordered = false;
  EXPECT_THAT(DistanceWords(rule, distance, Catalogue()),
              ElementsAre("1 column: unamid c-1, 2009-03-04 14:30Z",
                          "2 crossing: missing, counts if it happens by 2009-03-06 14:30Z",
                          "3 clash: missing, counts if it happens by 2009-03-06 14:30Z"))
      << "in any order each of them; without words, codes";
}

TEST(DistanceWordsTest, SilenceAfterTheSteps) {
  Rule rule = OfKind("deployment-overdue", RuleKind::kSequence);
  rule.sequence.steps = {"pledge"};
  rule.sequence.then_no = "arrival";
  rule.sequence.then_within = hours(90 * 24);
  KeyDistance distance;
  distance.measure = {"steps", 1, 2};
  distance.steps = {{"pledge", Event("unamid", "p"), kStart}};
  distance.until = kStart + hours(90 * 24);
  EXPECT_THAT(DistanceWords(rule, distance, English()),
              ElementsAre("1 deployment pledged: UNAMID p, 2009-03-04 14:30Z",
                          "then not: arrival of a deployment, awaited until 2009-06-02 14:30Z"));
  distance.measure.value = 2;
  distance.until.reset();
  EXPECT_EQ(DistanceWords(rule, distance, English())[1],
            "then not: arrival of a deployment, did not come in time");
  rule.sequence.steps = {"pledge", "other"};
  distance.steps.push_back({"other", {}, {}});
  distance.measure = {"steps", 1, 3};
  distance.until = kStart + hours(1);
  EXPECT_EQ(DistanceWords(rule, distance, English())[2],
            "then not: arrival of a deployment, for 90 days");
}

TEST(DistanceWordsTest, WhatEitherSideDeclares) {
  Rule rule = OfKind("phase-divergence", RuleKind::kDivergence);
  rule.divergence = {.field = "level", .sides = "area"};
  KeyDistance distance;
  distance.measure = {"disagreement_s", 86'400, 3 * 86'400};
  distance.sides = {
      {"minurcat", "IV", Event("minurcat", "p-1"), kStart, kStart + hours(90 * 24)},
      {"unamid", "III", Event("unamid", "p-2"), kStart + hours(1), kStart + hours(91 * 24)}};
  EXPECT_EQ(DistanceWords(rule, distance, English()).back(), "they do not disagree");
  distance.since = kStart + hours(1);
  distance.until = kStart + hours(73);
  EXPECT_THAT(
      DistanceWords(rule, distance, English()),
      ElementsAre("eastern Chad and north-eastern CAR: phase IV, MINURCAT p-1, since 2009-03-04 "
                  "14:30Z, taken to stand until 2009-06-02 14:30Z",
                  "Darfur: phase III, UNAMID p-2, since 2009-03-04 15:30Z, taken to stand until "
                  "2009-06-03 14:30Z",
                  "they disagree since 2009-03-04 15:30Z, which warns if it lasts beyond "
                  "2009-03-07 15:30Z"));
  distance.measure.value = 4 * 86'400;
  EXPECT_EQ(DistanceWords(rule, distance, English()).back(),
            "they disagree since 2009-03-04 15:30Z");
}

TEST(DistanceWordsTest, WhatAMovementLacks) {
  Rule rule = OfKind("armed-group-heading", RuleKind::kMovement);
  rule.movement.ahead = hours(72);
  KeyDistance distance;
  distance.measure = {"sightings", 1, 3};
  distance.until = kStart;
  const auto missing = [&](const char* code) {
    distance.missing = {code};
    return DistanceWords(rule, distance, English());
  };
  EXPECT_THAT(missing("sightings"),
              ElementsAre("2 more of the sightings that are needed",
                          "the next sighting counts if it is by 2009-03-04 14:30Z"));
  EXPECT_EQ(missing("times")[0], "all sightings are of one time");
  distance.course = Course{4'200, 500, 41, 6};
  EXPECT_THAT(missing("speed"),
              ElementsAre("heading north-east (041° ± 6°), 4.2 km/h (± 0.5 km/h)",
                          "it may as well stand still: the speed is not more than twice its error",
                          "the next sighting counts if it is by 2009-03-04 14:30Z"));
  EXPECT_EQ(missing("area")[1], "no other area lies within 3 days on its course");
  distance.missing.clear();
  distance.ahead = {AreaId("unamid"), AreaId("unmis")};
  EXPECT_EQ(DistanceWords(rule, distance, English())[1],
            "ahead: Darfur and southern Sudan and the rest of Sudan");
}

TEST(DistanceWordsTest, WhenTheOthersEnd) {
  KeyDistance distance;
  distance.until = kStart;
  distance.past = 3;
  distance.past_least = 5;
  EXPECT_THAT(DistanceWords(OfKind("r", RuleKind::kSurge), distance, English()),
              ElementsAre("the bucket ends 2009-03-04 14:30Z"));
  distance.missing = {"past"};
  EXPECT_EQ(DistanceWords(OfKind("r", RuleKind::kSurge), distance, English())[0],
            "nothing is expected yet: its past has 3 buckets and needs 5");
  EXPECT_THAT(DistanceWords(OfKind("r", RuleKind::kAbsence), distance, English()),
              ElementsAre("the next one is due by 2009-03-04 14:30Z"));
  EXPECT_THAT(DistanceWords(OfKind("r", RuleKind::kEventCount), distance, English()),
              ElementsAre("the window ends 2009-03-04 14:30Z"));
  distance.until.reset();
  EXPECT_THAT(DistanceWords(OfKind("r", RuleKind::kEventCount), distance, English()), IsEmpty());
  EXPECT_THAT(DistanceWords(OfKind("r", RuleKind::kNear), distance, English()), IsEmpty());
}

}  // namespace
}  // namespace tocsin::ctl
