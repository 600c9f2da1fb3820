// Router, correlators and a gateway over a real broker while rules change: a rule that costs more
// than it may rests in every partition until another version wakes it, what that one looks back for
// is read again, and people are told of both.
#include <filesystem>
#include <fstream>
#include <stop_token>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "correlator/app.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/wire/wire.h"
#include "router/app.h"
#include "tests/integration/gateway_world.h"
#include "tests/integration/kafka_fixture.h"
#include "tocsinctl/run_ctl_testing.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;
using ctl::Ended;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const MissionId kMinurcat("minurcat");
const MissionId kUnamid("unamid");
const SourceId kSitreps = {"mission.minurcat.sitreps.v1", 0};
constexpr int32_t kKeyedPartitions = 2;
constexpr int32_t kWarningsPartitions = 3;

// Near Adré, on the border of Chad and Darfur, one in a minute.
Event ReportOf(const std::string& type, const std::string& id, int64_t minute) {
  Event event;
  event.identity = {kMinurcat, EventId(id)};
  event.revision = 1;
  event.revision_kind = RevisionKind::kFile;
  event.status = Status::kActual;
  event.type = type;
  event.nature = Nature::kObserved;
  const Time at =
      Time(std::chrono::sys_days(std::chrono::year(2009) / 3 / 4)) + std::chrono::minutes(minute);
  event.observed = {at, at};
  event.precision = TimePrecision::kInstant;
  event.accepted = at;
  event.place.name = "Adré";
  event.place.point = Point{.latitude = 13.47, .longitude = 22.2};
  event.label.originator = kMinurcat;
  return event;
}

void Report(const std::string& type, const std::string& stem, int64_t from, int64_t to) {
  std::vector<std::string> values;
  for (int64_t i = from; i < to; ++i) {
    values.push_back(SerializeDeterministic(ToProto(ReportOf(type, StrCat(stem, i), i))));
  }
  testing::ProduceAll(kSitreps, values);
}

// The shipped registers with two rules: one that counts clashes, and one of attacks.
fs::path RulesFolder(const std::string& name, int version, const std::string& attacks) {
  const fs::path folder = fs::path(testing::KafkaBroker::Get().Folder("rules")) / name;
  fs::copy("rules", folder, fs::copy_options::recursive);
  fs::remove_all(folder / "pack");
  fs::create_directories(folder / "pack");
  const auto write = [&](const std::string& id, int of_version, const std::string& text) {
    std::ofstream(folder / "pack" / (id + ".yaml"))
        << "id: " << id << "\nversion: " << of_version
        << "\ntitle: {en: T}\nwhy: W\naddress: other_side\nurgency: expected\nresponse: assess\n"
        << "label: {classification: unclassified, tlp: amber}\nlifetime: 20d\n"
        << "group_by: [corridor]\n"
        << text;
  };
  // Without any nothing can be proposed.
  for (const char* id : {"attacks", "clashes"}) {
    std::ofstream(folder / "pack" / StrCat(id, ".tests.yaml")) << "rule: " << id << R"(
defaults:
  mission: minurcat
  type: security.attack
  place: {name: near Adré, lat: 13.47, lon: 22.2, uncertainty_km: 5}
  source: {kind: person, component: civil_affairs, how: interviewed}
timelines:
  - name: one is not enough
    reports: [{id: a-1, observed: "2009-03-04T10:00Z"}]
    expect: []
)";
  }
  write("attacks", version, attacks);
  write("clashes", 1,
        "kind: event_count\nselections: {clash: {types: [security.clash]}}\n"
        "condition: {window: 10d, severities: {minor: 3}}\n");
  return folder;
}

// Three attacks that as many missions report, in any order: all are MINURCAT's, so that every
// search looks at everything and finds nothing.
constexpr char kDear[] = R"(kind: temporal
selections:
  a: {types: [security.attack]}
  b: {types: [security.attack]}
  c: {types: [security.attack]}
condition: {steps: [a, b, c], within: 10d, differ: [mission], severity: severe}
)";
constexpr char kCheap[] = R"(kind: temporal
selections: {a: {types: [security.attack]}, b: {types: [security.attack]}}
condition: {steps: [a, b], within: 2m, severity: severe}
)";

// Router and correlator as their processes run them, each on a thread.
class Engine {
 public:
  explicit Engine(const fs::path& rules) {
    const std::string state = testing::KafkaBroker::Get().Folder("engine-state");
    router_.kafka = correlator_.kafka = testing::KafkaBroker::Get().config();
    router_.state_dir = correlator_.state_dir = state;
    router_.task = "router-0";
    router_.group = "router";
    router_.missions = router_.live_missions = {kMinurcat, kUnamid};
    router_.clock = ClockMode::kScenario;
    router_.margin = std::chrono::seconds(60);
    router_.rules_dir = rules.string();
    router_.reread_per_second = 50;  // so that a person has the time to see it
    correlator_.group = "correlator";
    correlator_.cache_bytes = correlator_.write_buffer_bytes = 8U << 20U;
    for (std::unique_ptr<Ops>* ops : {&router_ops_, &correlator_ops_}) {
      auto started = Ops::Start("127.0.0.1", 0);
      EXPECT_TRUE(started.ok()) << started.status();
      *ops = *std::move(started);
    }
    threads_.emplace_back([this] {
      const absl::Status status = RunRouter(router_, *router_ops_, stop_.get_token());
      EXPECT_TRUE(status.ok()) << status;
    });
    threads_.emplace_back([this] {
      const absl::Status status = RunCorrelator(correlator_, *correlator_ops_, stop_);
      EXPECT_TRUE(status.ok()) << status;
    });
  }
  ~Engine() {
    stop_.request_stop();
    for (std::thread& thread : threads_) thread.join();
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  nlohmann::json ops() const {
    return {{"router", StrCat("127.0.0.1:", router_ops_->port())},
            {"correlator", StrCat("127.0.0.1:", correlator_ops_->port())}};
  }

 private:
  RouterServiceOptions router_;
  CorrelatorOptions correlator_;
  std::unique_ptr<Ops> router_ops_, correlator_ops_;
  std::stop_source stop_;
  std::vector<std::thread> threads_;
};

// tocsinctl as a watch officer of UNAMID.
class Officer {
 public:
  Officer(const Engine& engine, const testing::GatewayProcess& gateway)
      : pki_(testing::GatewayWorld::Get().pki()),
        context_(testing::KafkaBroker::Get().Folder("context") + "/tocsinctl.yaml") {
    EXPECT_EQ(std::system(StrCat("deploy/pki/make-certs --quiet --out '", pki_,
                                 "' unamid/watch-officer/amina unamid/watch-officer/brahim")
                              .c_str()),
              0);
    std::ofstream(context_) << nlohmann::json{
        {"missions", {{"unamid", {{"gateway", StrCat("127.0.0.1:", gateway.port())}}}}},
        {"ops", engine.ops()}};
  }

  Ended Run(const std::string& who, const std::string& arguments) const {
    const std::string stem = StrCat(pki_, "/unamid.watch-officer.", who);
    return ctl::RunCtl(StrCat("--context ", context_, " --mission unamid --ca ", pki_,
                              "/ca.crt --cert ", stem, ".crt --key ", stem, ".key ", arguments));
  }
  std::string Status() const { return Run("amina", "status").output; }

 private:
  const std::string pki_, context_;
};

// What stands of each rule, by its greatest revision.
std::vector<Warning> WarningsOf(const std::string& rule) {
  std::map<WarningId, Warning> warnings;
  for (int32_t p = 0; p < kWarningsPartitions; ++p) {
    for (const InputRecord& record : testing::ReadAll({kWarningsTopic, p})) {
      v1::WarningsRecord proto;
      if (!proto.ParseFromString(record.value) || !proto.has_warning()) continue;
      const auto warning = FromProto(proto.warning());
      if (warning.ok() && warning->content.rule_id == RuleId(rule)) {
        warnings[warning->id] = *warning;
      }
    }
  }
  std::vector<Warning> result;
  for (auto& [id, warning] : warnings) result.push_back(std::move(warning));
  return result;
}

// The rules that the last control record of a partition throttles.
std::vector<std::string> ThrottledIn(int32_t partition) {
  std::vector<std::string> throttled;
  for (const InputRecord& record : testing::ReadAll({kKeyedTopic, partition})) {
    v1::KeyedRecord proto;
    if (!proto.ParseFromString(record.value) || !proto.has_control()) continue;
    throttled.assign(proto.control().throttled().begin(), proto.control().throttled().end());
  }
  return throttled;
}

TEST(Engine, ARuleThatCostsTooMuchRestsUntilAnotherVersionOfItHasReadThePast) {
  testing::GatewayWorld::Get();
  const Engine engine(RulesFolder("dear", 1, kDear));
  testing::GatewayProcess gateway("unamid", testing::KafkaBroker::Get().Folder("gateway-state"));
  gateway.Start();
  const Officer officer(engine, gateway);
  ASSERT_TRUE(testing::Eventually([&] { return officer.Run("amina", "status").status == 0; }))
      << officer.Status();
  constexpr int64_t kAttacks = 400;
  Report("security.attack", "attack-", 0, kAttacks);

  std::string status;
  EXPECT_TRUE(testing::Eventually([&] {
    status = officer.Status();
    return status.find("Rule attacks costs more than it may and rests") != std::string::npos;
  })) << status;
  for (int32_t p = 0; p < kKeyedPartitions; ++p) {
    EXPECT_THAT(ThrottledIn(p), ElementsAre("attacks")) << "partition " << p;
  }
  int said = 0;
  for (const InputRecord& record : testing::ReadAll({kRulesTopic, 0})) {
    said += record.key == "throttle/attacks" ? 1 : 0;
  }
  EXPECT_EQ(said, 1) << "only one partition has the corridor";

  // Others go on.
  Report("security.clash", "clash-", kAttacks, kAttacks + 3);
  EXPECT_TRUE(testing::Eventually([] { return WarningsOf("clashes").size() == 1; }));
  EXPECT_TRUE(WarningsOf("attacks").empty());

  // Another version: it has to look at the past, which takes some seconds at this rate.
  const Ended proposed = officer.Run(
      "amina", StrCat("rules propose ", RulesFolder("cheap", 2, kCheap).string(),
                      " --proposal-id cheaper --reason 'two steps of two minutes are enough'"));
  ASSERT_EQ(proposed.status, 0) << proposed.output;
  const Ended confirmed = officer.Run("brahim", "rules confirm cheaper");
  ASSERT_EQ(confirmed.status, 0) << confirmed.output;
  const std::string reading = "attacks: reading again, minurcat sitreps ";
  std::string rules;
  EXPECT_TRUE(testing::Eventually([&] {
    status = officer.Status();
    rules = officer.Run("amina", "rules status").output;
    return status.find(reading) != std::string::npos && rules.find(reading) != std::string::npos;
  })) << status
      << rules;
  const int64_t end = testing::ReadAll(kSitreps).back().offset + 1;
  EXPECT_THAT(status, AllOf(HasSubstr(StrCat(" of ", end)), Not(HasSubstr("rests"))));

  std::vector<Warning> found;
  EXPECT_TRUE(testing::Eventually([&] {
    found = WarningsOf("attacks");
    return !found.empty();
  }));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].content.evidence.size(), static_cast<size_t>(kAttacks));
  EXPECT_TRUE(found[0].found_by_backfill);
  EXPECT_EQ(found[0].content.rule_version, 2);
  EXPECT_TRUE(testing::Eventually([&] {
    status = officer.Status();
    return status.find("reading again") == std::string::npos &&
           status.find("reconciled") == std::string::npos;
  })) << status;
}

}  // namespace
}  // namespace tocsin
