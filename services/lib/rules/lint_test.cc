// All problems of a pack at once, with what may have been meant; and input made to do harm.
#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/text.h"
#include "lib/rules/pack_testing.h"
#include "lib/rules/parse.h"

namespace tocsin {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kRule[] = R"(id: attacks
version: 2
title: {en: Attacks}
why: Attacks that come close together within one corridor spill over the border.
kind: event_count
group_by: [corridor]
selections:
  attack:
    types: [security.attack]
condition:
  window: 30d
  severities: {moderate: 3, severe: 5}
address: other_side
urgency: expected
response: prepare
label: {classification: unclassified, tlp: amber}
)";

std::vector<std::string> ProblemsOf(const std::string& text) {
  Problems problems("r");
  const std::optional<Rule> rule = ParseRule(problems, text, TestPack());
  EXPECT_EQ(rule.has_value(), problems.status().ok());
  std::vector<std::string> texts;
  for (const Problem& problem : problems.list()) {
    texts.push_back((problem.doubt ? "doubt " : "") + problem.Text());
  }
  return texts;
}

std::vector<std::string> With(const std::vector<std::pair<std::string, std::string>>& changes) {
  std::string text = kRule;
  for (const auto& [from, to] : changes) {
    const std::string changed = absl::StrReplaceAll(text, {{from, to}});
    EXPECT_NE(text, changed) << "nothing replaced: " << from;
    text = changed;
  }
  return ProblemsOf(text);
}

TEST(LintTest, FindsAllProblemsOfARule) {
  EXPECT_THAT(ProblemsOf(kRule), IsEmpty());
  EXPECT_THAT(
      With({{"version: 2", "version: two"},
            {"[corridor]", "[coridor, aera]"},
            {"window: 30d\n  sev", "windw: 30d\n  sev"},
            {"expected", "soon"},
            {"amber", "ambre"}}),
      ElementsAre("r:2:10: version: must be a whole number from 1 to 2147483647",
                  "r:6:12: group_by: 'coridor' is not actor, area, corridor or mission, and no "
                  "selected type has the attribute coridor; did you mean 'corridor'?",
                  "r:6:21: group_by: 'aera' is not actor, area, corridor or mission, and no "
                  "selected type has the attribute aera; did you mean 'area'?",
                  "r:11:3: condition.window: is missing",
                  "r:11:3: condition.windw: is not a known key; did you mean 'window'?",
                  "r:13:10: address: other_side needs group_by corridor",
                  "r:14:10: urgency: 'soon' is not one of its values; known: immediate, expected, "
                  "future, past, unknown",
                  "r:16:44: label.tlp: 'ambre' is not one of its values; did you mean 'amber'?"));
}

TEST(LintTest, WhatOnlyFollowsIsNotSaid) {
  EXPECT_THAT(With({{"selections:\n  attack:\n    types: [security.attack]", "selections: 3"}}),
              ElementsAre("r:7:13: selections: must be a map"));
  EXPECT_THAT(With({{"  severities: {moderate: 3, severe: 5}\n", ""}}),
              ElementsAre("r:11:3: condition.severities: is missing"));
  EXPECT_THAT(With({{"event_count", "event_cuont"}, {"window", "anything"}}),
              ElementsAre(HasSubstr("did you mean 'event_count'?")))
      << "of an unknown kind nobody knows the condition";
  EXPECT_THAT(With({{"[security.attack]", "[]"}}), SizeIs(1));
}

TEST(LintTest, SuggestsWordsOfThePack) {
  EXPECT_THAT(With({{"[security.attack]", "[security.atack]"}}),
              ElementsAre(HasSubstr("did you mean 'security.attack'?")));
  EXPECT_THAT(With({{"[security.attack]", "[securty.*]"}}),
              ElementsAre(HasSubstr("did you mean 'security.*'?")));
  EXPECT_THAT(With({{"other_side", "[otherside, nort]"}}),
              ElementsAre(HasSubstr("mean 'other_side'?"), HasSubstr("mean 'north'?")));
  EXPECT_THAT(With({{"types: [security.attack]",
                     "types: [security.attack]\n    natures: [observd]\n    missions: [suoth]\n"
                     "    actor_classes: [Armed_Group]\n    where: {wepon: rifle}\n    miin: {}"}}),
              ElementsAre(HasSubstr("mean 'observed'?"), HasSubstr("mean 'south'?"),
                          HasSubstr("mean 'armed_group'?"), HasSubstr("attribute wepon"),
                          HasSubstr("mean 'min'?")));
}

TEST(LintTest, DoubtsDoNotRefuse) {
  EXPECT_THAT(With({{"why: Attacks that come close together within one corridor spill over the "
                     "border.",
                     "why: Because."},
                    {"[security.attack]",
                     "[security.*, security.attack, displacement.*, phase.*, sensor.*, feed.*]"},
                    {"label:", "lifetime: 1d\nlabel:"}}),
              ElementsAre(StartsWith("doubt r:4:6: why: says little"),
                          AllOf(StartsWith("doubt r:8:3: selections: attack matches every type")),
                          HasSubstr("'security.attack' is among 'security.*' already"),
                          StartsWith("doubt r:16:11: lifetime: is shorter than the window")));
  EXPECT_THAT(With({{"[corridor]", "[actor, corridor]"}}),
              ElementsAre(HasSubstr("follows governments, missions and civilians too")));
  EXPECT_THAT(With({{"[corridor]", "[corridor, feed]"},
                    {"condition:", "  flow:\n    types: [displacement.flow]\ncondition:"}}),
              ElementsAre(HasSubstr("none of its events has a key")));
}

TEST(LintTest, KeysThatLookAlike) {
  EXPECT_THAT(With({{"kind: event_count", "kind: event_count\nKind: near"}}),
              ElementsAre("r:6:1: Kind: differs from 'kind' only in case; keep one of them",
                          HasSubstr("Kind: is not a known key")));
  // A Cyrillic letter, a full-width one, and a letter with its accent apart.
  EXPECT_THAT(With({{"kind:", "k\xd1\x96nd:"}}),
              ElementsAre("r:1:1: kind: is missing",
                          HasSubstr("it has the character U+0456, and words are ASCII; did you "
                                    "mean 'kind'?")));
  EXPECT_THAT(With({{"why:", "\xef\xbd\x97hy:"}}), Contains(HasSubstr("U+FF57")));
  EXPECT_THAT(With({{"  attack:", "  attac\xcc\xa7k:"}}),
              ElementsAre(HasSubstr("must be lower-case letters")));
  EXPECT_THAT(With({{"{en: Attacks}", "{en: Attacks, EN: Attacks, fr: \"\"}"}}),
              ElementsAre(HasSubstr("title.EN: differs from 'en' only in case"),
                          HasSubstr("title.EN: is not the code of a language"),
                          HasSubstr("title.fr: must be text that is not empty")));
  EXPECT_THAT(With({{"version: 2", "version: 2\nversion: 2\nversion: 3"}}),
              ElementsAre(StartsWith("r:3:1: version: is there twice"),
                          StartsWith("r:4:1: version: is there twice")));
}

TEST(LintTest, NeitherAnchorsNorAliases) {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'z'; ++c) {
    const char before = static_cast<char>(c - 1);
    bomb += StrCat(std::string(1, c), ": &", std::string(1, c), " [");
    for (int i = 0; i < 9; ++i) bomb += StrCat(i == 0 ? "*" : ", *", std::string(1, before));
    bomb += "]\n";
  }
  EXPECT_THAT(ProblemsOf(bomb), ElementsAre(StartsWith("r:1:4: anchors (&) and aliases (*)")));
  EXPECT_THAT(With({{"[corridor]", "&it [corridor]"}}), ElementsAre(HasSubstr("r:6:11: anchors")));
  EXPECT_THAT(With({{"{en: Attacks}", "{en: \"Attacks & clashes *\"}"}}), IsEmpty())
      << "in a text they are letters";
}

TEST(LintTest, TextThatIsNone) {
  EXPECT_THAT(With({{"Attacks}", "Att\xe9}"}}),
              ElementsAre("r:3:1: is not UTF-8 in this line; save the file as UTF-8"));
  std::string cut = kRule;
  cut.insert(cut.find("kind:"), "\x04\n");
  EXPECT_THAT(ProblemsOf(cut), ElementsAre("r:5:1: has a control character, U+0004; take it out"));
  std::string nul = kRule;
  nul.insert(nul.find("version"), 1, '\0');
  EXPECT_THAT(ProblemsOf(nul), ElementsAre(HasSubstr("r:2:1: has a control character, U+0000")));
}

TEST(LintTest, NestingAndLengthAreBounded) {
  const std::string deep(20000, '[');
  EXPECT_THAT(ProblemsOf("a: " + deep), ElementsAre(HasSubstr("is not YAML")));
  const std::string at_500 = std::string(400, '[') + std::string(400, ']');
  EXPECT_THAT(With({{"[corridor]", at_500}}), Contains(HasSubstr("group_by: must be text")));
  const std::string long_value(1 << 20, 'x');
  EXPECT_THAT(With({{"Attacks}", long_value + "}"}}),
              ElementsAre(HasSubstr("bytes long; at most 65536 are read")));
  // Within a register it is read, and a message about it quotes no more than its beginning.
  std::vector<Document> documents = TestRegisters();
  for (Document& document : documents) {
    if (document.kind == "types") {
      document.text =
          absl::StrReplaceAll(document.text, {{"stream: both", "stream: " + long_value}});
    }
    if (document.kind == "actors") {
      document.text = absl::StrReplaceAll(document.text, {{"police:", long_value + ":"}});
    }
  }
  const JudgedPack judged = JudgePack(documents, TestMissions());
  EXPECT_FALSE(judged.problems.empty());
  for (const Problem& problem : judged.problems) EXPECT_LT(problem.Text().size(), 1500u);
}

TEST(LintTest, AnUnendingMapIsReadToItsEnd) {
  std::string keys;
  for (int i = 0; keys.size() < 60'000; ++i) keys += StrCat("k", i, ": 1\n");
  EXPECT_THAT(ProblemsOf(kRule + keys.substr(0, keys.rfind('k', 60'000))),
              AllOf(SizeIs(Problems::kMostProblems + 1),
                    Contains("r: has more problems than these 100; put these right first")));
  std::string words;
  for (int i = 0; words.size() < 60'000; ++i) words += StrCat("w", i, ": 1, ");
  EXPECT_THAT(With({{"moderate: 3, severe: 5", words + "moderate: 3"}}),
              SizeIs(Problems::kMostProblems + 1));
}

std::vector<Document> PackOf(const std::vector<std::string>& rules) {
  std::vector<Document> documents = TestRegisters();
  for (size_t i = 0; i < rules.size(); ++i) {
    documents.push_back({"rule", StrCat("r", i), 1, rules[i], ""});
  }
  return documents;
}

TEST(LintTest, APackTellsTheProblemsOfEveryDocument) {
  std::vector<Document> documents = PackOf(
      {"id: r0\n", absl::StrReplaceAll(kRule, {{"id: attacks\nversion: 2", "id: r1\nversion: 1"}}),
       "id: r2\nversion: x\n"});
  for (Document& document : documents) {
    if (document.kind == "types") {
      document.text = absl::StrReplaceAll(document.text, {{"stream: both", "stream: bth"}});
    }
  }
  const JudgedPack judged = JudgePack(documents, TestMissions());
  std::set<std::string> named;
  for (const Problem& problem : judged.problems) named.insert(problem.document);
  EXPECT_THAT(named, ElementsAre("rule/r0", "rule/r2", "types/types"));
  EXPECT_THAT(judged.pack.rules, SizeIs(1));
  EXPECT_EQ(ParsePack(documents, TestMissions()).status().message(), judged.problems[0].Text());
}

TEST(LintTest, NothingIsSaidThatFollowsFromAnUnreadableRegister) {
  std::vector<Document> documents = PackOf({absl::StrReplaceAll(kRule, {{"attacks\n", "r0\n"}})});
  for (Document& document : documents) {
    if (document.kind == "types") document.text = "types: {a: [}";
  }
  const JudgedPack judged = JudgePack(documents, TestMissions());
  ASSERT_THAT(judged.problems, SizeIs(1));
  EXPECT_THAT(judged.problems[0].Text(), HasSubstr("types/types:1:13: is not YAML"));
}

TEST(LintTest, NamesOfDocumentsAreTheReaders) {
  std::vector<Document> documents = PackOf({"id: r0\n"});
  std::vector<std::string> names(documents.size(), "elsewhere");
  names.back() = "pack/first.yaml";
  const JudgedPack judged = JudgePack(documents, TestMissions(), names);
  EXPECT_THAT(judged.problems, Contains(Field(&Problem::document, "pack/first.yaml")));
}

TEST(LintTest, TenThousandRulesAreJudgedAndNoMoreProblemsKept) {
  std::vector<std::string> rules;
  rules.reserve(10'000);
  for (int i = 0; i < 10'000; ++i) {
    rules.push_back(
        absl::StrReplaceAll(kRule, {{"id: attacks\nversion: 2", StrCat("id: r", i, "\nversion: 1")},
                                    {"window: 30d", i % 2 == 0 ? "window: 30d" : "windw: 30d"}}));
  }
  const std::vector<Document> documents = PackOf(rules);
  const JudgedPack judged = JudgePack(documents, TestMissions());
  EXPECT_THAT(judged.pack.rules, SizeIs(5000));
  EXPECT_THAT(judged.problems, SizeIs(10'000)) << "two of each bad rule, and no more are kept";
}

}  // namespace
}  // namespace tocsin
