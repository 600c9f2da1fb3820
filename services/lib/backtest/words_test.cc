// What each shipped rule says: its timelines through the room, its warnings in the words of the
// shipped catalogue.
#include "lib/rules/words.h"

#include <algorithm>

#include <absl/strings/str_join.h>
#include <gmock/gmock.h>

#include "lib/backtest/backtest_testing.h"
#include "lib/backtest/replay.h"
#include "lib/importing/timelines.h"
#include "lib/rendering/render_warning.h"
#include "lib/rendering/rule_phrases.h"
#include "lib/rendering/shipped_testing.h"
#include "lib/rules/stages.h"

namespace tocsin {
namespace {

using backtest_testing::Documents;
using backtest_testing::ShippedPack;
using rendering_testing::English;
using rendering_testing::TextOf;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const Gazetteer& Places() {
  static const Gazetteer places({{"Yambio", {4.5721, 28.3955}},
                                 {"Dungu", {3.6167, 28.5667}},
                                 {"Juba", {4.8594, 31.5713}},
                                 {"Adré", {13.4667, 22.2}},
                                 {"El Geneina", {13.4526, 22.4473}},
                                 {"Nyala", {12.05, 24.8833}}});
  return places;
}

ImportWorld World() {
  ImportWorld world;
  world.mission_at = [](const Point&, Time) { return MissionId(); };
  world.zone_of = [](const MissionId& mission) {
    const auto desk = ShippedPack()->desks.find(mission);
    return desk == ShippedPack()->desks.end() ? std::string() : desk->second.zone;
  };
  world.time_zone = [](const std::string& name) -> std::optional<absl::TimeZone> {
    absl::TimeZone zone;
    return absl::LoadTimeZone(name, &zone) ? std::optional(zone) : std::nullopt;
  };
  return world;
}

std::vector<std::string> ShippedRules() {
  std::vector<std::string> ids;
  for (const Document& document : Documents()) {
    if (document.kind == "rule") ids.push_back(document.name);
  }
  return ids;
}

// Every revision of every warning of the rule's timelines, with the rule alone in force, and those
// whose warnings it needs.
std::vector<Warning> WarningsOf(const std::string& rule) {
  const std::vector<Document> alone = DocumentsOf(RuleId(rule), ShippedPack()->rules, Documents());
  const Timelines read = ReadTimelines(TextOf("rules/pack/" + rule + ".tests.yaml"), World());
  EXPECT_THAT(read.problems, IsEmpty()) << rule;
  std::vector<Warning> warnings;
  for (const Timeline& timeline : read.timelines) {
    std::vector<Report> reports;
    for (const RecordItem& item : timeline.items) reports.push_back({item.event, item.stream, ""});
    const History history = MakeHistory(std::move(reports), ShippedPack());
    const absl::Status replayed =
        Replay(alone, *ShippedPack(), history.reports,
               {.until = timeline.until, .shadow = ShadowRules::kToldAsIfLive},
               [&](Time, const Warning& warning) {
                 if (warning.content.rule_id.str() == rule) warnings.push_back(warning);
               });
    EXPECT_TRUE(replayed.ok()) << replayed;
  }
  return warnings;
}

RenderContext Context() {
  return {English(), Places(), MissionId("unmis"), absl::FixedTimeZone(3 * 3600)};
}

// A warning as a centre sees it to which no evidence is released.
WarningView AllWithheld(const Warning& warning) {
  WarningView view{warning, {}, {}};
  for (const Evidence& item : warning.content.evidence) {
    view.withheld.push_back({item.identity.mission, "not_releasable", 1});
  }
  view.warning.content.evidence.clear();
  return view;
}

std::string Shown(const WarningView& view) {
  return absl::StrJoin(RenderWarning(view, Context()), "\n");
}

class ShippedWords : public ::testing::TestWithParam<std::string> {};

TEST_P(ShippedWords, EveryWarningSaysWhatItShould) {
  const std::vector<Warning> warnings = WarningsOf(GetParam());
  ASSERT_THAT(warnings, Not(IsEmpty()));
  for (const Warning& warning : warnings) {
    const WarningView view{warning, {}, {}};
    const std::string text = Shown(view);
    SCOPED_TRACE(text);
    const RuleTexts& words = English().Rule(GetParam());
    const auto values = TemplateValues(warning.content, Context().zone, English());
    for (const std::string& pattern : {HeadlinePattern(words, warning.content), words.basis}) {
      for (const std::string& name : NamesIn(pattern)) {
        const auto value = values.find(name);
        EXPECT_TRUE(value != values.end() && !value->second.empty()) << "nothing for " << name;
      }
    }
    EXPECT_THAT(text, AllOf(HasSubstr("\n  Basis: "), HasSubstr("\n  Not known: "),
                            HasSubstr("\n  Suggested: "), HasSubstr("\n  Ask: duty desk of ")));
    EXPECT_THAT(
        FirstLine(view, Context()),
        AllOf(ContainsRegex("; (possible|likely|observed); (since|from) [0-9]"),
              HasSubstr(", " +
                        English().Words("severity", std::string(WordOf(warning.content.severity))) +
                        ": ")));
    // Nothing is left open or empty, no code shows where there should be words.
    EXPECT_THAT(text, Not(ContainsRegex("[{}]|, ,|; ;|: ;|, ;|[a-z,;:.]  |within 0 ")));
    EXPECT_THAT(text, Not(ContainsRegex("security\\.|crime\\.|_s [0-9]")));
    EXPECT_THAT(text, Not(HasSubstr(English().Words("words", "not_shown"))));
  }
}

TEST_P(ShippedWords, HeadlineSaysNoMoreThanTheWarningsOwnLabel) {
  const bool confidential =
      std::any_of(ShippedPack()->rules.begin(), ShippedPack()->rules.end(), [](const Rule& rule) {
        return rule.id.str() == GetParam() &&
               rule.label.classification > Classification::kUnclassified;
      });
  for (const Warning& warning : WarningsOf(GetParam())) {
    const WarningView withheld = AllWithheld(warning);
    const std::string headline = Headline({warning, {}, {}}, Context());
    EXPECT_EQ(headline, Headline(withheld, Context()));
    // Nor does any other line, to whom nothing of the evidence is released.
    const std::string text = Shown(withheld);
    for (const Evidence& item : warning.content.evidence) {
      EXPECT_THAT(text, Not(HasSubstr(" " + item.identity.id.str()))) << text;
      if (!confidential) continue;
      for (const ActorId& actor : item.actors) {
        EXPECT_THAT(text, Not(HasSubstr(English().Words("actors", actor.str()))));
      }
    }
    if (!confidential) continue;
    EXPECT_THAT(headline, Not(ContainsRegex("[0-9]{4}-[0-9]{2}"))) << "tells when";
    EXPECT_THAT(headline, Not(HasSubstr(" km "))) << "tells where";
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, ShippedWords, ::testing::ValuesIn(ShippedRules()),
                         [](const auto& rule) {
                           std::string name = rule.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace tocsin
