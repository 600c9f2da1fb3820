#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/rules/keys.h"
#include "lib/rules/pack_testing.h"
#include "lib/rules/parse.h"
#include "lib/rules/stages.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kRule[] = R"(id: both
version: 1
title: {en: Both}
why: Because.
kind: composite
group_by: [corridor]
selections:
  silence: {rules: [silent]}
  attack: {rules: [attacks, sieges], min_severity: severe}
condition:
  within: 14d
  all_of: [silence, attack]
  severity: extreme
address: other_side
urgency: future
response: assess
label: {classification: unclassified, tlp: amber}
)";

std::string Refusal(const std::vector<std::pair<std::string, std::string>>& changes) {
  const std::string text = absl::StrReplaceAll(kRule, changes);
  EXPECT_NE(text, kRule);
  const auto rule = ParseRule("rule/both", text, TestPack());
  EXPECT_FALSE(rule.ok());
  return std::string(rule.status().message());
}

TEST(ConditionCompositeTest, ReadsEveryPart) {
  const auto rule = ParseRule("rule/both", kRule, TestPack());
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_EQ(rule->kind, RuleKind::kComposite);
  EXPECT_EQ(rule->KeySpec(), "@corridor");
  EXPECT_EQ(rule->window, std::chrono::days(14));
  EXPECT_EQ(rule->lifetime, std::chrono::days(14));
  EXPECT_EQ(rule->severity, Severity::kExtreme);
  EXPECT_THAT(rule->all_of, ElementsAre("silence", "attack"));
  ASSERT_EQ(rule->selections.size(), 2u);
  EXPECT_THAT(rule->selections[1].rules, ElementsAre(RuleId("attacks"), RuleId("sieges")));
  EXPECT_EQ(rule->selections[1].min_severity, Severity::kSevere);
  EXPECT_FALSE(rule->WaitsForTime());
}

TEST(ConditionCompositeTest, RefusesWhatMeansNothing) {
  EXPECT_THAT(Refusal({{"{rules: [silent]}", "{types: [security.attack]}"}}),
              HasSubstr("selections.silence.rules: selects nothing"));
  EXPECT_THAT(Refusal({{"{rules: [silent]}", "{rules: [silent], natures: [observed]}"}}),
              HasSubstr("selections.silence.natures"));
  EXPECT_THAT(Refusal({{"[silent]", "[Silent]"}}), HasSubstr("'Silent' is not the id of a rule"));
  EXPECT_THAT(Refusal({{"min_severity: severe", "min_severity: bad"}}), HasSubstr("'bad'"));
  EXPECT_EQ(Refusal({{"[corridor]", "[feed]"}}),
            "rule/both:6:12: group_by: 'feed' is not actor, area, corridor or mission; "
            "known: actor, area, corridor, mission");
  EXPECT_THAT(Refusal({{"[silence, attack]", "[silence]"}}),
              HasSubstr("condition.all_of: must name"));
  EXPECT_THAT(Refusal({{"[silence, attack]", "[silence, clash]"}}),
              HasSubstr("'clash' is not a selection"));
  EXPECT_THAT(Refusal({{"  within: 14d\n", ""}}), HasSubstr("condition.within: is missing"));
  EXPECT_THAT(Refusal({{"  severity: extreme\n", ""}}),
              HasSubstr("condition.severity: is missing"));
}

// Warnings never hold time back, so nothing that waits may select them, nor any other kind.
TEST(ConditionCompositeTest, NoOtherKindSelectsWarnings) {
  constexpr char kOther[] = R"(id: other
version: 1
title: {en: Other}
why: Because.
kind: KIND
group_by: [corridor]
selections:
  one: {types: [phase.declared], natures: [declared]}
  attack: {rules: [attacks]}
condition: CONDITION
address: all
urgency: future
response: assess
label: {classification: unclassified, tlp: amber}
)";
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"absence", "{every: 3h, severity: minor}"},
      {"temporal",
       "{steps: [one], within: 3d, then_no: {selection: attack, within: 1d}, severity: minor}"},
      {"temporal_ordered", "{steps: [one, attack], within: 3d, severity: minor}"},
      {"temporal", "{steps: [one, attack], until: [attack], within: 3d, severity: minor}"},
      {"divergence",
       "{field: level, sides: area, longer_than: 3d, stands: 90d, severities: {minor: 2}}"},
      {"event_count", "{window: 3d, severities: {minor: 1}}"}};
  for (const auto& [kind, condition] : kinds) {
    const auto rule = ParseRule(
        "rule/other", absl::StrReplaceAll(kOther, {{"KIND", kind}, {"CONDITION", condition}}),
        TestPack());
    EXPECT_THAT(std::string(rule.status().message()),
                HasSubstr("rule/other:9:19: selections.attack.rules: only a composite selects "
                          "warnings"))
        << kind;
  }
}

Document RuleOf(const std::string& id, const std::string& text) {
  return {"rule", id, 1, "id: " + id + "\nversion: 1\ntitle: {en: T}\nwhy: W\n" + text + R"(
address: all
urgency: future
response: assess
label: {classification: unclassified, tlp: amber}
)",
          ""};
}
Document Attacks(const std::string& id, const std::string& state = "live") {
  return RuleOf(id, "state: " + state +
                        "\nkind: event_count\ngroup_by: [corridor]\nselections: {a: {types: "
                        "[security.attack]}}\ncondition: {window: 1d, severities: {minor: 1}}");
}
Document Composite(const std::string& id, const std::string& a, const std::string& b,
                   const std::string& state = "live") {
  return RuleOf(id, "state: " + state + "\nkind: composite\ngroup_by: [corridor]\nselections:\n" +
                        "  a: {rules: [" + a + "]}\n  b: {rules: [" + b +
                        "]}\ncondition: {within: 1d, all_of: [a, b], severity: minor}");
}
std::vector<std::string> ProblemsOf(const std::vector<Document>& rules) {
  std::vector<Document> documents = TestRegisters();
  documents.insert(documents.end(), rules.begin(), rules.end());
  std::vector<std::string> texts;
  for (const Problem& problem : JudgePack(documents, TestMissions()).problems) {
    if (!problem.doubt) texts.push_back(problem.Text());
  }
  return texts;
}

TEST(StagesTest, OneMoreThanWhatIsSelected) {
  std::vector<Document> documents = TestRegisters();
  for (const Document& rule : {Composite("a-top", "middle", "attacks"), Attacks("attacks"),
                               Composite("middle", "attacks", "raids"), Attacks("raids")}) {
    documents.push_back(rule);
  }
  const auto pack = ParsePack(documents, TestMissions());
  ASSERT_TRUE(pack.ok()) << pack.status();
  std::vector<std::pair<std::string, int>> stages;
  for (const Rule& rule : pack->rules) stages.emplace_back(rule.id.str(), rule.stage);
  EXPECT_THAT(stages, ElementsAre(std::pair("a-top", 2), std::pair("attacks", 0),
                                  std::pair("middle", 1), std::pair("raids", 0)));
  EXPECT_THAT(WithWhatItSelects(pack->rules, RuleId("middle")),
              ElementsAre(RuleId("attacks"), RuleId("middle"), RuleId("raids")));
}

TEST(StagesTest, RefusesLoopsStrangersAndShadows) {
  EXPECT_THAT(ProblemsOf({Composite("one", "attacks", "two"), Composite("two", "three", "attacks"),
                          Composite("three", "one", "attacks"), Attacks("attacks")}),
              ElementsAre("rule/one:10:15: selections.b.rules: is a loop: one selects two, which "
                          "selects three, which selects one",
                          "rule/two:9:15: selections.a.rules: is a loop: two selects three, which "
                          "selects one, which selects two",
                          "rule/three:9:15: selections.a.rules: is a loop: three selects one, "
                          "which selects two, which selects three"));
  EXPECT_THAT(ProblemsOf({Composite("one", "one", "attacks"), Attacks("attacks")}),
              ElementsAre(HasSubstr("selections.a.rules: is a loop: one selects one")));
  EXPECT_THAT(ProblemsOf({Composite("one", "atacks", "attacks"), Attacks("attacks")}),
              ElementsAre(HasSubstr("selections.a.rules: the pack has no rule 'atacks'")));
  EXPECT_THAT(ProblemsOf({Composite("one", "raids", "attacks"), Attacks("attacks"),
                          Attacks("raids", "shadow")}),
              ElementsAre(HasSubstr("'raids' is in shadow: only a rule in shadow may select it")));
  EXPECT_THAT(ProblemsOf({Composite("one", "raids", "attacks", "shadow"), Attacks("attacks"),
                          Attacks("raids", "shadow")}),
              IsEmpty());
}

TEST(StagesTest, NoTypeIsAWarningsAndNoWarningAnEvents) {
  std::vector<Document> documents = TestRegisters();
  for (Document& document : documents) {
    if (document.kind == "types") {
      document.text += "  warning.attacks: {stream: both, lateness: 1d, title: {en: W}}\n";
    }
  }
  EXPECT_THAT(std::string(ParsePack(documents, TestMissions()).status().message()),
              HasSubstr("types.warning.attacks: begins with warning."));
}

TEST(StagesTest, KeysOfWarningsLieApart) {
  const auto composite = ParseRule("r", kRule, TestPack());
  ASSERT_TRUE(composite.ok());
  KeyedEvent event;
  event.identity = IdentityOf(WarningId("w"));
  event.status = Status::kActual;
  event.type = "warning.attacks";
  event.nature = Nature::kObserved;
  event.corridors = {CorridorId("north-south")};
  EXPECT_THAT(KeysOf(*composite, event), IsEmpty()) << "no warning";
  event.warning.emplace().rule = RuleId("attacks");
  event.warning->severity = Severity::kModerate;
  EXPECT_THAT(KeysOf(*composite, event), IsEmpty()) << "not severe";
  event.warning->severity = Severity::kSevere;
  const std::vector<CorrelationKey> keys = KeysOf(*composite, event);
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].spec, "@corridor");
  const auto parts = ParseKey(keys[0]);
  ASSERT_TRUE(parts.ok());
  EXPECT_THAT(parts->fields, ElementsAre(std::pair("corridor", "north-south")));
}

TEST(ConditionCompositeTest, DoesNotAddressByLabel) {
  EXPECT_THAT(Refusal({{"address: other_side", "address: releasable_to"}}),
              HasSubstr("address: releasable_to is not for kind composite"));
}

}  // namespace
}  // namespace tocsin
