// What state costs: memory and disk while many keys come and go, and how long a task takes to go on
// from a large state and from a checkpoint of it.
//
//   bench-state bounded  --folder F --events N --keys K --live N
//   bench-state recovery --folder F --events N --keys K --brokers B
//
// The correlator's own core over the real store, with one rule that counts events of a feed within
// 30 days (bounded: within what `live` events take). Prints one JSON object a line; the last one is
// the result.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "correlator/task_core.h"
#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/packfiles/load.h"
#include "lib/rules/keys.h"
#include "lib/task/task_runner.h"
#include "lib/wire/wire.h"
#include "or_die.h"

namespace tocsin::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using nlohmann::json;

// As a task that is far behind does at once.
constexpr int64_t kBatch = kMostRecordsAtOnce;
// While a state is filled that is measured afterwards, with caches of its own.
constexpr size_t kFillCacheBytes = size_t{1} << 30;
constexpr Time kStart = FromMicros(int64_t{1'230'768'000} * 1'000'000);

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

int64_t ResidentMib() {
  std::ifstream file("/proc/self/statm");
  int64_t all = 0;
  int64_t resident = 0;
  file >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE) >> 20;
}

int64_t MibIn(const fs::path& folder) {
  int64_t bytes = 0;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto size = entry.file_size(gone);
    if (!gone) bytes += static_cast<int64_t>(size);
  }
  return bytes >> 20;
}

// One rule by feed, and events whose feeds follow one another.
class Load {
 public:
  Load(const std::string& rules, int64_t keys, Duration window, Duration step)
      : keys_(keys), step_(step) {
    const std::string text = StrCat(
        "id: by-feed\nversion: 1\ntitle: {en: T}\nwhy: W\nurgency: expected\nresponse: assess\n"
        "label: {classification: unclassified, tlp: amber}\nkind: event_count\ngroup_by: [feed]\n"
        "selections: {beat: {types: [feed.heartbeat]}}\ncondition: {window: ",
        std::chrono::duration_cast<std::chrono::seconds>(window).count(),
        "s, severities: {moderate: 1000000}}\naddress: originators\n");
    for (const Document& document : OrDie(LoadPackFiles(rules))) {
      if (document.kind != "rule") control_.documents.push_back(document);
    }
    control_.documents.push_back({"rule", "by-feed", 1, text, Sha256Hex(text)});
    for (Document& document : control_.documents) document.sha256 = Sha256Hex(document.text);
    control_.activation = ActivationOf(control_.documents, {mission_});
    pack_ = OrDie(ParsePack(control_.documents, {mission_}));
    control_.activation.digest = pack_.digest;
  }

  const Control& control() const { return control_; }
  Time TimeOf(int64_t number) const { return kStart + number * step_; }
  Insert At(int64_t number) const {
    KeyedEvent event;
    event.identity = {mission_, EventId(StrCat("e", number))};
    event.revision = 1;
    event.status = Status::kActual;
    event.type = "feed.heartbeat";
    event.nature = Nature::kObserved;
    event.observed = {TimeOf(number), TimeOf(number)};
    event.accepted = TimeOf(number);
    event.attributes["feed"] = StrCat("feed-", number % keys_);
    // As long as those that a mission's feeds have, and as hard to compress.
    event.origin = Sha256Hex(event.identity.id.str());
    return Insert{KeysOf(pack_, event), event};
  }
  Tick TickAt(int64_t number) const {
    Tick tick;
    tick.clock = TimeOf(number);
    tick.sources.push_back(
        {{"mission.unamid.sensors.v1", 0}, 1, TimeOf(number), SourceStatus::kAtEnd, kUnknownTime});
    return tick;
  }

 private:
  const MissionId mission_{"unamid"};
  const int64_t keys_;
  const Duration step_;
  Control control_;
  Pack pack_;
};

std::string Encoded(const KeyedRecord& record) { return SerializeDeterministic(ToProto(record)); }

// The correlator's core over a store, without Kafka: the state is the one that the same records
// leave when a task reads them.
class Filler {
 public:
  explicit Filler(Store& store) : store_(store) { OrDie(core_.Load(store)); }
  void Step(const KeyedRecord& record, State& state) { Step(Encoded(record), state); }
  // All events in batches, each with a tick after it; `done` after each, with how many there are.
  void Fill(const Load& load, int64_t events, absl::FunctionRef<void(int64_t)> done) {
    const auto encode = [&load, events](int64_t first) {
      std::vector<std::string> records;
      const int64_t last = std::min(events, first + kBatch);
      for (int64_t i = first; i < last; ++i) records.push_back(Encoded(load.At(i)));
      if (!records.empty()) records.push_back(Encoded(load.TickAt(last)));
      return records;
    };
    // Another core makes the next batch meanwhile.
    auto next = std::async(std::launch::async, encode, 0);
    for (int64_t first = 0; first < events; first += kBatch) {
      const std::vector<std::string> records = next.get();
      next = std::async(std::launch::async, encode, first + kBatch);
      Overlay overlay(store_);
      for (const std::string& record : records) Step(record, overlay);
      OrDie(store_.Apply(overlay.Take()));
      done(std::min(events, first + kBatch));
    }
  }

 private:
  void Step(std::string record, State& state) {
    InputRecord input;
    input.source = {kKeyedTopic, 0};
    input.offset = offset_++;
    input.value = std::move(record);
    TaskEffects effects;
    OrDie(core_.Step(input, state, effects));
  }

  Store& store_;
  int64_t offset_ = 0;
  CorrelatorTaskCore core_{"correlator-0", 0, 1, {.warnings = 1, .matches = 1}};
};

struct Options {
  std::string folder, brokers, rules = "rules";
  int64_t events = 1'000'000;
  int64_t keys = 100'000;
  int64_t live = 1'000'000;
  int64_t cache_mib = 64;
};

// As a correlator has: as much for its write buffers as for what it reads.
std::shared_ptr<StoreResources> Resources(const Options& options) {
  const size_t bytes = static_cast<size_t>(options.cache_mib) << 20;
  return MakeStoreResources(bytes, bytes);
}

void Bounded(const Options& options) {
  // So many events are within the window at any time.
  constexpr Duration kStep = std::chrono::seconds(1);
  const Load load(options.rules, options.keys, options.live * kStep, kStep);
  const auto store = OrDie(Store::Open(options.folder + "/state", Resources(options)));
  Filler filler(*store);
  {
    Overlay overlay(*store);
    filler.Step(load.control(), overlay);
    OrDie(store->Apply(overlay.Take()));
  }
  const auto begun = Clock::now();
  const int64_t part = std::max<int64_t>(kBatch, options.events / 20);
  int64_t most = 0;
  filler.Fill(load, options.events, [&](int64_t there) {
    most = std::max(most, ResidentMib());
    if (there % part >= kBatch) return;
    std::cout << json{{"events", there},
                      {"seconds", SecondsSince(begun)},
                      {"resident_mib", ResidentMib()},
                      {"disk_mib", MibIn(options.folder + "/state")}}
                     .dump()
              << std::endl;
  });
  std::cout << json{{"events", options.events},  {"keys", options.keys},
                    {"live", options.live},      {"seconds", SecondsSince(begun)},
                    {"resident_mib_most", most}, {"disk_mib", MibIn(options.folder + "/state")}}
                   .dump()
            << std::endl;
}

// Runs the task until it has committed one more event, and stops it in order.
double SecondsToTheNextEvent(const TaskOptions& given, Producer& producer, const Load& load,
                             int64_t number) {
  OutputRecord record;
  record.target = given.inputs.front();
  record.key = "k";
  record.value = Encoded(load.At(number));
  std::atomic<bool> there = false;
  OrDie(producer.Produce(record, [&](const absl::StatusOr<int64_t>& offset) {
    OrDie(offset.status());
    there = true;
  }));
  OrDie(producer.Flush(std::chrono::seconds(15)));
  while (!there) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::stop_source stop;
  const auto begun = Clock::now();
  double seconds = 0;
  TaskOptions options = given;
  options.report = [&](const TaskReport& report) {
    if (report.records_in == 0 || seconds > 0) return;
    seconds = SecondsSince(begun);
    stop.request_stop();
  };
  CorrelatorTaskCore core("correlator-0", 0, 1, {.warnings = 1, .matches = 1});
  OrDie(TaskRunner(std::move(options), core).Run(stop.get_token()));
  return seconds;
}

void Recovery(const Options& options) {
  constexpr Duration kWindow = std::chrono::hours(24 * 30);
  const Load load(options.rules, options.keys, kWindow, kWindow / options.events);
  TaskOptions task;
  task.kafka.bootstrap_servers = options.brokers;
  task.name = task.group = task.transactional_id =
      StrCat("bench-state-", Clock::now().time_since_epoch().count());
  std::vector<TopicSpec> specs;
  for (const char* stem : {"-keyed", "-dead"}) {
    specs.push_back({.name = task.name + stem});
  }
  // What the core writes to.
  specs.push_back({.name = kWarningsTopic});
  OrDie(EnsureTopics(task.kafka, specs));
  task.inputs = {{task.name + "-keyed", 0}};
  task.dead_letters = {task.name + "-dead", 0};
  task.state_folder = options.folder + "/state";
  task.semantics = "bench";
  task.resources = Resources(options);
  task.log = [](int, const std::string& text) { std::cerr << text << "\n"; };
  const auto producer = OrDie(Producer::Create(task.kafka, "bench-state"));
  // The state begins with the rules, by the task itself; the rest is put there in its place.
  OutputRecord rules;
  rules.target = task.inputs.front();
  rules.key = "control";
  rules.value = Encoded(load.control());
  OrDie(producer->Produce(rules,
                          [](const absl::StatusOr<int64_t>& offset) { OrDie(offset.status()); }));
  (void)SecondsToTheNextEvent(task, *producer, load, options.events);
  {
    // Filling is not what is measured: with caches of its own, and larger ones.
    const auto store = OrDie(
        Store::Open(task.state_folder, MakeStoreResources(kFillCacheBytes, kFillCacheBytes / 4)));
    Filler filler(*store);
    const auto begun = Clock::now();
    const int64_t part = std::max<int64_t>(kBatch, options.events / 10);
    filler.Fill(load, options.events, [&](int64_t there) {
      // It may take long, and is not what is measured.
      if (there % part < kBatch) {
        std::cerr << there << " events, " << SecondsSince(begun) << " s" << std::endl;
      }
    });
    std::cout << json{{"filled", options.events},
                      {"seconds", SecondsSince(begun)},
                      {"resident_mib", ResidentMib()},
                      {"disk_mib", MibIn(task.state_folder)}}
                     .dump()
              << std::endl;
  }
  json result = {
      {"events", options.events}, {"keys", options.keys}, {"state_mib", MibIn(task.state_folder)}};
  for (int i = 1; i <= 3; ++i) {
    result["warm_restart_seconds"].push_back(
        SecondsToTheNextEvent(task, *producer, load, options.events + i));
  }
  // A checkpoint, by the task; what it stood still for, and until it was published.
  task.checkpoint_folder = options.folder + "/checkpoints";
  task.checkpoint_every = std::chrono::milliseconds(1);
  {
    std::stop_source stop;
    const auto begun = Clock::now();
    TaskOptions making = task;
    making.report = [&](const TaskReport& report) {
      if (report.checkpoint_stall) {
        result["checkpoint_stall_ms"] =
            std::chrono::duration<double, std::milli>(*report.checkpoint_stall).count();
      }
      if (report.checkpoints == 0) return;
      result["checkpoint_seconds"] = SecondsSince(begun);
      stop.request_stop();
    };
    CorrelatorTaskCore core("correlator-0", 0, 1, {.warnings = 1, .matches = 1});
    OrDie(TaskRunner(std::move(making), core).Run(stop.get_token()));
  }
  task.checkpoint_every = std::chrono::hours(1);
  for (int i = 1; i <= 2; ++i) {
    fs::remove_all(task.state_folder);
    result["empty_machine_seconds"].push_back(
        SecondsToTheNextEvent(task, *producer, load, options.events + 10 + i));
  }
  std::cout << result.dump() << std::endl;
}

int Main(int argc, char** argv) {
  CLI::App app{"What state costs"};
  app.require_subcommand(1);
  Options options;
  for (const auto& [name, what] :
       {std::pair("bounded", "Memory and disk while keys come and go"),
        std::pair("recovery", "Seconds to the first event after a start")}) {
    CLI::App* const command = app.add_subcommand(name, what);
    command->add_option("--folder", options.folder, "Exists; for the state")->required();
    command->add_option("--rules", options.rules, "Rules folder, for its registers")
        ->capture_default_str();
    command->add_option("--events", options.events)->capture_default_str();
    command->add_option("--keys", options.keys)->capture_default_str();
    command->add_option("--cache-mib", options.cache_mib, "As a correlator's cache_mib")
        ->capture_default_str();
    if (std::string(name) == "bounded") {
      command->add_option("--live", options.live, "Events within the window")
          ->capture_default_str();
    } else {
      command->add_option("--brokers", options.brokers)->required();
    }
  }
  CLI11_PARSE(app, argc, argv);
  if (app.got_subcommand("bounded")) {
    Bounded(options);
  } else {
    Recovery(options);
  }
  return 0;
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) { return tocsin::bench::Main(argc, argv); }
