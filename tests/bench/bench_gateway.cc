// What a gateway's push costs; scripts/bench gateway runs it. A command of:
//
//   floor    a plain fan-out server (watch_floor.h), until it is ended
//   rows     standing minor warnings into the log
//   officer  one who acts ten times a second until standard input ends
//   fanout, many, slow    one measurement
//
// All but the first print one JSON object.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/kafka/client.h"
#include "lib/kafka/topic_set.h"
#include "lib/rpc/rpc.h"
#include "lib/wire/wire.h"
#include "or_die.h"
#include "watch_floor.h"
#include "watch_swarm.h"

namespace tocsin::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Arguments {
  std::string brokers, target, pki, mission = "unamid", exercise = "bench", stem, warning;
  int port = 0, pid = 0, clients = 200, count = 100, rate = 20, rows = 10'000;
  bool stalled = false, floor = false;
};

// ---- The log ----

class Log {
 public:
  explicit Log(const Arguments& arguments) : arguments_(arguments) {
    KafkaConfig kafka;
    kafka.bootstrap_servers = arguments.brokers;
    producer_ = OrDie(Producer::Create(kafka, "bench-gateway"));
    partitions_ =
        OrDie(OrDie(Consumer::Create(kafka, "bench-gateway"))->PartitionCount(kWarningsTopic));
  }
  std::string IdOf(int64_t number) const {
    return ShortHashHex(StrCat(arguments_.exercise, "/", number));
  }

  // A warning on five items of evidence: about 1.5 kB.
  void Put(int64_t number, Severity severity) {
    Warning warning;
    warning.id = WarningId(IdOf(number));
    warning.revision = 1;
    warning.message_type = MessageType::kAlert;
    warning.number = number;
    warning.issued = FromMicros(1'000'000 + number);
    WarningContent& content = warning.content;
    content.status = Status::kExercise;
    content.exercise_id = arguments_.exercise;
    content.rule_id = RuleId("attacks-near-border");
    content.rule_version = 1;
    content.severity = severity;
    content.certainty = Certainty::kLikely;
    content.addressees = {MissionId(arguments_.mission)};
    content.areas = {AreaId("darfur")};
    content.label = Released("tocsin");
    for (int n = 0; n < 5; ++n) {
      Evidence item;
      item.identity = Identity{MissionId(arguments_.mission), EventId(StrCat(number, "-", n))};
      item.revision = 1;
      item.type = "security.attack";
      item.nature = Nature::kObserved;
      item.areas = {AreaId("darfur")};
      item.label = Released(arguments_.mission);
      item.selection = "attack";
      content.evidence.push_back(std::move(item));
    }
    v1::WarningsRecord record;
    *record.mutable_warning() = ToProto(warning);
    OutputRecord out;
    out.target = SourceId{kWarningsTopic, PartitionOf(warning.id.str(), partitions_)};
    out.key = warning.id.str();
    out.value = SerializeDeterministic(record);
    sent_[number] = Clock::now();
    while (true) {
      const absl::Status put = producer_->Produce(out, [](const absl::StatusOr<int64_t>& offset) {
        if (!offset.ok()) OrDie(offset.status());
      });
      if (put.ok()) return;
      if (!absl::IsResourceExhausted(put)) OrDie(put);
      std::this_thread::sleep_for(milliseconds(1));
    }
  }
  void Flush() { OrDie(producer_->Flush(seconds(30))); }
  double MillisSince(int64_t number, Clock::time_point at) const {
    return std::chrono::duration<double, std::milli>(at - sent_.at(number)).count();
  }
  bool Has(int64_t number) const { return sent_.contains(number); }

 private:
  Label Released(const std::string& originator) const {
    Label label;
    label.originator = MissionId(originator);
    label.classification = Classification::kUnclassified;
    label.tlp = Tlp::kAmber;
    label.releasable_to = {MissionId(arguments_.mission)};
    return label;
  }
  const Arguments& arguments_;
  std::unique_ptr<Producer> producer_;
  int32_t partitions_ = 0;
  std::map<int64_t, Clock::time_point> sent_;
};

nlohmann::json Percentiles(std::vector<double> values) {
  if (values.empty()) return {{"count", 0}};
  std::sort(values.begin(), values.end());
  const auto at = [&](double part) {
    return values[std::min(values.size() - 1,
                           static_cast<size_t>(part * static_cast<double>(values.size())))];
  };
  return {{"count", values.size()}, {"p50", at(0.5)}, {"p99", at(0.99)}, {"max", values.back()}};
}

double MiB(int pid, const std::string& what) {
  std::ifstream status(StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(what, 0) == 0)
      return std::stod(line.substr(line.find_first_of("0123456789"))) / 1024;
  }
  return std::nan("");
}

// Numbers go on from run to run: by the clock.
int64_t FirstNumber() {
  return std::chrono::system_clock::now().time_since_epoch() / milliseconds(1);
}

Swarm::Options SwarmOptions(const Arguments& arguments) {
  Swarm::Options options;
  options.target = arguments.target;
  options.pki = arguments.pki;
  options.mission = arguments.mission;
  options.clients = arguments.clients;
  options.exercise = arguments.exercise;
  return options;
}

double ConnectAll(Swarm& swarm, int64_t number = 0) {
  swarm.Connect(number);
  const auto took = swarm.AwaitAll(seconds(300));
  if (!took)
    OrDie(absl::DeadlineExceededError(StrCat("only ", swarm.connected(), " clients are there")));
  return *took;
}

// `count` warnings at `rate` a second; waits until they are all there, a minute at most.
int64_t PublishAndAwait(Log& log, Swarm& swarm, int64_t from, int count, int rate,
                        size_t expected) {
  swarm.arrivals.Take();
  const auto began = Clock::now();
  for (int n = 0; n < count; ++n) {
    std::this_thread::sleep_until(began + milliseconds(int64_t{1000} * n / rate));
    log.Put(from + n, Severity::kSevere);
  }
  log.Flush();
  while (swarm.arrivals.size() < expected && Clock::now() - began < seconds(60 + count / rate)) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  return from + count;
}

// ---- Measurements ----

nlohmann::json Fanout(const Arguments& arguments) {
  Log log(arguments);
  Swarm swarm(SwarmOptions(arguments));
  ConnectAll(swarm);
  int64_t number = FirstNumber();
  number = PublishAndAwait(log, swarm, number, 5, 5, static_cast<size_t>(5 * arguments.clients));
  const int healthy = arguments.clients - (arguments.stalled ? 1 : 0);
  if (arguments.stalled) swarm.Stall(0);
  const auto expected = static_cast<size_t>(arguments.count) * static_cast<size_t>(healthy);
  PublishAndAwait(log, swarm, number, arguments.count, arguments.rate, expected);
  std::vector<double> millis;
  for (const Arrivals::One& one : swarm.arrivals.Take())
    millis.push_back(log.MillisSince(one.number, one.at));
  nlohmann::json result = Percentiles(millis);
  result["missing"] = static_cast<int64_t>(expected) - static_cast<int64_t>(millis.size());
  return result;
}

// One officer who acts ten times a second, whether the calls before have been answered or not,
// until standard input ends.
nlohmann::json Officer(const Arguments& arguments) {
  struct Call {
    grpc::ClientContext context;
    v1::ActRequest request;
    v1::ActResponse response;
  };
  const std::string stem = StrCat(arguments.pki, "/", arguments.mission, ".watch-officer.desk");
  const auto stub = v1::GatewayService::NewStub(MakeChannel(
      arguments.target,
      OrDie(MakeChannelCredentials({arguments.pki + "/ca.crt", stem + ".crt", stem + ".key"}))));
  std::atomic<bool> over = false;
  std::thread awaits_end([&over] {
    std::cin.ignore(std::numeric_limits<std::streamsize>::max());
    over = true;
  });
  Mutex mutex;
  Condition answered;
  std::vector<double> millis;
  int failed = 0, under_way = 0;
  auto due = Clock::now();
  for (int n = 0; !over; ++n) {
    auto call = std::make_shared<Call>();
    call->request.set_warning_id(arguments.warning);
    call->request.set_action_id(StrCat("bench-", FirstNumber(), "-", n));
    call->request.mutable_detail()->mutable_remark();
    call->request.set_comment("bench");
    call->context.set_deadline(std::chrono::system_clock::now() + seconds(60));
    {
      const MutexLock lock(mutex);
      ++under_way;
    }
    stub->async()->Act(
        &call->context, &call->request, &call->response, [&, call, due](const grpc::Status& done) {
          const MutexLock lock(mutex);
          if (done.ok()) {
            millis.push_back(std::chrono::duration<double, std::milli>(Clock::now() - due).count());
          } else if (failed++ == 0) {
            std::cerr << "act: " << done.error_message() << "\n";
          }
          --under_way;
          answered.NotifyAll();
        });
    due += milliseconds(100);
    std::this_thread::sleep_until(due);
  }
  awaits_end.join();
  const MutexLock lock(mutex);
  answered.Wait(mutex, [&]() { return under_way == 0; });
  nlohmann::json result = Percentiles(millis);
  result["failed"] = failed;
  return result;
}

// That officer in a process of its own: the clients here must not stand in the way of the calls.
class OfficerElsewhere {
 public:
  OfficerElsewhere(const Arguments& arguments, const std::string& warning)
      : figures_(StrCat(arguments.pki, "/officer-", ::getpid(), ".json")) {
    const std::string command = StrCat("exec /proc/", ::getpid(), "/exe officer --brokers ",
                                       arguments.brokers, " --target ", arguments.target, " --pki ",
                                       arguments.pki, " --warning ", warning, " > ", figures_);
    input_ = ::popen(command.c_str(), "w");
    if (input_ == nullptr) OrDie(absl::InternalError("the officer's process did not start"));
  }
  ~OfficerElsewhere() { static_cast<void>(End()); }
  OfficerElsewhere(const OfficerElsewhere&) = delete;
  OfficerElsewhere& operator=(const OfficerElsewhere&) = delete;

  nlohmann::json End() {
    if (input_ == nullptr) return {};
    ::pclose(std::exchange(input_, nullptr));
    std::ifstream figures(figures_);
    return nlohmann::json::parse(figures, nullptr, /*allow_exceptions=*/false);
  }

 private:
  const std::string figures_;
  std::FILE* input_ = nullptr;
};

nlohmann::json Many(const Arguments& arguments) {
  Log log(arguments);
  const double before = MiB(arguments.pid, "VmRSS");
  Swarm swarm(SwarmOptions(arguments));
  nlohmann::json result;
  result["connect_s"] = ConnectAll(swarm);
  result["rss_before_mib"] = before;
  result["rss_mib"] = MiB(arguments.pid, "VmRSS");
  const int64_t first = FirstNumber();
  const auto clients = static_cast<size_t>(arguments.clients);
  int64_t number = first;
  std::vector<double> millis, last;
  for (int n = 0; n < arguments.count; ++n) {
    number = PublishAndAwait(log, swarm, number, 1, 1, clients);
    double slowest = 0;
    for (const Arrivals::One& one : swarm.arrivals.Take()) {
      millis.push_back(log.MillisSince(one.number, one.at));
      slowest = std::max(slowest, millis.back());
    }
    last.push_back(slowest);
  }
  result["one_to_all"] = Percentiles(millis);
  result["one_to_all"]["missing"] =
      static_cast<int64_t>(clients) * arguments.count - static_cast<int64_t>(millis.size());
  result["last"] = Percentiles(last);
  if (!arguments.floor) {
    OfficerElsewhere quiet(arguments, log.IdOf(first));
    std::this_thread::sleep_for(seconds(5));
    result["act_quiet"] = quiet.End();
  }
  swarm.Disconnect();
  for (int n = 0; n < 20; ++n) log.Put(number + n, Severity::kSevere);
  log.Flush();
  std::unique_ptr<OfficerElsewhere> officer;
  if (!arguments.floor) {
    officer = std::make_unique<OfficerElsewhere>(arguments, log.IdOf(first));
    std::this_thread::sleep_for(seconds(1));
  }
  // The floor sends nothing of what was missed: there it is the connections alone.
  result["reconnect_s"] = ConnectAll(swarm, arguments.floor ? 0 : number + 19);
  if (officer) result["act_reconnect"] = officer->End();
  result["peak_mib"] = MiB(arguments.pid, "VmHWM");
  result["threads"] = MiB(arguments.pid, "Threads") * 1024;
  result["lost"] = swarm.lost();
  return result;
}

nlohmann::json Slow(const Arguments& arguments) {
  Arguments one = arguments;
  one.clients = 1;
  Log log(one);
  Swarm swarm(SwarmOptions(one));
  swarm.Connect();
  int64_t number = FirstNumber();
  std::vector<double> millis;
  size_t rows = 0;
  for (int n = 0; n < arguments.count; ++n) {
    std::this_thread::sleep_for(seconds(5));
    log.Put(number, Severity::kExtreme);
    log.Flush();
    const auto until = Clock::now() + seconds(60);
    for (bool there = false; !there && Clock::now() < until;) {
      std::this_thread::sleep_for(milliseconds(5));
      for (const Arrivals::One& arrival : swarm.arrivals.Take()) {
        ++rows;
        if (!log.Has(arrival.number)) continue;
        there = true;
        millis.push_back(log.MillisSince(arrival.number, arrival.at));
      }
    }
    ++number;
  }
  nlohmann::json result = Percentiles(millis);
  result["missing"] = arguments.count - static_cast<int>(millis.size());
  result["rows_there"] = rows;
  result["snapshot_complete"] = swarm.connected() == 1;
  return result;
}

nlohmann::json Rows(const Arguments& arguments) {
  Log log(arguments);
  for (int n = 1; n <= arguments.rows; ++n) log.Put(n, Severity::kMinor);
  log.Flush();
  return {{"rows", arguments.rows}};
}

int Main(int argc, char** argv) {
  CLI::App app{"What a gateway's push costs"};
  Arguments arguments;
  app.require_subcommand(1);
  std::function<int()> run;
  const auto add = [&](const char* name, nlohmann::json (*measure)(const Arguments&)) {
    CLI::App* const command = app.add_subcommand(name);
    command->add_option("--brokers", arguments.brokers)->required();
    command->add_option("--target", arguments.target);
    command->add_option("--pki", arguments.pki);
    command->add_option("--exercise", arguments.exercise);
    command->add_option("--warning", arguments.warning);
    command->add_option("--clients", arguments.clients);
    command->add_option("--count", arguments.count);
    command->add_option("--rate", arguments.rate);
    command->add_option("--rows", arguments.rows);
    command->add_option("--pid", arguments.pid);
    command->add_flag("--stalled", arguments.stalled);
    command->add_flag("--floor", arguments.floor);
    command->callback([&run, &arguments, measure] {
      run = [&arguments, measure] {
        std::cout << measure(arguments).dump() << std::endl;
        return 0;
      };
    });
  };
  add("fanout", Fanout);
  add("many", Many);
  add("slow", Slow);
  add("rows", Rows);
  add("officer", Officer);
  CLI::App* const floor = app.add_subcommand("floor");
  floor->add_option("--brokers", arguments.brokers)->required();
  floor->add_option("--port", arguments.port)->required();
  floor->add_option("--pki", arguments.pki)->required();
  floor->add_option("--stem", arguments.stem)->required();
  floor->callback([&] {
    run = [&] {
      return ServeFloor(arguments.brokers, arguments.port, arguments.pki, arguments.stem);
    };
  });
  CLI11_PARSE(app, argc, argv);
  return run();
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) { return tocsin::bench::Main(argc, argv); }
