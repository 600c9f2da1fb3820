// The program itself, as a person or a script runs it.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "lib/base/text.h"

namespace tocsin::ctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct Ended {
  int status = -1;
  std::string output;  // both streams
};

Ended RunCtl(const std::string& arguments) {
  const char* const program = std::getenv("TOCSINCTL");
  const std::string command =
      StrCat(program == nullptr ? "tocsinctl" : program, " ", arguments, " 2>&1");
  Ended ended;
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) {
    return ended;
  }
  std::array<char, 4096> buffer{};
  for (size_t size = 0; (size = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    ended.output.append(buffer.data(), size);
  }
  const int status = pclose(pipe);
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

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
  for (const char* name : {"file", "correct", "withdraw", "regrade", "triage", "import", "play",
                           "watch", "list", "show", "ack", "topics", "status"}) {
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

TEST(CliTest, StatusSaysWhatDoesNotAnswer) {
  const Ended ended = RunCtl(StrCat("--context ", ContextFile(), " status"));
  EXPECT_EQ(ended.status, 3);
  EXPECT_THAT(ended.output, HasSubstr("does not answer on 127.0.0.1:1"));
}

}  // namespace
}  // namespace tocsin::ctl
