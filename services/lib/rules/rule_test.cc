// What a rule's document is refused for, each with line, column, key and reason.
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/rules/pack_testing.h"
#include "lib/rules/parse.h"

namespace tocsin {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kRule[] = R"(id: attacks
version: 2
title: {en: Attacks}
why: Because.
kind: event_count
group_by: [corridor]
selections:
  attack:
    types: [security.*]
condition:
  window: 30d
  severities: {moderate: 3, severe: 5}
address: other_side
urgency: expected
response: prepare
label: {classification: unclassified, tlp: amber}
)";

std::string With(const char* from, const char* to) {
  std::string text = absl::StrReplaceAll(kRule, {{from, to}});
  EXPECT_NE(text, kRule) << "nothing replaced: " << from;
  return text;
}

std::string Refusal(const std::string& text) {
  const auto rule = ParseRule("rule/attacks", text, TestPack());
  EXPECT_FALSE(rule.ok());
  EXPECT_EQ(rule.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(rule.status().message());
}

TEST(RuleTest, ReadsEveryPart) {
  const auto rule = ParseRule("rule/attacks", With("[security.*]", R"([security.attack]
    natures: [observed, expected]
    missions: [north]
    actor_classes: [armed_group]
    actor_roles: [perpetrator]
    where: {weapon: rifle}
    min: {killed: 1})"),
                              TestPack());
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_EQ(rule->id.str(), "attacks");
  EXPECT_EQ(rule->version, 2);
  EXPECT_EQ(rule->KeySpec(), "corridor");
  EXPECT_EQ(rule->window, std::chrono::hours(720));
  EXPECT_EQ(rule->lifetime, rule->window);
  EXPECT_EQ(rule->severities,
            (std::map<Severity, int64_t>{{Severity::kModerate, 3}, {Severity::kSevere, 5}}));
  const Selection& selection = rule->selections.at(0);
  EXPECT_EQ(selection.natures, (std::vector<Nature>{Nature::kObserved, Nature::kExpected}));
  EXPECT_EQ(selection.missions, std::vector<MissionId>{MissionId("north")});
  EXPECT_EQ(selection.where, (Attributes{{"weapon", "rifle"}}));
  EXPECT_EQ(selection.min.killed, 1);
  EXPECT_EQ(selection.min.injured, std::nullopt);
  EXPECT_EQ(rule->label.tlp, Tlp::kAmber);
}

TEST(RuleTest, ReadsMilliseconds) {
  const auto rule = ParseRule("r", With("window: 30d", "window: 1500ms"), TestPack());
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_EQ(rule->window, std::chrono::milliseconds(1500));
  EXPECT_THAT(Refusal(With("window: 30d", "window: ms")), HasSubstr("'ms' must be"));
  EXPECT_THAT(Refusal(With("window: 30d", "window: 0ms")), HasSubstr("more than nothing"));
  EXPECT_THAT(Refusal(With("window: 30d", "window: 316224000001ms")), HasSubstr("ten years"));
  EXPECT_TRUE(ParseRule("r", With("window: 30d", "window: 316224000000ms"), TestPack()).ok());
}

TEST(RuleTest, ReadsWhatIsDistinctBesideTheCount) {
  const auto distinct = [](const char* map) {
    return With("window: 30d", absl::StrCat("window: 30d\n  distinct: ", map).c_str());
  };
  const auto rule = ParseRule("r", distinct("{mission: 2, origin: 3}"), TestPack());
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_EQ(rule->distinct, (std::map<std::string, int64_t>{{"mission", 2}, {"origin", 3}}));
  EXPECT_THAT(Refusal(distinct("{mission: 1}")), HasSubstr("distinct.mission: must be a whole"));
  EXPECT_THAT(Refusal(distinct("{hope: 2}")), HasSubstr("condition.distinct"));
  EXPECT_THAT(Refusal(distinct("{}")), HasSubstr("needs one field at least"));
}

TEST(RuleTest, SaysWhereAndWhy) {
  EXPECT_EQ(Refusal(With("window: 30d", "window: -3d")),
            "rule/attacks:11:11: condition.window: '-3d' must be more than nothing, a whole number "
            "with ms, s, m, h or d, at most ten years");
  EXPECT_EQ(Refusal(With("why: Because.", "whyy: Because.")), "rule/attacks:1:1: why: is missing");
  EXPECT_THAT(Refusal(With("urgency", "note: x\nurgency")),
              StartsWith("rule/attacks:14:1: note: is not a known key; known: address, "));
}

TEST(RuleTest, RefusesWhatMeansNothing) {
  EXPECT_THAT(Refusal(With("id: attacks", "id: Attacks 1")), HasSubstr("1:5: id: must be"));
  EXPECT_THAT(Refusal(With("version: 2", "version: 0")), HasSubstr("2:10: version"));
  EXPECT_THAT(Refusal(With("version: 2", "version: '2'")), HasSubstr("whole number"));
  EXPECT_THAT(Refusal(With("version: 2", "version: 2\nversion: 3")), HasSubstr("is there twice"));
  EXPECT_THAT(Refusal(With("kind: event_count", "kind: count")),
              HasSubstr("kind: 'count' is not one of"));
  EXPECT_THAT(Refusal(With("[corridor]", "[]")), HasSubstr("needs one field"));
  EXPECT_THAT(Refusal(With("[corridor]", "corridor")), HasSubstr("must be a list"));
  EXPECT_THAT(Refusal(With("[corridor]", "[corridor, corridor]")), HasSubstr("is there twice"));
  EXPECT_THAT(Refusal(With("[corridor]", "[river]")), HasSubstr("'river' is not"));
  EXPECT_THAT(Refusal(With("[security.*]", "[]")), HasSubstr("selects nothing"));
  EXPECT_THAT(Refusal(With("[security.*]", "[warning.raised]")), HasSubstr("selects no type"));
  EXPECT_THAT(Refusal(With("[security.*]", "[security.*]\n    missions: [nowhere]")),
              HasSubstr("'nowhere' is not a desk"));
  EXPECT_THAT(Refusal(With("[security.*]", "[security.*]\n    where: {colour: red}")),
              HasSubstr("no selected type has the attribute colour"));
  EXPECT_THAT(Refusal(With("[security.*]", "[phase.declared]\n    where: {level: IX}")),
              HasSubstr("no selected type allows 'IX'"));
  EXPECT_THAT(Refusal(With("[security.*]", "[security.*]\n    min: {killed: -1}")),
              HasSubstr("whole number from 0"));
  EXPECT_THAT(Refusal(With("window: 30d", "window: 0s")), HasSubstr("more than nothing"));
  EXPECT_THAT(Refusal(With("window: 30d", "window: 99999999999999999999d")), HasSubstr("window"));
  EXPECT_THAT(Refusal(With("window: 30d", "every: 30d")),
              HasSubstr("condition.window: is missing"));
  EXPECT_THAT(Refusal(With("moderate: 3, severe: 5", "moderate: 5, severe: 5")),
              HasSubstr("greater count"));
  EXPECT_THAT(Refusal(With("moderate: 3, severe: 5", "grave: 5")), HasSubstr("is not minor"));
  EXPECT_THAT(Refusal(With("moderate: 3, severe: 5", "moderate: .nan")), HasSubstr("whole number"));
  EXPECT_THAT(Refusal(With("address: other_side", "address: [other_side, mars]")),
              HasSubstr("'mars' is neither"));
  EXPECT_THAT(Refusal(With("[corridor]", "[area]")), HasSubstr("other_side needs"));
  EXPECT_THAT(Refusal(With("tlp: amber", "tlp: pink")), HasSubstr("label.tlp: 'pink'"));
  EXPECT_THAT(Refusal(With("response: prepare", "response: [prepare]")), HasSubstr("must be text"));
}

TEST(RuleTest, RefusesBadConditionsOfOtherKinds) {
  const std::string near = absl::StrReplaceAll(
      kRule, {{"event_count", "near"},
              {"  window: 30d\n  severities: {moderate: 3, severe: 5}",
               "  within: 1d\n  radius_km: 40\n  all_of: [attack, other]\n  severity: severe"},
              {"[security.*]", "[security.*]\n  other:\n    types: [feed.heartbeat]"}});
  EXPECT_TRUE(ParseRule("r", near, TestPack()).ok()) << ParseRule("r", near, TestPack()).status();
  const auto refusal = [&](const char* from, const char* to) {
    return Refusal(absl::StrReplaceAll(near, {{from, to}}));
  };
  EXPECT_THAT(refusal("radius_km: 40", "radius_km: .nan"), HasSubstr("finite number"));
  EXPECT_THAT(refusal("radius_km: 40", "radius_km: -1"), HasSubstr("radius_km: must be from"));
  EXPECT_THAT(refusal("[attack, other]", "[attack, unheard]"), HasSubstr("is not a selection"));
  EXPECT_THAT(refusal("[attack, other]", "[attack]"), HasSubstr("from 2 to 4"));

  const std::string absence =
      absl::StrReplaceAll(kRule, {{"event_count", "absence"},
                                  {"  window: 30d\n  severities: {moderate: 3, severe: 5}",
                                   "  every: 1h\n  severity: minor"}});
  EXPECT_TRUE(ParseRule("r", absence, TestPack()).ok());
  EXPECT_THAT(
      Refusal(absl::StrReplaceAll(
          absence, {{"[security.*]", "[security.*]\n  other:\n    types: [feed.heartbeat]"}})),
      HasSubstr("one selection"));

  const std::string values = absl::StrReplaceAll(
      kRule, {{"event_count", "value_count"}, {"  window: 30d", "  field: weapon\n  window: 30d"}});
  EXPECT_TRUE(ParseRule("r", values, TestPack()).ok());
  EXPECT_THAT(Refusal(absl::StrReplaceAll(values, {{"field: weapon", "field: colour"}})),
              HasSubstr("no selected type has the attribute colour"));
}

TEST(RuleTest, ReadsTumblingWindows) {
  const auto rule =
      ParseRule("r", With("window: 30d", "window: 30d\n  tumbling: true"), TestPack());
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_TRUE(rule->tumbling);
  EXPECT_FALSE(ParseRule("r", kRule, TestPack())->tumbling);
  EXPECT_FALSE(
      ParseRule("r", With("window: 30d", "window: 30d\n  tumbling: false"), TestPack())->tumbling);
  for (const char* word : {"yes", "'true'", "1", "[true]"}) {
    const std::string text = std::string("window: 30d\n  tumbling: ") + word;
    EXPECT_THAT(Refusal(With("window: 30d", text.c_str())),
                HasSubstr("condition.tumbling: must be true or false"));
  }
}

TEST(RuleTest, ReadsAndRefusesSurges) {
  const std::string surge =
      absl::StrReplaceAll(kRule, {{"event_count", "surge"},
                                  {"  window: 30d\n  severities: {moderate: 3, severe: 5}",
                                   "  bucket: 6h\n  baseline: 14d\n  half_life: 7d\n  least: 3\n"
                                   "  false_alarms: 0.001\n  severity: moderate"}});
  const auto rule = ParseRule("r", surge, TestPack());
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_EQ(rule->kind, RuleKind::kSurge);
  EXPECT_EQ(rule->window, std::chrono::hours(6));
  EXPECT_EQ(rule->reach, std::chrono::hours(14 * 24 + 2 * 6));
  EXPECT_EQ(rule->surge.baseline, std::chrono::hours(14 * 24));
  EXPECT_EQ(rule->surge.half_life, std::chrono::hours(7 * 24));
  EXPECT_EQ(rule->surge.least_count, 3);
  EXPECT_EQ(rule->surge.false_alarms_ppm, 1'000);
  EXPECT_EQ(rule->severity, Severity::kModerate);
  const auto refusal = [&](const char* from, const char* to) {
    const std::string text = absl::StrReplaceAll(surge, {{from, to}});
    EXPECT_NE(text, surge);
    return Refusal(text);
  };
  const char* const kBaseline = "condition.baseline: must be from 20 to 1000 whole buckets";
  EXPECT_THAT(refusal("baseline: 14d", "baseline: 337h"), HasSubstr(kBaseline));
  EXPECT_THAT(refusal("baseline: 14d", "baseline: 114h"), HasSubstr(kBaseline));
  EXPECT_THAT(refusal("baseline: 14d", "baseline: 6006h"), HasSubstr(kBaseline));
  EXPECT_THAT(refusal("bucket: 6h", "bucket: 0s"), HasSubstr("condition.bucket"));
  EXPECT_THAT(refusal("half_life: 7d", "half_life: 23h"),
              HasSubstr("half_life: must be 4 buckets"));
  EXPECT_THAT(refusal("least: 3", "least: 0"), HasSubstr("least: must be a whole number from 1"));
  for (const char* rate : {"0", "-0.1", "0.2", "0.0000001", "0.0000015", ".nan"}) {
    EXPECT_THAT(refusal("false_alarms: 0.001", (std::string("false_alarms: ") + rate).c_str()),
                HasSubstr("condition.false_alarms: must be"));
  }
  EXPECT_TRUE(ParseRule("r", absl::StrReplaceAll(surge, {{"0.001", "0.1"}}), TestPack()).ok());
  EXPECT_TRUE(ParseRule("r", absl::StrReplaceAll(surge, {{"0.001", "0.000001"}}), TestPack()).ok());
  EXPECT_THAT(refusal("  severity: moderate", "  severity: grave"), HasSubstr("severity"));
}

TEST(RuleTest, RefusesWhatIsNoDocument) {
  EXPECT_THAT(Refusal(""), HasSubstr("one YAML document"));
  EXPECT_THAT(Refusal("- a\n- b\n"), HasSubstr("one YAML document"));
  EXPECT_THAT(Refusal("a: 1\n---\nb: 2\n"), HasSubstr("one YAML document"));
  EXPECT_THAT(Refusal("a: [1, 2\nb: }"), HasSubstr("is not YAML"));
  EXPECT_THAT(Refusal("a: \xff\xfe"), HasSubstr("not UTF-8"));
  EXPECT_THAT(Refusal(std::string(kMostRuleBytes + 1, '#')), HasSubstr("bytes long"));
  Refusal("a: " + std::string(30000, '['));
  Refusal("a: " + std::string(30000, '{'));
  Refusal("a: &x [*x, *x]\n");
  Refusal("? [a, b]\n: c\n");
  Refusal("a: *nowhere\n");
}

}  // namespace
}  // namespace tocsin
