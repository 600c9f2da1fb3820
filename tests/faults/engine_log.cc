#include "engine_log.h"

#include <set>

#include "correlator/task_core.h"
#include "lib/base/state.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/task/journal.h"
#include "lib/wire/wire.h"

namespace tocsin::faults {
namespace {

constexpr size_t kAtOnce = 5000;
constexpr std::chrono::milliseconds kWait{100};

// Of a record that holds a warning; nullopt: it holds something else.
absl::StatusOr<std::optional<Emission>> EmissionOf(std::string_view value) {
  v1::WarningsRecord proto;
  if (!proto.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return absl::InvalidArgumentError("a record of fusion.warnings.v1 cannot be read");
  }
  if (!proto.has_warning()) return std::nullopt;
  return Emission{proto.warning().id(), proto.warning().revision(),
                  SerializeDeterministic(proto.warning())};
}

}  // namespace

absl::StatusOr<std::map<int32_t, std::vector<InputRecord>>> ReadTopic(const KafkaConfig& kafka,
                                                                      const std::string& topic) {
  TOCSIN_ASSIGN_OR_RETURN(const auto consumer, Consumer::Create(kafka, "fault-tool"));
  TOCSIN_ASSIGN_OR_RETURN(const int32_t partitions, consumer->PartitionCount(topic));
  Positions from;
  for (int32_t p = 0; p < partitions; ++p) from[{topic, p}] = Consumer::kBeginning;
  TOCSIN_RETURN_IF_ERROR(consumer->Assign(from));
  std::map<int32_t, std::vector<InputRecord>> records;
  for (int32_t p = 0; p < partitions; ++p) records[p];
  std::set<SourceId> at_end;
  while (std::ssize(at_end) < partitions) {
    TOCSIN_ASSIGN_OR_RETURN(Consumer::Polled polled, consumer->Poll(kAtOnce, kWait));
    for (InputRecord& record : polled.records) {
      records[record.source.partition].push_back(std::move(record));
    }
    at_end.insert(polled.at_end.begin(), polled.at_end.end());
  }
  return records;
}

absl::StatusOr<std::vector<Emission>> EmissionsOf(const std::vector<InputRecord>& records) {
  std::vector<Emission> emissions;
  for (const InputRecord& record : records) {
    TOCSIN_ASSIGN_OR_RETURN(std::optional<Emission> emission, EmissionOf(record.value));
    if (emission) emissions.push_back(*std::move(emission));
  }
  return emissions;
}

absl::StatusOr<std::vector<Emission>> RunFreshCore(const std::vector<InputRecord>& keyed,
                                                   int32_t partition, int32_t keyed_partitions,
                                                   int32_t warnings_partitions,
                                                   int32_t matches_partitions) {
  CorrelatorTaskCore core(StrCat("correlator-", partition), partition, keyed_partitions,
                          {warnings_partitions, matches_partitions});
  MemoryState state;
  TOCSIN_RETURN_IF_ERROR(core.Load(state));
  std::vector<Emission> emissions;
  for (const InputRecord& record : keyed) {
    TaskEffects effects;
    TOCSIN_RETURN_IF_ERROR(core.Step(record, state, effects));
    TOCSIN_RETURN_IF_ERROR(core.Close(state, effects));
    for (const OutputRecord& output : effects.records) {
      if (output.target.topic != kWarningsTopic) continue;
      TOCSIN_ASSIGN_OR_RETURN(std::optional<Emission> emission, EmissionOf(output.value));
      if (emission) emissions.push_back(*std::move(emission));
    }
  }
  return emissions;
}

absl::StatusOr<std::vector<Standing>> StandingOf(const std::vector<Emission>& emissions) {
  std::map<std::string, const Emission*> last;
  for (const Emission& emission : emissions) {
    const Emission*& held = last[emission.warning];
    if (held == nullptr || held->revision < emission.revision) held = &emission;
  }
  std::vector<Standing> standing;
  for (const auto& [id, emission] : last) {
    v1::Warning proto;
    if (!proto.ParseFromString(emission->bytes)) {
      return absl::InvalidArgumentError("a warning cannot be read");
    }
    TOCSIN_ASSIGN_OR_RETURN(const Warning warning, FromProto(proto));
    if (warning.message_type == MessageType::kCancel) continue;
    Warning bare;
    bare.content = warning.content;
    standing.push_back({warning.content.rule_id.str(), warning.message_type == MessageType::kExpire,
                        SerializeDeterministic(ToProto(bare)), std::move(proto)});
  }
  return standing;
}

std::vector<std::string> CheckEmissions(const std::vector<Emission>& emissions) {
  std::vector<std::string> wrong;
  std::map<std::string, std::multiset<int32_t>> revisions;
  for (const Emission& emission : emissions) revisions[emission.warning].insert(emission.revision);
  for (const auto& [warning, found] : revisions) {
    int32_t next = 1;
    for (const int32_t revision : found) {
      if (revision < next) {
        wrong.push_back(StrCat("emission ", warning, "/", revision, " was written twice"));
      } else if (revision > next) {
        wrong.push_back(StrCat("emission ", warning, "/", next, " is missing before ", revision));
      }
      next = revision + 1;
    }
  }
  return wrong;
}

absl::StatusOr<std::vector<std::string>> CheckJournal(const std::vector<InputRecord>& journal,
                                                      const Positions& loaded, int64_t events) {
  std::vector<std::string> wrong;
  Positions next;
  int64_t fed = 0;
  int64_t sequence = 0;
  for (const InputRecord& record : journal) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::JournalRecord steps, ParseJournalRecord(record));
    if (steps.sequence() != sequence) {
      wrong.push_back(
          StrCat("the journal goes on with ", steps.sequence(), " after ", sequence - 1));
    }
    sequence = steps.sequence() + 1;
    for (const v1::JournalStep& step : steps.steps()) {
      if (!step.has_span()) continue;
      const SourceId source{step.span().topic(), step.span().partition()};
      // What was loaded has no markers within.
      const bool is_loaded = loaded.contains(source);
      const auto it = next.find(source);
      if (it != next.end() &&
          (step.span().from() < it->second || (is_loaded && step.span().from() > it->second))) {
        wrong.push_back(StrCat(source.topic, "[", source.partition, "] goes on at ",
                               step.span().from(), " instead of ", it->second));
      }
      if (is_loaded) fed += step.span().to() - step.span().from();
      if (step.span().skipped_size() > 0) {
        wrong.push_back(StrCat(source.topic, "[", source.partition, "]: a record was skipped"));
      }
      next[source] = step.span().to();
    }
  }
  if (fed != events) {
    wrong.push_back(StrCat(fed, " events were fed, of ", events));
  }
  for (const auto& [source, end] : loaded) {
    const auto it = next.find(source);
    const int64_t found = it == next.end() ? 0 : it->second;
    if (found != end) {
      wrong.push_back(
          StrCat(source.topic, "[", source.partition, "] was fed up to ", found, " of ", end));
    }
  }
  return wrong;
}

}  // namespace tocsin::faults
