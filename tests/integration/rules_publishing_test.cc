// Publishing rules as people do it: tocsinctl, the gateways of two missions, and a broker.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/packfiles/load.h"
#include "lib/publication/publication_testing.h"
#include "lib/wire/wire.h"
#include "tests/integration/gateway_world.h"
#include "tests/integration/kafka_fixture.h"
#include "tocsinctl/run_ctl_testing.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;
using ctl::Ended;
using ::testing::HasSubstr;
using ::testing::Not;

const SourceId kRulesSource = {kRulesTopic, 0};

// The shipped rules, but of rules only those named.
fs::path RulesFolder(const std::string& name, const std::set<std::string>& rules) {
  const fs::path folder = fs::path(testing::KafkaBroker::Get().Folder("rules")) / name;
  fs::remove_all(folder);
  fs::create_directories(folder);
  fs::copy("rules", folder, fs::copy_options::recursive);
  for (const auto& entry : fs::directory_iterator(folder / "pack")) {
    const std::string file = entry.path().filename().string();
    if (!rules.contains(file.substr(0, file.find('.')))) fs::remove(entry.path());
  }
  return folder;
}

void Change(const fs::path& file, const std::string& from, const std::string& to) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  std::string changed = text.str();
  ASSERT_NE(changed.find(from), std::string::npos) << file;
  changed.replace(changed.find(from), from.size(), to);
  std::ofstream(file, std::ios::trunc) << changed;
}

// As the router's publisher does it at the first start of a deployment.
void Deploy(const fs::path& folder) {
  const auto documents = LoadPackFiles(folder);
  ASSERT_TRUE(documents.ok()) << documents.status();
  std::vector<std::string> records;
  for (const Document& document : *documents) {
    records.push_back(SerializeDeterministic(ToProto(RulesInput(document))));
  }
  const Activation activation =
      ActivationOf(*documents, {MissionId("minurcat"), MissionId("unamid")});
  records.push_back(SerializeDeterministic(ToProto(RulesInput(activation))));
  testing::ProduceAll(kRulesSource, records);
}

// Two people of UNAMID, one of them an operator too, and one of MINURCAT.
class People {
 public:
  People(const testing::GatewayProcess& unamid, const testing::GatewayProcess& minurcat) {
    const std::string pki = testing::GatewayWorld::Get().pki();
    EXPECT_EQ(std::system(StrCat("deploy/pki/make-certs --quiet --out '", pki,
                                 "' unamid/watch-officer/amina unamid/operator/amina "
                                 "unamid/watch-officer/brahim minurcat/watch-officer/chantal")
                              .c_str()),
              0);
    pki_ = pki;
    context_ = testing::KafkaBroker::Get().Folder("context") + "/tocsinctl.yaml";
    SetPorts(unamid, minurcat);
  }
  void SetPorts(const testing::GatewayProcess& unamid, const testing::GatewayProcess& minurcat) {
    const auto mission = [](const testing::GatewayProcess& gateway) {
      return nlohmann::json{{"gateway", StrCat("127.0.0.1:", gateway.port())}};
    };
    std::ofstream(context_) << nlohmann::json{{"missions",
                                               {{"unamid", mission(unamid)},
                                                {"minurcat", mission(minurcat)}}}}
                                   .dump();
  }
  // "unamid.watch-officer.amina" calls `rules <arguments>`.
  Ended Rules(const std::string& who, const std::string& arguments) const {
    const std::string stem = StrCat(pki_, "/", who);
    return ctl::RunCtl(StrCat("--context ", context_, " --mission ", who.substr(0, who.find('.')),
                              " --ca ", pki_, "/ca.crt --cert ", stem, ".crt --key ", stem,
                              ".key rules ", arguments));
  }

 private:
  std::string pki_, context_;
};

constexpr char kOverrides[] = R"(mission: unamid
overrides:
  attacks-near-border:
    version: 1
    why: One road leads to the corridor, and it takes four days to get there.
    condition: {severities: {moderate: 2}}
)";
constexpr char kTimelines[] = R"(rule: attacks-near-border@unamid
defaults:
  mission: unamid
  type: security.attack
  place: {name: El Geneina, lat: 13.45, lon: 22.45, uncertainty_km: 5}
  source: {kind: person}
timelines:
  - name: two are enough
    reports:
      - {id: a-1, observed: "2009-01-02T10:00Z"}
      - {id: a-2, observed: "2009-01-12T10:00Z"}
    expect:
      - {issued: "2009-01-12", to: [unamid]}
)";

const std::string kAmina = "unamid.watch-officer.amina";
const std::string kAminaOperator = "unamid.operator.amina";
const std::string kBrahim = "unamid.watch-officer.brahim";
const std::string kChantal = "minurcat.watch-officer.chantal";

std::string LineWith(const std::string& text, const std::string& begin) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(begin)) return line;
  }
  return "";
}

TEST(RulesPublishing, TwoPeoplePublishAndEachCentreAcceptsForItself) {
  testing::GatewayWorld::Get();
  const std::string state = testing::KafkaBroker::Get().Folder("publishing-state");
  const fs::path first = RulesFolder("first", {"attacks-near-border"});
  Deploy(first);
  testing::GatewayProcess unamid("unamid", state + "/unamid");
  testing::GatewayProcess minurcat("minurcat", state + "/minurcat");
  unamid.Start();
  minurcat.Start();
  People people(unamid, minurcat);

  const Ended status = people.Rules(kAmina, "status");
  ASSERT_EQ(status.status, 0) << status.output;
  EXPECT_THAT(LineWith(status.output, "attacks-near-border"), HasSubstr("live   minurcat, unamid"));

  // A rule more, and another version of the first.
  const fs::path more = RulesFolder("more", {"attacks-near-border", "displacement-near-border"});
  const fs::path rule = more / "pack/attacks-near-border.yaml";
  const std::string propose = StrCat("propose ", more.string(), " --reason 'flows, too'");
  Change(rule, "urgency: expected", "urgency: future");
  const Ended same_version = people.Rules(kAmina, propose);
  EXPECT_EQ(same_version.status, 1) << same_version.output;
  EXPECT_THAT(same_version.output, HasSubstr("the version is 1 still; make it 2"));
  Change(rule, "version: 1", "version: 2");
  Change(rule, "urgency: future", "urgency: future\nstate: draft");
  const Ended draft = people.Rules(kAmina, propose);
  EXPECT_EQ(draft.status, 1) << draft.output;
  EXPECT_THAT(draft.output, HasSubstr("state: is draft, and a draft is never published"));
  Change(rule, "\nstate: draft", "");

  // What a centre could not bear is refused before anybody is asked.
  const fs::path record = more / "record.yaml";
  std::ofstream(record) << R"(exercise: EX-BURDEN
reports:
  - {mission: minurcat, id: f-1, stream: sitrep, type: displacement.flow, nature: observed,
     observed: "2009-03-14T08:00Z", place: {name: Adré, lat: 13.44, lon: 22.17, uncertainty_km: 5},
     source: {kind: person, component: civil_affairs, how: heard}}
)";
  Change(more / "desks.yaml", "title: UNAMID\n    budget: {warnings_per_watch: 10}",
         "title: UNAMID\n    budget: {warnings_per_watch: 0}");
  const Ended burden =
      people.Rules(kAmina, StrCat(propose, " --exercise EX-BURDEN --events ", record.string()));
  EXPECT_EQ(burden.status, 1) << burden.output;
  EXPECT_THAT(burden.output,
              HasSubstr("unamid would have up to 1 warnings in 95 of 100 watches, 0 now, and its "
                        "budget is 0"));
  Change(more / "desks.yaml", "warnings_per_watch: 0", "warnings_per_watch: 1");
  const std::string with_id =
      StrCat(propose, " --proposal-id p1 --exercise EX-BURDEN --events ", record.string());
  const Ended proposed = people.Rules(kAmina, with_id);
  ASSERT_EQ(proposed.status, 0) << proposed.output;
  EXPECT_THAT(proposed.output, HasSubstr("waits for a second person: tocsinctl rules confirm p1"));
  EXPECT_EQ(people.Rules(kAmina, with_id).status, 0) << "tried again, it is the same proposal";

  // Nobody changes the rules alone, whatever certificates they have.
  for (const std::string& who : {kAmina, kAminaOperator}) {
    const Ended own = people.Rules(who, "confirm p1");
    EXPECT_EQ(own.status, 1) << own.output;
    EXPECT_THAT(own.output, HasSubstr("unamid/amina is the author; a second person confirms"));
  }
  EXPECT_EQ(people.Rules("unamid.liaison.desk", "confirm p1").status, 5);
  EXPECT_THAT(people.Rules(kAmina, "status").output, HasSubstr("proposal p1, open: unamid/amina"));

  // MINURCAT's gateway has read the proposal too.
  Ended confirmed;
  ASSERT_TRUE(testing::Eventually([&] {
    confirmed = people.Rules(kChantal, "confirm p1");
    return confirmed.status == 0;
  })) << confirmed.output;
  EXPECT_THAT(confirmed.output, HasSubstr("new: displacement-near-border; live for nobody"));
  const auto row = [&](const std::string& who, const std::string& id) {
    return LineWith(people.Rules(who, "status").output, id);
  };
  EXPECT_TRUE(testing::Eventually(
      [&] { return row(kAmina, "displacement-near-border").ends_with("live   -"); }));
  EXPECT_THAT(row(kAmina, "attacks-near-border"), HasSubstr("2        live   minurcat, unamid"));

  // Each centre for itself, and by its watch officers.
  EXPECT_EQ(people.Rules(kAminaOperator, "accept displacement-near-border").status, 5);
  const Ended unknown = people.Rules(kBrahim, "accept no-such-rule");
  EXPECT_EQ(unknown.status, 1);
  EXPECT_THAT(unknown.output, HasSubstr("there is no rule 'no-such-rule' in effect"));
  const Ended accepted = people.Rules(kBrahim, "accept displacement-near-border");
  ASSERT_EQ(accepted.status, 0) << accepted.output;
  EXPECT_THAT(accepted.output, HasSubstr("displacement-near-border is live for unamid;"));
  EXPECT_TRUE(testing::Eventually(
      [&] { return row(kChantal, "displacement-near-border").ends_with("live   unamid"); }));

  // The history is in the log.
  EXPECT_EQ(unamid.Stop(), 0);
  unamid.Start();
  people.SetPorts(unamid, minurcat);
  const Ended history = people.Rules(kAmina, "history --json");
  ASSERT_EQ(history.status, 0) << history.output;
  std::vector<nlohmann::json> entries;
  std::istringstream lines(history.output);
  for (std::string line; std::getline(lines, line);) entries.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(entries.size(), 3U) << history.output;
  EXPECT_EQ(entries[0]["kind"], "PUBLICATION_KIND_FIRST");
  EXPECT_EQ(entries[1]["proposal"]["reason"], "flows, too");
  EXPECT_EQ(entries[1]["confirmation"]["by"]["name"], "chantal");
  EXPECT_EQ(entries[1]["added"], nlohmann::json::array({"displacement-near-border"}));
  EXPECT_EQ(entries[1]["changed"], nlohmann::json::array({"attacks-near-border"}));
  EXPECT_EQ(entries[1]["documents"], nlohmann::json::array({"desks"}));
  EXPECT_EQ(entries[2]["acceptance"]["by"]["name"], "brahim");
  EXPECT_THAT(people.Rules(kAmina, "history").output,
              HasSubstr("flows, too (+displacement-near-border ~attacks-near-border ~desks)\n"));

  // Back to where it began, which two people do as well.
  const std::string digest = std::string(entries[0]["digest"]).substr(0, 12);
  const Ended rollback =
      people.Rules(kBrahim, StrCat("rollback ", digest, " --reason 'too many' --proposal-id back"));
  ASSERT_EQ(rollback.status, 0) << rollback.output;
  EXPECT_THAT(rollback.output, HasSubstr("gone displacement-near-border: version 1"));
  EXPECT_THAT(rollback.output, HasSubstr("no burden was shown"));
  const Ended back = people.Rules(kAmina, "confirm back");
  ASSERT_EQ(back.status, 0) << back.output;
  EXPECT_EQ(row(kAmina, "displacement-near-border"), "");
  EXPECT_THAT(row(kAmina, "attacks-near-border"), HasSubstr("1        live   minurcat, unamid"));
  const Ended gone = people.Rules(kAmina, "rollback 00000000 --reason 'no such'");
  EXPECT_EQ(gone.status, 4) << gone.output;

  // UNAMID's own form of a rule: two of its people, whatever others say and whatever their folders
  // have.
  const fs::path own = RulesFolder("own", {"attacks-near-border"});
  fs::create_directory(own / "overrides");
  std::ofstream(own / "overrides/unamid.yaml") << kOverrides;
  std::ofstream(own / "overrides/attacks-near-border@unamid.tests.yaml") << kTimelines;
  const Ended form = people.Rules(
      kAmina, StrCat("propose ", own.string(), " --reason 'one road' --proposal-id form"));
  ASSERT_EQ(form.status, 0) << form.output;
  EXPECT_THAT(form.output, HasSubstr("new attacks-near-border@unamid: version 2\n"));
  EXPECT_TRUE(testing::Eventually([&] {
    return people.Rules(kChantal, "confirm form")
               .output.find("minurcat/chantal is not of unamid") != std::string::npos;
  }));
  const Ended taken = people.Rules(kBrahim, "confirm form");
  ASSERT_EQ(taken.status, 0) << taken.output;
  EXPECT_THAT(taken.output, HasSubstr("new: attacks-near-border@unamid; live for unamid as soon as "
                                      "it has accepted attacks-near-border\n"));
  EXPECT_TRUE(testing::Eventually(
      [&] { return row(kChantal, "attacks-near-border@unamid").ends_with("live   unamid"); }));
  EXPECT_TRUE(row(kChantal, "attacks-near-border ").ends_with("live   minurcat"));
  const Ended accept_form = people.Rules(kBrahim, "accept attacks-near-border@unamid");
  EXPECT_EQ(accept_form.status, 1);
  EXPECT_THAT(accept_form.output, HasSubstr("accept attacks-near-border\n"));
  fs::remove_all(own / "overrides");
  Change(own / "pack/attacks-near-border.yaml", "version: 1", "version: 2");
  Change(own / "pack/attacks-near-border.yaml", "response: prepare", "response: assess");
  const Ended others = people.Rules(
      kChantal, StrCat("propose ", own.string(), " --reason 'more' --proposal-id rule"));
  ASSERT_EQ(others.status, 0) << others.output;
  EXPECT_THAT(others.output,
              HasSubstr("overrides/unamid stays as it is in effect: only unamid changes it\n"));
  EXPECT_THAT(others.output, HasSubstr("changed attacks-near-border@unamid: version 3, was 2\n"));

  // A rule needs what it looks back for: no proposal while a topic is kept for less.
  testing::SetTopicSetting(kKeyedTopic, "retention.ms", "86400000");
  EXPECT_EQ(unamid.Stop(), 0);
  unamid.Start();
  people.SetPorts(unamid, minurcat);
  const Ended too_short = people.Rules(kAmina, propose);
  EXPECT_EQ(too_short.status, 1) << too_short.output;
  EXPECT_THAT(too_short.output,
              HasSubstr("documents: topic fusion.keyed.v1: retention.ms is 86400000, and rule "
                        "attacks-near-border needs at least "));
  testing::SetTopicSetting(kKeyedTopic, "retention.ms", "-1");
}

}  // namespace
}  // namespace tocsin
