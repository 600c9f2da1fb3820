// What the fault runs need to know of an engine, from Kafka alone.
//
//   fault-tool progress --brokers B --missions a,b        offsets that router and correlators have
//                                                         committed
//   fault-tool await --brokers B --positions FILE         until everything up to the positions, and
//                                                         all that follows from it, is evaluated
//   fault-tool check --brokers B --positions FILE --events N --standing FILE
//                                                         of an engine that has stopped: was every
//                                                         record fed once, does every emission come
//                                                         once, does a fresh core given the run's
//                                                         keyed records say the same; writes what
//                                                         stands, one JSON object a line
//
// Each prints one JSON object; check ends with status 3 if something is wrong.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>

#include <CLI/CLI.hpp>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "bench/or_die.h"
#include "engine_log.h"
#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "tocsin/v1/keyed.pb.h"

namespace tocsin::faults {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

constexpr int kWrong = 3;
constexpr size_t kMostTold = 10;
// Beats without another match before all is told.
constexpr int kQuietRounds = 3;

struct Options {
  std::string brokers, positions, standing;
  std::vector<std::string> missions;
  int64_t seconds = 300;
  int64_t events = 0;
  KafkaConfig kafka() const { return {brokers, {}, {}}; }
};

Positions ReadPositions(const std::string& path) {
  std::ifstream file(path);
  Positions positions;
  for (const json& entry : json::parse(file)) {
    positions[{entry.at("topic"), entry.at("partition")}] = entry.at("offset");
  }
  return positions;
}

std::set<SourceId> PartitionsOf(Consumer& consumer, const std::string& topic) {
  std::set<SourceId> sources;
  const int32_t count = OrDie(consumer.PartitionCount(topic));
  for (int32_t p = 0; p < count; ++p) sources.insert({topic, p});
  return sources;
}

json Progress(const Options& options) {
  const auto router = OrDie(Consumer::Create(options.kafka(), "router"));
  std::set<SourceId> inputs;
  for (const std::string& mission : options.missions) {
    for (const std::string& topic :
         {SitrepsTopic(MissionId(mission)), SensorsTopic(MissionId(mission))}) {
      inputs.merge(PartitionsOf(*router, topic));
    }
  }
  int64_t routed = 0;
  for (const auto& [source, committed] : OrDie(router->Committed(inputs))) {
    routed += committed.next;
  }
  const auto correlator = OrDie(Consumer::Create(options.kafka(), "correlator"));
  json correlated = json::object();
  for (const auto& [source, committed] :
       OrDie(correlator->Committed(PartitionsOf(*correlator, kKeyedTopic)))) {
    correlated[std::to_string(source.partition)] = committed.next;
  }
  return {{"routed", routed}, {"correlated", correlated}};
}

// How far each correlator task has said that it evaluated.
class Evaluated {
 public:
  Evaluated(const Options& options, Clock::time_point deadline)
      : consumer_(OrDie(Consumer::Create(options.kafka(), "fault-tool"))), deadline_(deadline) {
    Positions from;
    for (const SourceId& source : PartitionsOf(*consumer_, kWarningsTopic)) {
      from[source] = Consumer::kBeginning;
    }
    OrDie(consumer_->Assign(from));
  }

  template <class Holds>
  void Until(const std::string& what, Holds holds) {
    while (!holds()) {
      if (Clock::now() > deadline_) {
        std::cerr << "error: the engine did not get there in time: " << what << "\n";
        std::exit(1);
      }
      const auto polled = OrDie(consumer_->Poll(5000, std::chrono::milliseconds(50)));
      for (const InputRecord& record : polled.records) Take(record);
    }
  }

  // All of the inputs, and none behind or unknown.
  bool HasRead(const std::set<SourceId>& partitions, const Positions& wanted) const {
    return std::all_of(partitions.begin(), partitions.end(), [&](const SourceId& source) {
      const auto task = ticks_.find(source.partition);
      if (task == ticks_.end()) return false;
      Positions read;
      for (const v1::SourceTime& entry : task->second.sources()) {
        if (entry.status() != v1::SOURCE_STATUS_AT_END) return false;
        read[{entry.source().topic(), entry.source().partition()}] = entry.source().offset();
      }
      return std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
        const auto it = read.find(entry.first);
        return it != read.end() && it->second >= entry.second;
      });
    });
  }

  bool HasPassed(const Positions& keyed) const {
    return std::all_of(keyed.begin(), keyed.end(), [&](const auto& entry) {
      const auto it = offsets_.find(entry.first.partition);
      return it != offsets_.end() && it->second >= entry.second;
    });
  }

 private:
  void Take(const InputRecord& record) {
    v1::WarningsRecord proto;
    if (!proto.ParseFromString(record.value) || !proto.has_evaluated()) return;
    const int32_t task = proto.evaluated().keyed_partition();
    // Its id ends with the offset of the tick that it answers.
    for (const auto& [name, value] : record.headers) {
      if (name != "ce_id") continue;
      const int64_t offset = std::stoll(value.substr(value.rfind('/') + 1));
      int64_t& last = offsets_[task];
      if (offset < last) return;
      last = offset;
    }
    ticks_[task] = proto.evaluated().tick();
  }

  const std::unique_ptr<Consumer> consumer_;
  const Clock::time_point deadline_;
  std::map<int32_t, v1::Tick> ticks_;
  std::map<int32_t, int64_t> offsets_;
};

Positions EndsOf(Consumer& consumer, const std::set<SourceId>& sources) {
  Positions ends;
  for (const SourceId& source : sources) ends[source] = OrDie(consumer.Watermarks(source)).second;
  return ends;
}

// Behind the last match of each partition: what correlators say there on each beat is none.
Positions LastMatches(const Options& options) {
  Positions ends;
  for (const auto& [partition, records] : OrDie(ReadTopic(options.kafka(), kMatchesTopic))) {
    for (const InputRecord& record : records) {
      v1::MatchRecord proto;
      const bool is_match = proto.ParseFromString(record.value) && !proto.has_found();
      if (is_match) ends[record.source] = record.offset + 1;
    }
  }
  return ends;
}

json Await(const Options& options) {
  const auto began = Clock::now();
  const auto router = OrDie(Consumer::Create(options.kafka(), "router"));
  const std::set<SourceId> keyed = PartitionsOf(*router, kKeyedTopic);
  const std::set<SourceId> matches = PartitionsOf(*router, kMatchesTopic);
  const Positions wanted = ReadPositions(options.positions);
  Evaluated evaluated(options, began + std::chrono::seconds(options.seconds));
  evaluated.Until("reading the inputs", [&] { return evaluated.HasRead(keyed, wanted); });
  // What rules select of the warnings comes back through the router, perhaps more than once, and
  // some of it is told on a later beat.
  Positions before;
  for (int quiet = 0; quiet < kQuietRounds; ++quiet) {
    const Positions ends = LastMatches(options);
    if (ends != before) quiet = 0;
    before = ends;
    evaluated.Until("reading the matches", [&] {
      const CommittedOffsets committed = OrDie(router->Committed(matches));
      return std::all_of(ends.begin(), ends.end(), [&](const auto& end) {
        const auto it = committed.find(end.first);
        return it != committed.end() && it->second.next >= end.second;
      });
    });
    const Positions passed = EndsOf(*router, keyed);
    evaluated.Until("evaluating the matches", [&] { return evaluated.HasPassed(passed); });
  }
  return {{"waited_seconds", std::chrono::duration<double>(Clock::now() - began).count()}};
}

void WriteStanding(const std::vector<Standing>& standing, const std::string& path) {
  std::ofstream file(path);
  for (const Standing& one : standing) {
    std::string text;
    if (!google::protobuf::util::MessageToJsonString(one.warning, &text).ok()) text = "{}";
    file << json{{"rule", one.rule},
                 {"expired", one.expired},
                 {"content", Sha256Hex(one.content)},
                 {"warning", json::parse(text)}}
                .dump()
         << "\n";
  }
}

json Check(const Options& options) {
  const KafkaConfig kafka = options.kafka();
  const auto warnings = OrDie(ReadTopic(kafka, kWarningsTopic));
  const auto keyed = OrDie(ReadTopic(kafka, kKeyedTopic));
  const auto journal = OrDie(ReadTopic(kafka, kJournalTopic));
  const auto dead_letters = OrDie(ReadTopic(kafka, kDeadLettersTopic));
  const auto matches =
      PartitionsOf(*OrDie(Consumer::Create(kafka, "fault-tool")), kMatchesTopic).size();

  std::vector<Emission> emissions;
  for (const auto& [partition, records] : warnings) {
    for (Emission& emission : OrDie(EmissionsOf(records))) emissions.push_back(std::move(emission));
  }
  std::vector<std::string> wrong = CheckEmissions(emissions);
  for (std::string& line :
       OrDie(CheckJournal(journal.at(0), ReadPositions(options.positions), options.events))) {
    wrong.push_back(std::move(line));
  }
  for (const auto& [partition, records] : dead_letters) {
    for (const InputRecord& record : records) wrong.push_back(StrCat("dead letter ", record.key));
  }
  const std::vector<Standing> standing = OrDie(StandingOf(emissions));
  WriteStanding(standing, options.standing);

  std::vector<Emission> fresh;
  int64_t fed = 0;
  for (const auto& [partition, records] : keyed) {
    fed += std::ssize(records);
    for (Emission& emission : OrDie(
             RunFreshCore(records, partition, static_cast<int32_t>(keyed.size()),
                          static_cast<int32_t>(warnings.size()), static_cast<int32_t>(matches)))) {
      fresh.push_back(std::move(emission));
    }
  }
  std::sort(emissions.begin(), emissions.end());
  std::sort(fresh.begin(), fresh.end());
  std::vector<Emission> missing, extra;
  std::set_difference(fresh.begin(), fresh.end(), emissions.begin(), emissions.end(),
                      std::back_inserter(missing));
  std::set_difference(emissions.begin(), emissions.end(), fresh.begin(), fresh.end(),
                      std::back_inserter(extra));
  for (const Emission& one : missing) {
    wrong.push_back(StrCat("a fresh core says ", one.warning, "/", one.revision,
                           ", the run does not, or says other words"));
  }
  for (const Emission& one : extra) {
    wrong.push_back(StrCat("the run says ", one.warning, "/", one.revision,
                           ", a fresh core does not, or says other words"));
  }
  const size_t count = wrong.size();
  if (wrong.size() > kMostTold) wrong.resize(kMostTold);
  return {{"emissions", emissions.size()},
          {"standing", standing.size()},
          {"keyed", fed},
          {"transactions", journal.at(0).size()},
          {"wrong", count},
          {"first", wrong}};
}

int Main(int argc, char** argv) {
  CLI::App app{"What the fault runs need to know of an engine"};
  app.require_subcommand(1);
  Options options;
  const auto command = [&](const char* name, const char* what) {
    CLI::App* added = app.add_subcommand(name, what);
    added->add_option("--brokers", options.brokers)->required();
    return added;
  };
  CLI::App* progress = command("progress", "Offsets that the engine has committed");
  progress->add_option("--missions", options.missions)->required()->delimiter(',');
  CLI::App* await = command("await", "Wait until the engine has evaluated everything");
  await->add_option("--seconds", options.seconds, "at most so long");
  CLI::App* check = command("check", "Compare what a stopped engine has written with itself");
  check->add_option("--events", options.events, "so many were written")->required();
  check->add_option("--standing", options.standing, "where to write what stands")->required();
  for (CLI::App* one : {await, check}) {
    one->add_option("--positions", options.positions)->required();
  }
  CLI11_PARSE(app, argc, argv);
  const json result = *progress ? Progress(options) : *await ? Await(options) : Check(options);
  std::cout << result.dump() << std::endl;
  return result.value("wrong", 0) == 0 ? 0 : kWrong;
}

}  // namespace
}  // namespace tocsin::faults

int main(int argc, char** argv) { return tocsin::faults::Main(argc, argv); }
