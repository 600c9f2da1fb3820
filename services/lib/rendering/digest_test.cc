#include "lib/rendering/digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/rendering/shipped_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

WarningView Found(const std::string& id, const std::string& rule, int64_t number, Severity severity,
                  MessageType type = MessageType::kAlert) {
  WarningView view;
  view.warning.id = WarningId(id);
  view.warning.number = number;
  view.warning.message_type = type;
  view.warning.found_by_backfill = true;
  view.warning.content.rule_id = RuleId(rule);
  view.warning.content.severity = severity;
  view.warning.content.status = Status::kExercise;
  return view;
}

TEST(DigestTest, CountsByRuleAndSeverityAndNamesWhatStands) {
  const Catalogue& catalogue = rendering_testing::English();
  const Gazetteer gazetteer({});
  const RenderContext context{catalogue, gazetteer, MissionId("unamid"), absl::UTCTimeZone()};
  Digest digest;
  EXPECT_TRUE(digest.empty());
  digest.Add(Found("a", "hot-route", 7, Severity::kModerate), context);
  digest.Add(Found("b", "hot-route", 8, Severity::kModerate), context);
  // The same warning again: it counts once, as it is now.
  digest.Add(Found("b", "hot-route", 8, Severity::kSevere, MessageType::kUpdate), context);
  digest.Add(Found("c", "broken-commitment", 9, Severity::kMinor, MessageType::kCancel), context);
  EXPECT_THAT(digest.Take(catalogue),
              ElementsAre("3 warnings changed because the rules did, not because of new reports:",
                          "  broken-commitment: 1 ended",
                          "  hot-route: 1 severe, 1 moderate: EXERCISE UNAMID 0007, "
                          "EXERCISE UNAMID 0008"));
  EXPECT_TRUE(digest.empty());
  for (int i = 0; i < 12; ++i) {
    digest.Add(Found("w" + std::to_string(i), "hot-route", i, Severity::kMinor), context);
  }
  const std::vector<std::string> lines = digest.Take(catalogue);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_TRUE(lines[1].ends_with("and 4 more")) << lines[1];
}

TEST(DigestTest, TakesWhatAChangeOfRulesFoundUnlessItAlerts) {
  Warning warning;
  EXPECT_FALSE(Digest::Takes(warning));
  warning.found_by_backfill = true;
  EXPECT_TRUE(Digest::Takes(warning));
  warning.alerts = true;
  EXPECT_FALSE(Digest::Takes(warning));
}

}  // namespace
}  // namespace tocsin
