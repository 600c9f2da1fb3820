#include "tests/integration/gateway_world.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/rpc/rpc.h"
#include "lib/wire/wire.h"
#include "tests/integration/kafka_fixture.h"

namespace tocsin::testing {
namespace {

constexpr int32_t kWarningsPartitions = 3;
constexpr int32_t kKeyedPartitions = 2;
const std::vector<std::string> kNobody;

void ProduceTo(const SourceId& target,
               const std::vector<std::pair<std::string, std::string>>& all) {
  auto producer = Producer::Create(KafkaBroker::Get().config(), "gateway-world");
  ASSERT_TRUE(producer.ok()) << producer.status();
  std::atomic<size_t> delivered = 0;
  for (const auto& [key, value] : all) {
    OutputRecord record;
    record.target = target;
    record.key = key;
    record.value = value;
    const absl::Status status =
        (*producer)->Produce(record, [&](const absl::StatusOr<int64_t>& offset) {
          if (offset.ok()) ++delivered;
        });
    ASSERT_TRUE(status.ok()) << status;
  }
  ASSERT_TRUE((*producer)->Flush(std::chrono::seconds(30)).ok());
  ASSERT_EQ(delivered, all.size());
}

}  // namespace

GatewayWorld& GatewayWorld::Get() {
  static GatewayWorld world;
  return world;
}

GatewayWorld::GatewayWorld() : pki_(KafkaBroker::Get().Folder("pki")) {
  TopicSetOptions options;
  for (const char* mission : {"minurcat", "unamid"}) options.missions.emplace_back(mission);
  options.mission_partitions = 1;
  options.keyed_partitions = kKeyedPartitions;
  options.warnings_partitions = kWarningsPartitions;
  absl::Status made;
  // A broker that has just started on a busy machine takes its time.
  Eventually([&] {
    made = EnsureTopics(KafkaBroker::Get().config(), ProjectTopics(options));
    return made.ok();
  });
  EXPECT_TRUE(made.ok()) << made;
  std::string names;
  for (const char* mission : {"minurcat", "unamid"}) {
    for (const char* role : {"service", "watch-officer", "watch-desk", "chief-joc",
                             "reporting-officer", "sensor", "liaison", "operator"}) {
      names += StrCat(" ", mission, "/", role, "/desk");
    }
  }
  const std::string command = StrCat("deploy/pki/make-certs --quiet --out '", pki_, "'", names);
  EXPECT_EQ(std::system(command.c_str()), 0);
}

std::shared_ptr<grpc::Channel> GatewayWorld::Channel(int port, const std::string& mission,
                                                     const std::string& role) const {
  const std::string target = StrCat("127.0.0.1:", port);
  if (mission.empty()) return grpc::CreateChannel(target, grpc::InsecureChannelCredentials());
  const std::string stem = StrCat(pki_, "/", mission, ".", role, ".desk");
  auto credentials = MakeChannelCredentials({pki_ + "/ca.crt", stem + ".crt", stem + ".key"});
  EXPECT_TRUE(credentials.ok()) << credentials.status();
  return MakeChannel(target, *credentials);
}

void GatewayWorld::Produce(const std::vector<Warning>& warnings) {
  std::map<int32_t, std::vector<std::pair<std::string, std::string>>> by_partition;
  for (const Warning& warning : warnings) {
    v1::WarningsRecord record;
    *record.mutable_warning() = ToProto(warning);
    by_partition[PartitionOf(warning.id.str(), kWarningsPartitions)].emplace_back(
        warning.id.str(), SerializeDeterministic(record));
  }
  for (const auto& [partition, records] : by_partition) {
    ProduceTo(SourceId{kWarningsTopic, partition}, records);
  }
}

void GatewayWorld::ProduceRaw(int32_t partition, const std::string& key, const std::string& value) {
  ProduceTo(SourceId{kWarningsTopic, partition}, {{key, value}});
}

void GatewayWorld::Evaluate(int64_t clock_us) {
  for (int32_t p = 0; p < kWarningsPartitions; ++p) {
    for (int32_t k = 0; k < kKeyedPartitions; ++k) {
      v1::WarningsRecord record;
      record.mutable_evaluated()->set_keyed_partition(k);
      record.mutable_evaluated()->mutable_tick()->set_clock_us(clock_us);
      record.mutable_evaluated()->set_evaluated_up_to_us(clock_us);
      ProduceTo(SourceId{kWarningsTopic, p},
                {{StrCat("evaluated/", k), SerializeDeterministic(record)}});
    }
  }
}

// ---- GatewayProcess ----

GatewayProcess::GatewayProcess(std::string mission, std::string state_dir, int escalation_s,
                               int flood_above)
    : mission_(std::move(mission)),
      state_dir_(std::move(state_dir)),
      log_(StrCat(KafkaBroker::Get().Folder("logs"), "/", Unique("gateway"), ".log")),
      escalation_s_(escalation_s),
      flood_above_(flood_above) {}

GatewayProcess::~GatewayProcess() {
  if (pid_ > 0) Kill();
  if (::testing::Test::HasFailure()) std::cerr << Log();
}

void GatewayProcess::Start() {
  const std::string stem = StrCat(GatewayWorld::Get().pki(), "/", mission_, ".service.desk");
  const std::string config = log_ + ".yaml";
  auto severe = nlohmann::json::array();
  if (escalation_s_ > 0) severe.push_back({{"after_s", escalation_s_}, {"to", "deputy"}});
  std::ofstream(config) << nlohmann::json{
      {"mission", mission_},
      {"listen", {{"port", 0}}},
      {"ops", {{"port", 0}}},
      {"tls",
       {{"ca", GatewayWorld::Get().pki() + "/ca.crt"},
        {"certificate", stem + ".crt"},
        {"key", stem + ".key"}}},
      {"kafka", {{"bootstrap_servers", KafkaBroker::Get().bootstrap()}}},
      {"state_dir", state_dir_},
      {"heartbeat_period_ms", 400},
      {"surface",
       {{"undelivered_after_s", 1}, {"unseen_after_s", 1}, {"evaluation_stopped_after_s", 10}}},
      {"link",
       {{"show_to", mission_ == "unamid" ? std::vector<std::string>{"minurcat"} : kNobody},
        {"beat_s", 1}}},
      {"storm",
       {{"alarms", flood_above_},
        {"group_wait_s", 5},
        {"group_interval_s", 10},
        {"repeat_interval_s", 3}}},
      {"escalation",
       {{"extreme", nlohmann::json::array()},
        {"severe",
         std::move(severe)}}}}.dump();
  std::ofstream(log_, std::ios::trunc).close();
  pid_ = fork();
  ASSERT_GE(pid_, 0);
  if (pid_ == 0) {
    std::signal(SIGXFSZ, SIG_IGN);  // a write that fails is an error, as on a full disk
    const int log = open(log_.c_str(), O_WRONLY | O_APPEND);
    dup2(log, STDERR_FILENO);
    execl(TOCSIN_GATEWAY, "gateway", "--config", config.c_str(), nullptr);
    _exit(127);
  }
  const bool ready = Eventually([&] {
    std::istringstream lines(Log());
    for (std::string line; std::getline(lines, line);) {
      const auto json = nlohmann::json::parse(line, nullptr, false);
      if (!json.is_discarded() && json.value("msg", "") == "started") {
        port_ = json["port"];
        ops_port_ = json["ops_port"];
      }
    }
    int code = 0;
    if (ops_port_ != 0) Http("/readyz", code);
    return code == 200 || waitpid(pid_, nullptr, WNOHANG) != 0;
  });
  ASSERT_TRUE(ready && port_ != 0) << Log();
}

void GatewayProcess::Kill() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
  port_ = ops_port_ = 0;
}

void GatewayProcess::FillDisk() const {
  const rlimit none{1, 1};
  ASSERT_EQ(prlimit(pid_, RLIMIT_FSIZE, &none, nullptr), 0);
}

int GatewayProcess::Stop() {
  kill(pid_, SIGTERM);
  return AwaitEnd();
}

int GatewayProcess::AwaitEnd() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  port_ = ops_port_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

std::string GatewayProcess::Http(const std::string& path, int& code) const {
  httplib::Client client("127.0.0.1", ops_port_);
  const auto response = client.Get(path);
  code = response ? response->status : 0;
  return response ? response->body : "";
}

std::string GatewayProcess::Metrics() const {
  int code = 0;
  return Http("/metrics", code);
}

double GatewayProcess::Metric(const std::string& name) const {
  double sum = 0;
  std::istringstream lines(Metrics());
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(name, 0) != 0 || (line[name.size()] != ' ' && line[name.size()] != '{'))
      continue;
    sum += std::stod(line.substr(line.rfind(' ') + 1));
  }
  return sum;
}

std::string GatewayProcess::Log() const {
  std::ifstream file(log_);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// ---- Watcher ----

Watcher::Watcher(int port, Options options) : options_(std::move(options)) {
  stub_ = v1::GatewayService::NewStub(
      GatewayWorld::Get().Channel(port, options_.mission, options_.role));
  stream_ = stub_->Watch(&context_);
  v1::WatchRequest request;
  v1::Subscribe& subscribe = *request.mutable_subscribe();
  if (options_.cursor) *subscribe.mutable_cursor() = *options_.cursor;
  static std::atomic<int> watchers = 0;
  subscribe.set_session(options_.session.value_or(StrCat("watcher-", ++watchers)));
  if (!options_.exercise.empty()) {
    subscribe.mutable_filter()->add_statuses(v1::STATUS_EXERCISE);
    subscribe.mutable_filter()->set_exercise_id(options_.exercise);
  }
  Write(request);
  if (options_.credit > 0) Credit(options_.credit);
  if (options_.reads) reader_ = std::thread([this] { Read(); });
}

Watcher::~Watcher() {
  if (!over_) End();
}

void Watcher::Write(const v1::WatchRequest& request) {
  const std::lock_guard lock(writing_);
  stream_->Write(request);
}

void Watcher::Credit(int32_t credit) {
  v1::WatchRequest request;
  request.set_credit(credit);
  Write(request);
}

void Watcher::Seen(const Warning& warning) {
  v1::WatchRequest request;
  request.mutable_seen()->set_warning_id(warning.id.str());
  request.mutable_seen()->set_revision(warning.revision);
  Write(request);
}

v1::Heartbeat Watcher::LastHeartbeat() {
  const std::lock_guard lock(mutex_);
  return heartbeats.back();
}

void Watcher::Read() {
  v1::WatchResponse response;
  while (stream_->Read(&response)) {
    v1::WatchRequest answer;
    {
      const std::lock_guard lock(mutex_);
      switch (response.message_case()) {
        case v1::WatchResponse::kDelivery:
          cursor = response.delivery().cursor();
          deliveries.push_back(response.delivery());
          *answer.mutable_acknowledged() = cursor;
          break;
        case v1::WatchResponse::kHeartbeat:
          cursor = response.heartbeat().cursor();
          heartbeats.push_back(response.heartbeat());
          answer.set_heartbeat_echo(response.heartbeat().number());
          break;
        case v1::WatchResponse::kChange:
          cursor = response.change().cursor();
          changes.push_back(response.change());
          *answer.mutable_acknowledged() = cursor;
          break;
        case v1::WatchResponse::kSnapshotEnd:
          cursor = response.snapshot_end();
          snapshot_ended = true;
          break;
        case v1::WatchResponse::kCentre:
          centres.push_back(response.centre());
          break;
        case v1::WatchResponse::MESSAGE_NOT_SET:
          break;
      }
    }
    changed_.notify_all();
    if (options_.answers && answer.message_case() != v1::WatchRequest::MESSAGE_NOT_SET) {
      Write(answer);
    }
    if (options_.answers && options_.says_received) {
      answer.set_received(response.sequence());
      Write(answer);
    }
  }
  grpc::Status status = stream_->Finish();
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
  ended = true;
  changed_.notify_all();
}

bool Watcher::Await(const std::function<bool(const Watcher&)>& done) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return done(*this); });
}

grpc::Status Watcher::End(bool cancel) {
  if (cancel) context_.TryCancel();
  if (!reader_.joinable()) reader_ = std::thread([this] { Read(); });
  reader_.join();
  over_ = true;
  return status_;
}

std::vector<std::string> Watcher::Emissions() const {
  std::vector<std::string> out;
  for (const v1::Delivery& delivery : deliveries) {
    out.push_back(
        StrCat(delivery.view().warning().number(), ".", delivery.view().warning().revision()));
  }
  return out;
}

}  // namespace tocsin::testing
