// `tocsinctl rules` as a person or a script runs it on a folder.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lib/base/text.h"
#include "tocsinctl/run_ctl_testing.h"

namespace tocsin::ctl {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAttacks[] = R"(id: attacks-near-border
version: 1
title: {en: An example}
why: An example, long enough to be taken for a reason by whoever reads it at night.
kind: event_count
group_by: [corridor]
selections:
  attack: {types: [security.attack, security.clash]}
condition:
  window: 30d
  severities: {moderate: 3, severe: 8}
address: other_side
urgency: immediate
response: assess
label: {classification: unclassified, tlp: amber}
lifetime: 30d
)";
constexpr char kFeed[] = R"(id: feed-silent
version: 1
title: {en: An example}
why: An example, long enough to be taken for a reason by whoever reads it at night.
kind: absence
group_by: [feed]
selections:
  heartbeat: {types: [feed.heartbeat]}
condition:
  every: 12h
  severity: minor
address: originators
urgency: immediate
response: assess
label: {classification: unclassified, tlp: amber}
)";
constexpr char kPhases[] = R"(id: phase-divergence
version: 1
title: {en: An example}
why: An example, long enough to be taken for a reason by whoever reads it at night.
kind: value_count
group_by: [corridor]
selections:
  phase: {types: [phase.declared], natures: [declared]}
condition:
  field: level
  window: 60d
  severities: {minor: 2}
address: other_side
urgency: immediate
response: assess
label: {classification: unclassified, tlp: amber}
)";

// A folder with the shipped registers and three rules, to spoil. The working directory of tests is
// the repository.
class RulesTest : public ::testing::Test {
 protected:
  RulesTest() : folder_(Copy("rules")) {}
  ~RulesTest() override { fs::remove_all(folder_.parent_path()); }

  fs::path Copy(const std::string& name) const {
    const fs::path folder =
        fs::path(::testing::TempDir()) /
        StrCat("ctl-", ::testing::UnitTest::GetInstance()->current_test_info()->name()) / name;
    fs::remove_all(folder);
    fs::create_directories(folder);
    fs::copy("rules", folder);  // without what lies in folders
    fs::create_directory(folder / "pack");
    for (const auto& [id, text] : {std::pair{"attacks-near-border", kAttacks},
                                   {"feed-silent", kFeed},
                                   {"phase-divergence", kPhases}}) {
      std::ofstream(folder / "pack" / StrCat(id, ".yaml"), std::ios::binary) << text;
    }
    return folder;
  }

  static std::string Read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void Change(const fs::path& path, const std::string& from, const std::string& to) {
    std::string text = Read(path);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << "nothing to replace: " << from;
    text.replace(at, from.size(), to);
    std::ofstream(path, std::ios::binary) << text;
  }

  fs::path folder_;
};

TEST_F(RulesTest, TheShippedRulesHaveNoProblem) {
  const Ended ended = RunCtl("rules lint rules");
  EXPECT_EQ(ended.status, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr(" rules, 0 errors, 0 warnings\n"));
  EXPECT_EQ(RunCtl("rules lint").output, ended.output) << "the default folder";
}

TEST_F(RulesTest, HelpHasAnExampleOfEach) {
  for (const char* const name : {"lint", "diff", "docs"}) {
    const Ended ended = RunCtl(StrCat("rules ", name, " --help"));
    EXPECT_EQ(ended.status, 0);
    EXPECT_THAT(ended.output, HasSubstr(StrCat("tocsinctl rules ", name, " "))) << name;
  }
  EXPECT_EQ(RunCtl("rules").status, 2);
  EXPECT_EQ(RunCtl("rules docs rules").status, 2) << "--out is missing";
}

TEST_F(RulesTest, LintTellsAllProblemsOfAllFiles) {
  const fs::path feed = folder_ / "pack/feed-silent.yaml";
  const fs::path attacks = folder_ / "pack/attacks-near-border.yaml";
  Change(feed, "every: 12h", "evry: 12h");
  Change(feed, "urgency: immediate", "urgency: imediate");
  Change(attacks, "lifetime: 30d", "lifetime: 3d");
  Change(attacks, "security.clash]", "security.clsh]");
  fs::rename(folder_ / "pack/phase-divergence.yaml", folder_ / "pack/phases.yaml");
  const Ended ended = RunCtl(StrCat("rules lint ", folder_.string()));
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.output, HasSubstr(StrCat(feed.string(), ":")));
  EXPECT_THAT(ended.output, HasSubstr("error: condition.every: is missing\n"));
  EXPECT_THAT(ended.output,
              HasSubstr("error: condition.evry: is not a known key; did you mean 'every'?\n"));
  EXPECT_THAT(ended.output, HasSubstr("error: urgency: 'imediate' is not one of its values; did "
                                      "you mean 'immediate'?\n"));
  EXPECT_THAT(ended.output, HasSubstr("'security.clsh' selects no type of the taxonomy; did you "
                                      "mean 'security.clash'?\n"));
  EXPECT_THAT(ended.output, HasSubstr("phases.yaml: warning: id: is phase-divergence, and the file "
                                      "has the name phases; "));
  EXPECT_THAT(ended.output, HasSubstr("4 errors, 1 warnings\n"));
  Change(attacks, "security.clsh]", "security.clash]");
  EXPECT_THAT(RunCtl(StrCat("rules lint ", folder_.string())).output,
              HasSubstr("warning: lifetime: is shorter than the window"));
}

TEST_F(RulesTest, LintForPrograms) {
  Change(folder_ / "pack/feed-silent.yaml", "every: 12h", "evry: 12h");
  const Ended ended = RunCtl(StrCat("rules lint --json ", folder_.string()));
  EXPECT_EQ(ended.status, 1);
  std::vector<nlohmann::json> lines;
  std::istringstream in(ended.output);
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0]["file"], (folder_ / "pack/feed-silent.yaml").string());
  EXPECT_EQ(lines[0]["level"], "error");
  EXPECT_EQ(lines[1]["key"], "condition.evry");
  EXPECT_GT(lines[1]["line"], 1);
  EXPECT_EQ(lines[1]["column"], 3);
  EXPECT_EQ(lines[1]["fix"], "did you mean 'every'?");
  EXPECT_EQ(lines[2]["errors"], 2);
}

TEST_F(RulesTest, LintOfWhatIsNoRulesFolder) {
  EXPECT_EQ(RunCtl("rules lint /nowhere").status, 2);
  EXPECT_EQ(RunCtl("rules lint rules more").status, 2);
  fs::remove(folder_ / "types.yaml");
  const Ended without = RunCtl(StrCat("rules lint ", folder_.string()));
  EXPECT_EQ(without.status, 1);
  EXPECT_THAT(without.output, HasSubstr("types: error: the pack has no document of this kind"));
  EXPECT_THAT(without.output, Not(HasSubstr("selects no type"))) << "that would only follow";
}

TEST_F(RulesTest, LintOfFilesThatAreNoText) {
  std::ofstream(folder_ / "pack/a.yaml", std::ios::binary) << "id: a\xff\n";
  std::ofstream(folder_ / "pack/b.yaml", std::ios::binary) << std::string(1 << 20, 'x');
  std::ofstream(folder_ / "pack/c.yaml", std::ios::binary) << "id: &x c\nversion: *x\n";
  std::ofstream(folder_ / "pack/d.yaml", std::ios::binary);
  std::ofstream(folder_ / "pack/notes.txt", std::ios::binary) << "for people";
  Change(folder_ / "areas.geojson", "[[[", "[[[[");
  const Ended ended = RunCtl(StrCat("rules lint ", folder_.string()));
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.output, HasSubstr("areas.geojson: error: is not JSON"));
  Change(folder_ / "areas.geojson", "[[[[", "[[[");
  const Ended rules = RunCtl(StrCat("rules lint ", folder_.string()));
  EXPECT_THAT(rules.output, HasSubstr("a.yaml:1:1: error: is not UTF-8"));
  EXPECT_THAT(rules.output, HasSubstr("b.yaml: error: is 1048576 bytes long"));
  EXPECT_THAT(rules.output, HasSubstr("c.yaml:1:5: error: anchors (&) and aliases (*)"));
  EXPECT_THAT(rules.output, HasSubstr("d.yaml: error: must be one YAML document"));
  EXPECT_THAT(rules.output, HasSubstr("4 errors"));
}

TEST_F(RulesTest, LintOfShapesThatAreNone) {
  // A ring of one point.
  const std::string areas = Read(folder_ / "areas.geojson");
  const size_t ring = areas.find("[[[[") + 3;
  const size_t end = areas.find("]]", ring) + 1;
  Change(folder_ / "areas.geojson", areas.substr(ring, end - ring), "[0, 0]");
  const Ended ended = RunCtl(StrCat("rules lint ", folder_.string()));
  EXPECT_EQ(ended.status, 1) << ended.output;
  EXPECT_THAT(ended.output,
              HasSubstr("areas.geojson: error: features[0].geometry: ring 0 of polygon 0 must"));
}

TEST_F(RulesTest, DiffSaysWhatIsDifferentInWords) {
  const fs::path after = Copy("after");
  const std::string both = StrCat(folder_.string(), " ", after.string());
  const Ended same = RunCtl("rules diff " + both);
  EXPECT_EQ(same.status, 0) << same.output;
  EXPECT_THAT(same.output, HasSubstr("0 new, 0 gone, 0 changed, 3 the same; 0 errors\n"));

  Change(after / "pack/attacks-near-border.yaml", "window: 30d", "window: 21d");
  Change(after / "pack/feed-silent.yaml", "every: 12h", "every: 720m  # the same");
  fs::remove(after / "pack/phase-divergence.yaml");
  fs::copy(after / "pack/attacks-near-border.yaml", after / "pack/raids.yaml");
  Change(after / "pack/raids.yaml", "id: attacks-near-border", "id: raids");
  std::ofstream(after / "types.yaml", std::ios::app) << "# more\n";
  const Ended ended = RunCtl("rules diff " + both);
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.output,
            "changed attacks-near-border: version 1, was 1\n"
            "  condition.window: 21 days, was 30 days\n"
            "  error: changed, and the version is 1 still; make it 2\n"
            "gone phase-divergence: version 1\n"
            "new raids: version 1\n"
            "changed document types\n"
            "1 new, 1 gone, 1 changed, 1 the same; 1 errors\n");

  Change(after / "pack/attacks-near-border.yaml", "version: 1", "version: 2");
  const Ended raised = RunCtl("rules diff --json " + both);
  EXPECT_EQ(raised.status, 0);
  std::istringstream lines(raised.output);
  std::string first;
  std::getline(lines, first);
  const nlohmann::json change = nlohmann::json::parse(first);
  EXPECT_EQ(change["rule"], "attacks-near-border");
  EXPECT_EQ(change["to"], "2");
  EXPECT_EQ(change["changes"][0], "condition.window: 21 days, was 30 days");
  EXPECT_EQ(change["error"], "");
}

TEST_F(RulesTest, DiffOfWhatCannotBeRead) {
  EXPECT_EQ(RunCtl(StrCat("rules diff ", folder_.string())).status, 2);
  EXPECT_EQ(RunCtl(StrCat("rules diff ", folder_.string(), " /nowhere")).status, 2);
  Change(folder_ / "pack/feed-silent.yaml", "version: 1", "version: one");
  const Ended ended = RunCtl(StrCat("rules diff ", folder_.string(), " ", folder_.string()));
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.output, HasSubstr("feed-silent.yaml: has no id, or no version"));
  Change(folder_ / "pack/feed-silent.yaml", "version: one", "version: 1");
  Change(folder_ / "pack/feed-silent.yaml", "id: feed-silent", "id: phase-divergence");
  EXPECT_THAT(RunCtl(StrCat("rules diff ", folder_.string(), " ", folder_.string())).output,
              HasSubstr("two rules have the id phase-divergence"));
}

TEST_F(RulesTest, DocsAreWrittenAndChecked) {
  const fs::path out = folder_.parent_path() / "pages";
  std::ofstream(folder_ / "pack/feed-silent.tests.yaml")
      << "rule: feed-silent\ntimelines:\n  - {name: a feed stops}\n";
  const std::string write = StrCat("rules docs ", folder_.string(), " --out ", out.string());
  EXPECT_EQ(RunCtl(write + " --check").status, 1) << "nothing is there yet";
  EXPECT_FALSE(fs::exists(out));
  const Ended ended = RunCtl(write);
  EXPECT_EQ(ended.status, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("4 pages, 4 written anew\n"));
  EXPECT_THAT(Read(out / "README.md"),
              HasSubstr("](feed-silent.md) | Absence of what should come"));
  EXPECT_THAT(Read(out / "feed-silent.md"), HasSubstr("\n- a feed stops\n"));
  EXPECT_THAT(RunCtl(write + " --check").output,
              HasSubstr("4 pages, 0 are not as the rules are\n"));

  std::ofstream(out / "notes.md") << "for people\n";
  fs::remove(folder_ / "pack/phase-divergence.yaml");
  Change(folder_ / "pack/feed-silent.yaml", "every: 12h", "every: 6h");
  const Ended differs = RunCtl(write + " --check");
  EXPECT_EQ(differs.status, 1);
  EXPECT_THAT(differs.output, HasSubstr("feed-silent.md\n"));
  EXPECT_THAT(differs.output, HasSubstr("phase-divergence.md\n3 pages, 3 are not"));
  EXPECT_EQ(RunCtl(write).status, 0);
  EXPECT_FALSE(fs::exists(out / "phase-divergence.md"));
  EXPECT_TRUE(fs::exists(out / "notes.md")) << "not made by the command";
  EXPECT_EQ(RunCtl(write + " --check").status, 0);
}

constexpr char kOverrides[] = R"(mission: unmis
overrides:
  attacks-near-border:
    version: 1
    why: One road leads to the corridor, and it takes four days to get there.
    condition: {severities: {moderate: 2}}
)";
constexpr char kTimelines[] = R"(rule: attacks-near-border@unmis
defaults:
  mission: monusco
  type: security.attack
  place: {name: west of Yambio, lat: 4.45, lon: 28.35, uncertainty_km: 5}
  source: {kind: person}
timelines:
  - name: two are enough
    reports:
      - {id: a-1, observed: "2009-01-02T10:00Z"}
      - {id: a-2, observed: "2009-01-12T10:00Z"}
    expect:
      - {issued: "2009-01-12", to: [unmis]}
)";

TEST_F(RulesTest, AMissionsOwnFormIsLintedTestedComparedAndDescribed) {
  const fs::path after = Copy("after");
  fs::create_directory(after / "overrides");
  std::ofstream(after / "overrides/unmis.yaml") << kOverrides;
  EXPECT_THAT(RunCtl("rules lint " + after.string()).output,
              HasSubstr("3 rules, 0 errors, 0 warnings"));
  EXPECT_EQ(
      RunCtl(StrCat("rules diff ", folder_.string(), " ", after.string())).output,
      "new attacks-near-border@unmis: version 2\n1 new, 0 gone, 0 changed, 3 the same; 0 errors\n");

  const std::string test =
      StrCat("rules test ", after.string(), " --rule attacks-near-border@unmis");
  const Ended untested = RunCtl(test);
  EXPECT_EQ(untested.status, 1);
  EXPECT_THAT(untested.output, HasSubstr("none  attacks-near-border@unmis: no timeline\n"));
  std::ofstream(after / "overrides/attacks-near-border@unmis.tests.yaml") << kTimelines;
  const Ended tested = RunCtl(test);
  EXPECT_EQ(tested.status, 0) << tested.output;
  EXPECT_EQ(tested.output,
            "pass  attacks-near-border@unmis: two are enough\n1 timelines, 0 failed\n");

  const fs::path out = after.parent_path() / "pages";
  EXPECT_EQ(RunCtl(StrCat("rules docs ", after.string(), " --out ", out.string())).status, 0);
  EXPECT_THAT(
      Read(out / "attacks-near-border.md"),
      HasSubstr("\n- condition.severities.moderate: 2, was 3\n\nWhat it is tested with:\n\n- "
                "two are enough\n"));
  EXPECT_FALSE(fs::exists(out / "attacks-near-border@unmis.md"));

  const fs::path later = after.parent_path() / "later";
  fs::copy(after, later, fs::copy_options::recursive);
  Change(later / "overrides/unmis.yaml", "moderate: 2", "moderate: 1");
  const Ended changed = RunCtl(StrCat("rules diff ", after.string(), " ", later.string()));
  EXPECT_EQ(changed.status, 1);
  EXPECT_THAT(changed.output, HasSubstr("changed attacks-near-border@unmis: version 2, was 2\n"
                                        "  condition.severities.moderate: 1, was 2\n"
                                        "  error: changed, and the version is 2 still; raise that "
                                        "of the override\n"));
  fs::remove(later / "pack/attacks-near-border.yaml");
  EXPECT_THAT(RunCtl("rules lint " + later.string()).output,
              HasSubstr("overrides/unmis.yaml:4:5: error: overrides.attacks-near-border: the pack "
                        "has no rule 'attacks-near-border'"));
}

}  // namespace
}  // namespace tocsin::ctl
