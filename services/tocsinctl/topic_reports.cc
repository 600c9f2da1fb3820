#include "tocsinctl/topic_reports.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <utility>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/routing/check.h"
#include "lib/wire/wire.h"

namespace tocsin::ctl {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr char kGroup[] = "tocsinctl.backtest";  // nothing is ever committed for it
constexpr size_t kBatch = 2000;
constexpr size_t kMostProblems = 20;
constexpr std::chrono::milliseconds kWait{200};
constexpr std::chrono::seconds kPatience{30};

std::string Shown(const SourceId& source) {
  return StrCat(source.topic, "[", source.partition, "]");
}

absl::StatusOr<Event> Decode(const InputRecord& record) {
  v1::Event proto;
  if (record.tombstone || !proto.ParseFromString(record.value)) {
    return absl::InvalidArgumentError("value: is no tocsin.v1.Event");
  }
  TOCSIN_ASSIGN_OR_RETURN(Event event, FromProto(proto));
  TOCSIN_RETURN_IF_ERROR(CheckRoutable(record.source, event));
  if (event.accepted == kUnknownTime) {
    return absl::InvalidArgumentError("accepted_us: is missing, so nobody knows when it was known");
  }
  return event;
}

// One partition and how its records become reports.
class Reading {
 public:
  Reading(TopicReports::Source& source, Stream stream, const TopicSelection& selection,
          std::vector<Report>& reports)
      : source_(source), stream_(stream), selection_(selection), reports_(reports) {}

  // True if it was the last.
  bool Take(const InputRecord& record) {
    if (record.offset < source_.end) Add(record);
    return record.offset + 1 >= source_.end;
  }

 private:
  void Add(const InputRecord& record) {
    ++source_.records;
    absl::StatusOr<Event> event = Decode(record);
    if (!event.ok()) {
      ++source_.unreadable;
      if (source_.problems.size() < kMostProblems) {
        source_.problems.push_back(
            StrCat(record.offset, ": ", std::string(event.status().message())));
      }
    } else if (event->status != selection_.status ||
               (event->status == Status::kExercise &&
                event->exercise_id != selection_.exercise_id)) {
      ++source_.others;
    } else {
      ++source_.reports;
      reports_.push_back(
          {*std::move(event), stream_, StrCat(Shown(source_.source), "@", record.offset)});
    }
  }

  TopicReports::Source& source_;
  const Stream stream_;
  const TopicSelection& selection_;
  std::vector<Report>& reports_;
};

using Readings = std::map<SourceId, Reading>;

absl::Status ReadAll(Consumer& consumer, Readings& open, const std::stop_token& stop) {
  auto heard = SteadyClock::now();
  while (!open.empty()) {
    if (stop.stop_requested()) return absl::CancelledError("stopped while reading the topics");
    TOCSIN_ASSIGN_OR_RETURN(const Consumer::Polled polled, consumer.Poll(kBatch, kWait));
    const size_t before = open.size();
    for (const InputRecord& record : polled.records) {
      const auto it = open.find(record.source);
      if (it != open.end() && it->second.Take(record)) open.erase(it);
    }
    // What ends a log may be the marker of a transaction, which is no record.
    for (const SourceId& source : polled.at_end) open.erase(source);
    const auto now = SteadyClock::now();
    if (!polled.records.empty() || open.size() < before) {
      heard = now;
    } else if (now - heard >= kPatience) {
      return absl::UnavailableError(StrCat(Shown(open.begin()->first), " gives no answer"));
    }
  }
  return absl::OkStatus();
}

struct Topic {
  std::string name;
  Stream stream;
};

std::vector<Topic> TopicsOf(std::vector<MissionId> missions) {
  std::sort(missions.begin(), missions.end());
  missions.erase(std::unique(missions.begin(), missions.end()), missions.end());
  std::vector<Topic> topics;
  for (const MissionId& mission : missions) {
    topics.push_back({SensorsTopic(mission), Stream::kSensor});
    topics.push_back({SitrepsTopic(mission), Stream::kSitrep});
  }
  return topics;
}

}  // namespace

bool TopicReports::clean() const {
  return std::all_of(sources.begin(), sources.end(),
                     [](const Source& source) { return source.unreadable == 0; });
}

absl::StatusOr<TopicReports> ReadTopics(const KafkaConfig& kafka, const TopicSelection& selection,
                                        const std::stop_token& stop) {
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<Consumer> consumer,
                          Consumer::Create(kafka, kGroup));
  TopicReports result;
  std::vector<Stream> streams;
  for (const Topic& topic : TopicsOf(selection.missions)) {
    TOCSIN_ASSIGN_OR_RETURN(const int32_t partitions, consumer->PartitionCount(topic.name));
    for (int32_t partition = 0; partition < partitions; ++partition) {
      TopicReports::Source source;
      source.source = {topic.name, partition};
      TOCSIN_ASSIGN_OR_RETURN(const auto offsets, consumer->Watermarks(source.source));
      source.begin = offsets.first;
      source.end = offsets.second;
      result.sources.push_back(std::move(source));
      streams.push_back(topic.stream);
    }
  }
  Readings open;
  std::map<SourceId, int64_t> from;
  for (size_t i = 0; i < result.sources.size(); ++i) {
    TopicReports::Source& source = result.sources[i];
    if (source.begin >= source.end) continue;
    from[source.source] = source.begin;
    open.emplace(source.source, Reading(source, streams[i], selection, result.reports));
  }
  TOCSIN_RETURN_IF_ERROR(consumer->Assign(from));
  TOCSIN_RETURN_IF_ERROR(ReadAll(*consumer, open, stop));
  return result;
}

absl::StatusOr<TopicReports> ReadTopicsOf(Session& session,
                                          const std::vector<std::string>& missions,
                                          const std::string& exercise) {
  TOCSIN_ASSIGN_OR_RETURN(const Context* const context, session.context());
  if (context->kafka.bootstrap_servers.empty()) {
    return absl::InvalidArgumentError("the context names no kafka.bootstrap_servers");
  }
  TopicSelection selection;
  for (const std::string& mission : missions) selection.missions.emplace_back(mission);
  if (selection.missions.empty()) selection.missions = context->topics.missions;
  if (selection.missions.empty()) {
    return absl::InvalidArgumentError("the context names no missions; give --missions");
  }
  selection.status = exercise.empty() ? Status::kActual : Status::kExercise;
  selection.exercise_id = exercise;
  return ReadTopics(context->kafka, selection, session.stop());
}

void ReportTopics(const TopicReports& topics) {
  for (const TopicReports::Source& source : topics.sources) {
    std::cerr << Shown(source.source) << ": " << source.records << " records, " << source.reports
              << " reports";
    if (source.others > 0) std::cerr << ", " << source.others << " of another status or exercise";
    if (source.unreadable > 0) std::cerr << ", " << source.unreadable << " that are no reports";
    if (source.begin > 0) std::cerr << "; what lay before offset " << source.begin << " is gone";
    std::cerr << "\n";
    for (const std::string& problem : source.problems) {
      std::cerr << "  " << Shown(source.source) << "@" << problem << "\n";
    }
    const int64_t more = source.unreadable - std::ssize(source.problems);
    if (more > 0) std::cerr << "  and " << more << " more\n";
  }
}

nlohmann::json TopicsJson(const TopicReports& topics) {
  nlohmann::json json = nlohmann::json::array();
  for (const TopicReports::Source& source : topics.sources) {
    json.push_back({{"topic", source.source.topic},
                    {"partition", source.source.partition},
                    {"begin", source.begin},
                    {"end", source.end},
                    {"records", source.records},
                    {"reports", source.reports},
                    {"other_status", source.others},
                    {"unreadable", source.unreadable}});
  }
  return json;
}

}  // namespace tocsin::ctl
