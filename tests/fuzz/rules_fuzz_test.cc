// Shipped rules and registers, spoilt a few thousand times from a seed that is printed: by bytes,
// by lines and by words that belong elsewhere. Each must come back judged, and what was taken must
// be fit to be compared and described.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "lib/base/text.h"
#include "lib/domain/utf8.h"
#include "lib/packfiles/load.h"
#include "lib/rulebook/diff.h"
#include "lib/rulebook/pages.h"
#include "lib/rules/pack.h"

namespace tocsin {
namespace {

uint64_t Seed() {
  const char* given = std::getenv("TOCSIN_FUZZ_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 20090314;
  std::printf("seed %llu (TOCSIN_FUZZ_SEED)\n", static_cast<unsigned long long>(seed));
  return seed;
}

class Spoiler {
 public:
  explicit Spoiler(uint64_t seed) : random_(seed) {}

  size_t Below(size_t end) { return end == 0 ? 0 : random_() % end; }

  std::string Spoil(std::string text) {
    for (size_t changes = 1 + Below(3); changes > 0 && !text.empty(); --changes) Once(text);
    return text;
  }

 private:
  void Once(std::string& text) {
    static const char* const kWords[] = {"kind",
                                         "window",
                                         "near",
                                         "absence",
                                         "[",
                                         "]",
                                         "{",
                                         "}",
                                         ": ",
                                         "- ",
                                         "&a ",
                                         "*a",
                                         "<<",
                                         "~",
                                         "30d",
                                         "0d",
                                         "-1",
                                         "1e999",
                                         "99999999999999999999",
                                         ".nan",
                                         "true",
                                         "\"\"",
                                         "'",
                                         "\"",
                                         "|",
                                         ">",
                                         "!!binary ",
                                         "%YAML 1.2\n",
                                         "---\n",
                                         "...\n",
                                         "? ",
                                         "\xef\xbb\xbf",
                                         "\xc3\xa9",
                                         "\xff",
                                         "\t",
                                         "\r",
                                         "area",
                                         "severe",
                                         "minor",
                                         "security.*",
                                         "attack",
                                         "corridor",
                                         "other_side",
                                         "unmis"};
    const size_t at = Below(text.size());
    const size_t line = text.rfind('\n', at) == std::string::npos ? 0 : text.rfind('\n', at) + 1;
    const size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    switch (Below(7)) {
      case 0:
        text[at] = static_cast<char>(Below(256));
        break;
      case 1:
        text.erase(at, 1 + Below(20));
        break;
      case 2:
        text.erase(line, end - line);
        break;
      case 3:
        text.insert(line, text.substr(line, end - line));
        break;
      case 4:
        text.resize(at);
        break;
      default: {  // another word, in the place of one or beside it
        const size_t word = text.find_first_of(" ,:]}\n", at);
        const size_t length = Below(2) == 0 || word == std::string::npos ? 0 : word - at;
        text.replace(at, length, kWords[Below(std::size(kWords))]);
      }
    }
  }
  std::mt19937_64 random_;
};

void CheckProblem(const Problem& problem, const std::string& text) {
  EXPECT_FALSE(problem.reason.empty());
  EXPECT_TRUE(IsUtf8(problem.Text())) << problem.Text();
  EXPECT_LT(problem.Text().size(), 3000u);
  EXPECT_GE(problem.line, 0);
  EXPECT_LE(problem.line, std::count(text.begin(), text.end(), '\n') + 2) << problem.Text();
}

// What some kinds of rules take and others refuse.
Document OverridesOf(const std::string& rule) {
  return {"overrides", "unamid", 1, StrCat("mission: unamid\noverrides:\n  ", rule, R"(:
    version: 2
    why: One road leads there, so that fewer incidents are reason to move than elsewhere.
    title: {en: Another title}
    condition: {window: 20d, within: 20d, severities: {moderate: 2}, then_no: {within: 9d}}
    urgency: immediate
    response: prepare
    lifetime: 90d
    label: {classification: confidential, tlp: red}
)"),
          ""};
}

TEST(RulesFuzz, EverySpoiltDocumentIsJudged) {
  const auto files = LoadPackFiles("rules");
  ASSERT_TRUE(files.ok()) << files.status();
  Spoiler spoiler(Seed());
  int taken = 0;
  int refused = 0;
  for (int i = 0; i < 1500; ++i) {
    // The registers and one of the rules. Shapes are large, and the geo index's matter.
    std::vector<Document> documents;
    std::vector<Document> rules;
    for (const Document& document : *files) {
      if (document.kind == "rule") rules.push_back(document);
      if (document.kind == "types" || document.kind == "desks") documents.push_back(document);
    }
    documents.push_back(rules[spoiler.Below(rules.size())]);
    if (i % 3 == 0) documents.push_back(OverridesOf(documents.back().name));
    Document& document = spoiler.Below(4) == 0 ? documents[spoiler.Below(2)] : documents.back();
    document.text = spoiler.Spoil(document.text);
    document.sha256.clear();
    const JudgedPack judged = JudgePack(documents, {});
    bool good = true;
    for (const Problem& problem : judged.problems) {
      const auto named = std::find_if(documents.begin(), documents.end(), [&](const Document& d) {
        return problem.document == StrCat(d.kind, "/", d.name);
      });
      ASSERT_NE(named, documents.end()) << problem.Text();
      CheckProblem(problem, named->text);
      good = good && problem.doubt;
    }
    if (i % 10 == 0) {
      EXPECT_EQ(ParsePack(documents, {}).ok(), good);
    }
    ++(good ? taken : refused);
    if (!good || document.kind != "rule") continue;
    const auto facts = FactsOf("r", document.text);
    ASSERT_TRUE(facts.ok()) << facts.status() << "\n" << document.text;
    EXPECT_EQ(DiffRules({{"r", *facts}}, {{"r", *facts}}).at(0).state, RuleDiff::State::kSame);
    for (const auto& [name, page] : RulePages({{*facts, "r.yaml", {}, {}}}, Facts())) {
      EXPECT_TRUE(IsUtf8(page)) << name << "\n" << document.text;
    }
  }
  EXPECT_GT(taken, 100) << "or what is promised of accepted rules was hardly looked at";
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace tocsin
