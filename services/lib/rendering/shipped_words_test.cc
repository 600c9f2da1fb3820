// The shipped catalogues against the shipped rules: each rule has words of its own, and its
// templates name what a warning of its kind has; and against one another.
#include <algorithm>
#include <filesystem>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "lib/rendering/catalogue.h"
#include "lib/rendering/shipped_testing.h"
#include "lib/rules/pack.h"
#include "lib/rules/parse.h"

namespace tocsin {
namespace {

using rendering_testing::InLanguage;
using rendering_testing::TextOf;
using ::testing::IsEmpty;
using ::testing::IsSubsetOf;
using ::testing::Not;

const Pack& Shipped() {
  static const Pack pack = [] {
    std::vector<Document> documents = {
        {"types", "types", 1, TextOf("rules/types.yaml"), ""},
        {"desks", "desks", 1, TextOf("rules/desks.yaml"), ""},
        {"actors", "actors", 1, TextOf("rules/actors.yaml"), ""},
        {"areas", "areas", 1, TextOf("rules/areas.geojson"), ""},
        {"corridors", "corridors", 1, TextOf("rules/corridors.geojson"), ""}};
    for (const auto& entry : std::filesystem::directory_iterator("rules/pack")) {
      const std::string file = entry.path().filename().string();
      if (!file.ends_with(".yaml") || file.ends_with(".tests.yaml")) continue;
      std::string text = TextOf(entry.path());
      const auto named = RuleNameAndVersion(file, text);
      EXPECT_TRUE(named.ok()) << named.status();
      documents.push_back({"rule", named->first.str(), named->second, std::move(text), ""});
    }
    std::sort(documents.begin(), documents.end());
    return ParsePack(documents, {}).value();
  }();
  return pack;
}

bool IsSequence(const Rule& rule) { return rule.kind == RuleKind::kSequence; }
bool HasDeadline(const Rule& rule) { return IsSequence(rule) && !rule.sequence.then_no.empty(); }

// docs/rules.md, Words: what a template may name of a warning of the rule.
std::set<std::string> NamesOf(const Rule& rule) {
  std::set<std::string> names(rule.group_by.begin(), rule.group_by.end());
  names.insert({"since", "window"});
  switch (rule.kind) {
    case RuleKind::kEventCount:
    case RuleKind::kValueCount:
    case RuleKind::kSurge:
    case RuleKind::kComposite:
    case RuleKind::kDivergence:
      names.insert({"count", "least"});
      break;
    case RuleKind::kSequence:
      names.insert("span");
      if (HasDeadline(rule)) names.insert("deadline");
      break;
    case RuleKind::kAbsence:
      names.insert("gap");
      break;
    case RuleKind::kMovement:
      names.insert({"area", "heading", "speed", "arrivals"});
      break;
    case RuleKind::kNear:
      break;
  }
  return names;
}

std::vector<std::string> TemplatesOf(const RuleTexts& words) {
  return {words.headline, words.headline_one, words.headline_unknown, words.headline_resolved,
          words.basis};
}

std::set<std::string> NamedIn(const RuleTexts& words) {
  std::set<std::string> names;
  for (const std::string& pattern : TemplatesOf(words)) names.merge(NamesIn(pattern));
  return names;
}

// Two steps that one event may be.
bool StepsOverlap(const Rule& rule) {
  for (const Selection& a : rule.selections) {
    for (const Selection& b : rule.selections) {
      if (&a == &b) continue;
      for (const auto& [name, type] : Shipped().types) {
        const auto has = [&name = name](const Selection& selection) {
          return std::any_of(
              selection.types.begin(), selection.types.end(), [&](const std::string& wanted) {
                return wanted == name || (wanted.ends_with(".*") &&
                                          name.starts_with(wanted.substr(0, wanted.size() - 1)));
              });
        };
        if (has(a) && has(b)) return true;
      }
    }
  }
  return false;
}

class ShippedWordsTest : public ::testing::TestWithParam<std::string> {
 protected:
  const Catalogue words_ = InLanguage(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Languages, ShippedWordsTest, ::testing::Values("en", "fr"),
                         [](const auto& language) { return language.param; });

TEST_P(ShippedWordsTest, EveryRuleHasWordsOfItsOwn) {
  ASSERT_THAT(Shipped().rules, Not(IsEmpty()));
  std::map<std::string, std::string> headlines;
  std::set<std::string> rules;
  for (const Rule& rule : Shipped().rules) {
    SCOPED_TRACE(rule.id.str());
    rules.insert(rule.id.str());
    const RuleTexts& words = words_.Rule(rule.id.str());
    EXPECT_THAT(words.headline, Not(IsEmpty()));
    EXPECT_THAT(words.unknown, Not(IsEmpty()));
    EXPECT_THAT(words.action, Not(IsEmpty()));
    EXPECT_THAT(words.ask, Not(IsEmpty()));
    const auto [other, fresh] = headlines.emplace(words.headline, rule.id.str());
    EXPECT_TRUE(fresh) << "has the headline of " << other->second;
    for (const std::string& text :
         {words.unknown, words.action, words.action_resolved, words.ask}) {
      EXPECT_THAT(NamesIn(text), IsEmpty()) << "is no template: " << text;
    }
  }
  for (const std::string& id : words_.Rules()) {
    EXPECT_TRUE(rules.contains(id)) << id << " has words and is no rule";
  }
}

TEST_P(ShippedWordsTest, EachKindHasTheWordsThatItNeeds) {
  for (const Rule& rule : Shipped().rules) {
    SCOPED_TRACE(rule.id.str());
    const RuleTexts& words = words_.Rule(rule.id.str());
    const bool counts_one = rule.kind == RuleKind::kEventCount &&
                            std::any_of(rule.severities.begin(), rule.severities.end(),
                                        [](const auto& severity) { return severity.second == 1; });
    EXPECT_EQ(counts_one, !words.headline_one.empty()) << "headline_one";
    const bool absence = rule.kind == RuleKind::kAbsence;
    EXPECT_EQ(absence || HasDeadline(rule), !words.headline_unknown.empty()) << "headline_unknown";
    EXPECT_EQ(absence, !words.headline_resolved.empty()) << "headline_resolved";
    EXPECT_EQ(absence, !words.action_resolved.empty()) << "action_resolved";
    EXPECT_EQ(HasDeadline(rule), !words.absent.empty()) << "absent";
    EXPECT_EQ(rule.kind == RuleKind::kDivergence ? rule.divergence.sides : "", words.sides);
    const bool alike = IsSequence(rule) && StepsOverlap(rule);
    EXPECT_EQ(alike, !words.each.empty())
        << "each: an item shows only the first step that it meets";
    std::vector<std::string> steps;
    for (const auto& [step, text] : words.steps) {
      steps.push_back(step);
      EXPECT_THAT(text, Not(IsEmpty())) << step;
    }
    EXPECT_EQ(steps, alike ? std::vector<std::string>() : rule.sequence.steps);
    EXPECT_EQ(words.any_order, steps.size() > 1 && !rule.sequence.ordered) << "any_order";
  }
}

TEST_P(ShippedWordsTest, TemplatesNameWhatTheKindHas) {
  for (const Rule& rule : Shipped().rules) {
    const RuleTexts& words = words_.Rule(rule.id.str());
    EXPECT_THAT(NamedIn(words), IsSubsetOf(NamesOf(rule))) << rule.id.str();
    EXPECT_FALSE(NamesIn(words.headline_resolved).contains("count")) << rule.id.str();
    for (const std::string& pattern : TemplatesOf(words)) {
      EXPECT_EQ(std::count(pattern.begin(), pattern.end(), '{'),
                std::count(pattern.begin(), pattern.end(), '}'))
          << rule.id.str() << ": " << pattern;
    }
  }
}

// What its desks may read of single reports is decided report by report: a headline says nothing
// that only a report says, neither who nor when.
TEST_P(ShippedWordsTest, ConfidentialHeadlinesNameTheKeyAndTheMeasuresOnly) {
  int confidential = 0;
  for (const Rule& rule : Shipped().rules) {
    if (rule.label.classification <= Classification::kUnclassified) continue;
    ++confidential;
    std::set<std::string> names = NamesOf(rule);
    for (const char* const name : {"actor", "since", "window", "deadline"}) names.erase(name);
    EXPECT_THAT(NamedIn(words_.Rule(rule.id.str())), IsSubsetOf(names)) << rule.id.str();
  }
  EXPECT_GT(confidential, 0);
}

// Where words repeat a number of the rule.
TEST_P(ShippedWordsTest, NumbersInWordsAreTheRules) {
  const auto has = [](const std::string& text, const char* number) {
    return text.find(number) != std::string::npos;
  };
  using std::chrono::days;
  const bool french = GetParam() == "fr";
  int looked_at = 0;
  for (const Rule& rule : Shipped().rules) {
    const RuleTexts& words = words_.Rule(rule.id.str());
    if (rule.kind == RuleKind::kSurge) {
      ++looked_at;
      EXPECT_EQ(rule.surge.bucket == days(7),
                has(words.headline, french ? "en une semaine" : "in one week"));
      EXPECT_EQ(rule.surge.baseline == days(140),
                has(words.basis, french ? "les 20 semaines précédentes" : "the 20 weeks before"));
    }
    if (rule.id.str() == "civilians-at-risk") {
      ++looked_at;
      EXPECT_EQ(rule.selections[0].min.killed == 10,
                has(words.headline, french ? "dix personnes ou plus" : "ten people or more"));
    }
  }
  EXPECT_EQ(looked_at, 2);
}

TEST_P(ShippedWordsTest, EveryCodeOfThePackHasWords) {
  for (const auto& [name, type] : Shipped().types) EXPECT_TRUE(words_.Has("types", name)) << name;
  for (const auto& [mission, desk] : Shipped().desks) {
    EXPECT_TRUE(words_.Has("missions", mission.str())) << mission.str();
  }
  for (const auto& [area, desk] : Shipped().area_desks) {
    EXPECT_TRUE(words_.Has("areas", area.str())) << area.str();
  }
}

// Every key of one language is one of the other, with the same names in its templates.
void ExpectAlike(const YAML::Node& one, const YAML::Node& other, const std::string& where) {
  ASSERT_EQ(one.Type(), other.Type()) << where;
  if (one.IsScalar()) {
    EXPECT_EQ(NamesIn(one.Scalar()), NamesIn(other.Scalar())) << where;
    EXPECT_EQ(one.Scalar().empty(), other.Scalar().empty()) << where;
    return;
  }
  for (const auto& item : one) {
    const std::string here = where + "." + item.first.Scalar();
    ASSERT_TRUE(other[item.first.Scalar()].IsDefined()) << here << " is missing";
    ExpectAlike(item.second, other[item.first.Scalar()], here);
  }
}

TEST(ShippedLanguagesTest, HaveTheSameKeysAndTheSameNames) {
  const YAML::Node english = YAML::Load(TextOf("rules/catalogue/en.yaml"));
  const YAML::Node french = YAML::Load(TextOf("rules/catalogue/fr.yaml"));
  ExpectAlike(english, french, "fr");
  ExpectAlike(french, english, "en");
}

}  // namespace
}  // namespace tocsin
