// The program itself, as a person or a script runs it.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lib/base/text.h"
#include "tocsinctl/run_ctl_testing.h"

namespace tocsin::ctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Written(const std::string& name, const std::string& text) {
  const std::string path = StrCat(::testing::TempDir(), "/", name);
  std::ofstream(path) << text;
  return path;
}

// A context whose services are on ports where nothing listens.
std::string ContextFile() {
  return Written("context.yaml",
                 "missions:\n"
                 "  unamid: {sitrep_ingest: \"127.0.0.1:1\", gateway: \"127.0.0.1:1\",\n"
                 "           ops: {gateway: \"127.0.0.1:1\"}}\n"
                 "  unmis: {}\n"
                 "rules_dir: " +
                     std::string(std::getenv("PWD")) + "/rules\n");
}

TEST(CliTest, HelpNamesEverySubcommandAndTheExitStatuses) {
  const Ended help = RunCtl("--help");
  EXPECT_EQ(help.status, 0);
  for (const char* name :
       {"file",     "raise",   "correct",  "withdraw", "regrade", "triage",  "import",
        "play",     "watch",   "list",     "show",     "ack",     "assign",  "comment",
        "escalate", "resolve", "reopen",   "link",     "mark",    "respond", "history",
        "topics",   "status",  "backtest", "rules"}) {
    EXPECT_THAT(help.output, HasSubstr(StrCat("\n  ", name, " "))) << name;
    const Ended own = RunCtl(StrCat(name, " --help"));
    EXPECT_EQ(own.status, 0) << name;
    EXPECT_THAT(own.output, HasSubstr(StrCat("  tocsinctl ", name))) << "no example for " << name;
  }
  EXPECT_THAT(help.output, HasSubstr("Exit status: 0 done;"));
}

TEST(CliTest, WrongArgumentsEndWithTwoAndSayWhich) {
  for (const auto& [arguments, reason] : std::vector<std::pair<std::string, std::string>>{
           {"", "subcommand"},
           {"fly", "no subcommand fly"},
           {"watch --colour red", "--colour"},
           {"import ucdp", "file is required"},
           {"import xml x.xml", "xml"},
           {"play x.yaml --speed fast", "neither max nor a number"},
           {"play x.yaml --speed 0", "neither max nor a number"},
           {"import ucdp x.csv --shift-days 9999999", "shift-days"},
           {"withdraw r-1 --reason x", "--revision is required"},
           {"withdraw r-1 --revision 1 --reason x", "--revision"},
           {"regrade r-1 --revision 2 --reason x --grading Z1", "A1 to F6"},
           {"list --status cold", "cold"},
           {"topics", "subcommand"}}) {
    const Ended ended = RunCtl(arguments);
    EXPECT_EQ(ended.status, 2) << arguments << "\n" << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(reason)) << arguments;
  }
}

TEST(CliTest, AContextThatIsMissingOrWrongEndsWithTwo) {
  const Ended missing = RunCtl("--context /nowhere/context.yaml list");
  EXPECT_EQ(missing.status, 2);
  EXPECT_THAT(missing.output, AllOf(HasSubstr("/nowhere/context.yaml"), HasSubstr("--context")));
  for (const auto& [text, reason] : std::vector<std::pair<std::string, std::string>>{
           {"missions: {unamid: {gatway: x}}\n", "missions.unamid.gatway is no key"},
           {"missions: [unamid]\n", "missions is not a mapping"},
           {"missions: {unamid: {roles: {sensor: {ca: x}}}}\n", "needs ca, certificate and key"},
           {"topics: {keyed_partitions: 0}\n", "topics.keyed_partitions"},
           {"missions: {a: \"\n", "end of map"}}) {
    const Ended ended = RunCtl(StrCat("--context ", Written("wrong.yaml", text), " list"));
    EXPECT_EQ(ended.status, 2) << text;
    EXPECT_THAT(ended.output, HasSubstr(reason)) << text;
  }
}

TEST(CliTest, TheMissionMustBeOneOfTheContext) {
  const std::string context = StrCat("--context ", ContextFile(), " ");
  EXPECT_THAT(RunCtl(context + "list").output, HasSubstr("name a mission"));
  EXPECT_THAT(RunCtl(context + "list --mission mars").output, HasSubstr("no mission mars"));
  EXPECT_THAT(RunCtl(context + "triage --mission unmis").output,
              HasSubstr("no sitrep_ingest for unmis"));
  EXPECT_THAT(RunCtl(context + "triage --mission unamid").output,
              HasSubstr("no certificate of role watch-officer or reporting-officer"));
}

TEST(CliTest, AFlashReportNeedsFourThings) {
  const std::string file = StrCat("--context ", ContextFile(), " file --mission unamid ");
  const Ended ended = RunCtl(file + "--what security.attack --where x --when now");
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.output, HasSubstr("--how is missing"));
  for (const auto& [flags, reason] : std::vector<std::pair<std::string, std::string>>{
           {"--when yesterday", "--when: \"yesterday\" is not a date"},
           {"--lat 3", "--lat: needs --lon"},
           {"--zone Mars/North", "is no IANA zone"},
           {"--grading Q", "--grading"},
           {"--same-incident x", "MISSION/ID"},
           {"--attribute x", "NAME=VALUE"},
           {"--from /nowhere.json", "/nowhere.json"},
           {"--tlp purple", "--tlp"}}) {
    const Ended bad = RunCtl(file + flags);
    EXPECT_EQ(bad.status, 2) << flags;
    EXPECT_THAT(bad.output, HasSubstr(reason)) << flags;
  }
}

TEST(CliTest, ARaisedWarningNeedsItsSeverityAndWhatAReportNeeds) {
  const std::string raise = StrCat("--context ", ContextFile(), " raise --mission unamid ");
  for (const auto& [flags, reason] : std::vector<std::pair<std::string, std::string>>{
           {"--where x", "--severity is required"},
           {"--severity grave --where x", "--severity"},
           {"--severity severe", "--where is missing"},
           {"--severity severe --where x --when yesterday", "--when: \"yesterday\" is not a date"},
           {"--severity severe --where x --lat 3", "--lat: needs --lon"},
           {"--severity severe --where x --tlp purple", "--tlp"},
           {"--severity severe --where x --what security.attack", "--what"},
           {"--severity severe --where x --attribute severity=minor", "--attribute: severity"},
           // What is right is filed as any report: here no service can be called.
           {"--severity severe --where x", "no certificate of role reporting-officer"}}) {
    const Ended ended = RunCtl(raise + flags);
    EXPECT_EQ(ended.status, 2) << flags << "\n" << ended.output;
    EXPECT_THAT(ended.output, HasSubstr(reason)) << flags;
  }
}

TEST(CliTest, ADryRunShowsWhatWouldBeFiled) {
  const std::string context = StrCat("--context ", ContextFile(), " ");
  const Ended table =
      RunCtl(context + "import ucdp data/ucdp/ucdp_ged_2008_2009.csv --filer unmis --dry-run");
  EXPECT_EQ(table.status, 0) << table.output;
  EXPECT_THAT(table.output, HasSubstr("289 rows, 289 events"));
  EXPECT_THAT(table.output, HasSubstr("unmis"));
  const std::string bad = Written("bad.csv", "latitude,longitude\n1,2\n");
  const Ended refused = RunCtl(StrCat(context, "import firms ", bad, " --dry-run"));
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.output, HasSubstr("bad.csv:1: scan, track"));
  const Ended gone = RunCtl(context + "import firms /nowhere.csv --dry-run");
  EXPECT_EQ(gone.status, 2);
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(CliTest, ABacktestIsTheSameForEveryOrderOfRows) {
  std::ifstream file("data/ucdp/ucdp_ged_2008_2009.csv");
  std::string header, turned;
  std::getline(file, header);
  for (std::string line; std::getline(file, line);) turned = line + "\n" + turned;
  const std::string reversed = Written("reversed.csv", header + "\n" + turned);
  const std::string out = StrCat(::testing::TempDir(), "/straight.ndjson");
  const std::string out_reversed = StrCat(::testing::TempDir(), "/reversed.ndjson");
  const std::string backtest = "backtest --rules rules --filer unmis --to 2009-03-31 --events ";
  const Ended straight = RunCtl(StrCat(backtest, "data/ucdp/ucdp_ged_2008_2009.csv --out ", out));
  ASSERT_EQ(straight.status, 0) << straight.output;
  EXPECT_THAT(straight.output, AllOf(HasSubstr("attacks-near-border"), HasSubstr("reports/s")));
  ASSERT_EQ(RunCtl(StrCat(backtest, reversed, " --out ", out_reversed)).status, 0);
  EXPECT_THAT(ReadAll(out), HasSubstr("\"rule\":\"group-in-two-areas\""));
  EXPECT_EQ(ReadAll(out), ReadAll(out_reversed));

  const std::string whole = StrCat(::testing::TempDir(), "/whole.ndjson");
  ASSERT_EQ(RunCtl(StrCat("backtest --filer unmis --events data/ucdp/ucdp_ged_2008_2009.csv --out ",
                          whole))
                .status,
            0);
  const std::string two_years = ReadAll(whole);
  ASSERT_GT(two_years.size(), ReadAll(out).size());
  EXPECT_EQ(two_years.substr(0, ReadAll(out).size()), ReadAll(out))
      << "what was reported later changes nothing of what was written";

  const std::string late = StrCat(::testing::TempDir(), "/late.ndjson");
  ASSERT_EQ(
      RunCtl(StrCat(backtest, "data/ucdp/ucdp_ged_2008_2009.csv --from 2009-01-01 --out ", late))
          .status,
      0);
  const std::string all = ReadAll(out), kept = ReadAll(late);
  ASSERT_FALSE(kept.empty());
  ASSERT_LT(kept.size(), all.size());
  EXPECT_EQ(all.substr(all.size() - kept.size()), kept) << "--from leaves out, and changes nothing";
}

TEST(CliTest, ABacktestComparesTwoVersions) {
  const std::filesystem::path other = std::filesystem::path(::testing::TempDir()) / "other-rules";
  std::filesystem::remove_all(other);
  std::filesystem::copy("rules", other, std::filesystem::copy_options::recursive);
  std::filesystem::remove(other / "pack" / "group-in-two-areas.yaml");
  const std::string rule = ReadAll("rules/pack/attacks-near-border.yaml");
  const std::string eager = "moderate: 2";
  std::ofstream(other / "pack" / "attacks-near-border.yaml")
      << std::string(rule).replace(rule.find("moderate: 3"), eager.size(), eager);
  const Ended ended =
      RunCtl(StrCat("backtest --json --filer unmis --events data/ucdp/ucdp_ged_2008_2009.csv "
                    "--compare ",
                    other.string()));
  ASSERT_EQ(ended.status, 0) << ended.output;
  const auto json = nlohmann::json::parse(ended.output.substr(ended.output.find('{')));
  const auto& rules = json["compare"]["rules"];
  EXPECT_EQ(rules["group-in-two-areas"]["no_more"], json["rules"]["group-in-two-areas"]["lines"]);
  EXPECT_GT(rules["attacks-near-border"]["earlier"], 0);
  EXPECT_EQ(rules["attacks-near-border"]["later"], 0);
  EXPECT_EQ(rules["attacks-near-border"]["no_more"], 0) << "who fires at three has fired at two";
}

TEST(CliTest, ABacktestTellsWhatIsWrongWithItsFiles) {
  const Ended unknown = RunCtl(StrCat("backtest --events ", Written("odd.csv", "a,b\n1,2\n")));
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.output, HasSubstr("odd.csv is none of UCDP GED"));
  EXPECT_EQ(RunCtl("backtest --events /nowhere.csv").status, 2);
  const Ended bad_row = RunCtl(StrCat(
      "backtest --events ", Written("bad-row.csv", "date,latitude,longitude\n2009-01-01,4,x\n")));
  EXPECT_EQ(bad_row.status, 1) << bad_row.output;
  EXPECT_THAT(bad_row.output, HasSubstr("bad-row.csv:2: longitude"));
  EXPECT_THAT(RunCtl("backtest --events data/exercise/record.yaml --from soon").output,
              HasSubstr("--from:"));
}

TEST(CliTest, TimelinesPassAndFail) {
  const std::filesystem::path other = std::filesystem::path(::testing::TempDir()) / "tested-rules";
  std::filesystem::remove_all(other);
  std::filesystem::copy("rules", other, std::filesystem::copy_options::recursive);
  const std::string path = "pack/abductions-near-border.tests.yaml";
  const std::string text = ReadAll("rules/" + path);
  const std::string only = " --rule abductions-near-border";
  const Ended good = RunCtl(StrCat("rules test ", other.string(), only));
  EXPECT_EQ(good.status, 0) << good.output;
  EXPECT_THAT(good.output, HasSubstr(" timelines, 0 failed"));

  const std::string severe = "severity: severe";
  std::ofstream(other / path) << std::string(text).replace(text.find("severity: moderate"),
                                                           severe.size() + 2, severe);
  const Ended failed = RunCtl(StrCat("rules test ", other.string(), only));
  EXPECT_EQ(failed.status, 1);
  EXPECT_THAT(failed.output, AllOf(HasSubstr("FAIL  abductions-near-border: one on each side"),
                                   HasSubstr("expected line "), HasSubstr("came     issued")));

  std::ofstream(other / path) << "rule: abductions-near-border\n";
  const Ended bad = RunCtl(StrCat("rules test ", other.string(), only));
  EXPECT_EQ(bad.status, 2);
  EXPECT_THAT(bad.output, HasSubstr("tests.yaml:1: timelines is not a list"));

  std::filesystem::remove(other / path);
  const Ended none = RunCtl(StrCat("rules test ", other.string(), only));
  EXPECT_EQ(none.status, 1) << "a rule without a timeline is not a rule that passed";
  EXPECT_THAT(none.output, HasSubstr("no timeline"));
}

TEST(CliTest, ExplainsHowFarARuleIsFromAWarning) {
  const std::string record = Written("two.yaml", R"(reports:
  - {mission: unmis, id: a-1, type: security.attack, observed: "2009-01-02T10:00Z", grading: B2,
     source: {kind: person}, place: {lat: 4.45, lon: 28.35, uncertainty_km: 5}}
  - {mission: unmis, id: a-2, type: security.attack, observed: "2009-01-12T10:00Z", grading: B2,
     source: {kind: person}, place: {lat: 4.45, lon: 28.35, uncertainty_km: 5}}
)");
  const auto explain = [&](const std::string& rest) {
    return RunCtl(StrCat("rules explain ", rest, " --json --events ", record));
  };
  const Ended two = explain("attacks-near-border");
  ASSERT_EQ(two.status, 0) << two.output;
  const auto json = nlohmann::json::parse(two.output);
  EXPECT_EQ(json["key"]["corridor"], "drc-south-sudan");
  EXPECT_EQ(json["value"], 2);
  EXPECT_EQ(json["threshold"], 3);
  EXPECT_EQ(json["standing"], false);
  EXPECT_THAT(explain("attacks-near-border --at 2009-01-10").output, HasSubstr("\"value\":1"));
  EXPECT_EQ(explain("attacks-near-border --at 2009-03-10").output, "");
  EXPECT_EQ(explain("no-such-rule").status, 2);
}

TEST(CliTest, ExplainsWhatIsThereAndWhatIsMissing) {
  const std::string record = Written("phases.yaml", R"(reports:
  - {mission: minurcat, id: p-1, type: phase.declared, nature: declared, attributes: {level: IV},
     observed: "2009-01-02T10:00Z", valid: "2009-01-02T10:00Z", source: {kind: person},
     place: {lat: 13.2, lon: 21.9, uncertainty_km: 1}}
  - {mission: unamid, id: p-2, type: phase.declared, nature: declared, attributes: {level: III},
     observed: "2009-01-03T10:00Z", valid: "2009-01-03T10:00Z", source: {kind: person},
     place: {lat: 13.4, lon: 22.5, uncertainty_km: 1}}
)");
  const std::string command =
      StrCat("rules explain phase-divergence --at 2009-01-04T10:00Z --events ", record);
  const Ended told = RunCtl(StrCat(command, " --json"));
  ASSERT_EQ(told.status, 0) << told.output;
  const auto json = nlohmann::json::parse(told.output);
  EXPECT_EQ(json["value"], 86'400);
  EXPECT_EQ(json["threshold"], 3 * 86'400);
  EXPECT_EQ(json["since"], "2009-01-03T10:00:00Z");
  EXPECT_EQ(json["until"], "2009-01-06T10:00:00Z");
  EXPECT_EQ(json["sides"][1]["side"], "unamid");
  EXPECT_EQ(json["sides"][1]["value"], "III");
  const Ended words = RunCtl(command);
  EXPECT_THAT(words.output, HasSubstr("corridor=chad-darfur\n  eastern Chad and north-eastern CAR: "
                                      "phase IV, MINURCAT p-1, since 2009-01-02 10:00Z"));
  EXPECT_THAT(words.output, HasSubstr("which warns if it lasts beyond 2009-01-06 10:00Z\n"));
}

TEST(CliTest, StatusSaysWhatDoesNotAnswer) {
  const Ended ended = RunCtl(StrCat("--context ", ContextFile(), " status"));
  EXPECT_EQ(ended.status, 3);
  EXPECT_THAT(ended.output, HasSubstr("does not answer on 127.0.0.1:1"));
}

}  // namespace
}  // namespace tocsin::ctl
