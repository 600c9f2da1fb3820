#include "correlator/task_core.h"

#include <algorithm>
#include <utility>

#include "lib/base/hash.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/wire/cloud_events.h"
#include "lib/wire/wire.h"

namespace tocsin {
namespace {

// What a record came of, for ids of what has no other.
std::string CauseOf(const InputRecord& record) {
  return StrCat(record.source.topic, "/", record.source.partition, "/", record.offset);
}

OutputRecord WarningRecord(const Warning& warning, const std::string& source, int32_t partitions) {
  v1::WarningsRecord proto;
  *proto.mutable_warning() = ToProto(warning);
  OutputRecord record;
  record.key = warning.id.str();
  record.target = {kWarningsTopic, PartitionOf(record.key, partitions)};
  record.value = SerializeDeterministic(proto);
  // The emission id: a reader that meets it twice has met a repetition.
  record.headers = CloudEventHeaders("tocsin.warning.v1", source,
                                     StrCat(warning.id.str(), "/", warning.revision));
  record.headers.emplace_back("ce_subject", warning.id.str());
  record.headers.emplace_back("ce_correlationid", warning.id.str());
  if (warning.caused_by) {
    record.headers.emplace_back(
        "ce_causationid", StrCat(warning.caused_by->mission.str(), "/", warning.caused_by->id.str(),
                                 "/", warning.caused_by_revision));
  }
  return record;
}

// To the router, which tells every partition: docs/decisions/0016.
OutputRecord ThrottleRecord(const RuleId& rule, const std::string& digest, const InputRecord& cause,
                            const std::string& source) {
  v1::RulesRecord proto;
  proto.mutable_throttle()->set_rule(rule.str());
  proto.mutable_throttle()->set_rules_digest(digest);
  proto.mutable_throttle()->set_keyed_partition(cause.source.partition);
  OutputRecord record;
  record.target = {kRulesTopic, 0};
  record.key = StrCat("throttle/", rule.str());
  record.value = SerializeDeterministic(proto);
  record.headers =
      CloudEventHeaders("tocsin.rules.v1", source, StrCat(CauseOf(cause), "/", rule.str()));
  return record;
}

// All that a task finds for one router task goes to one partition of those that this one reads,
// whose numbers leave `router` of its number: docs/decisions/0021 and 0025.
SourceId MatchesOf(int32_t keyed_partition, int32_t partitions, const RouterTask& router) {
  const int32_t of_it = (partitions - router.index - 1) / router.of + 1;
  return {kMatchesTopic, router.index + router.of * (keyed_partition % of_it)};
}

OutputRecord MatchRecord(const Match& match, const std::string& source, SourceId target) {
  const Identity& identity = match.event.identity;
  const bool told = !match.told_by.empty();
  OutputRecord record;
  record.key = told ? StrCat(identity.mission.str(), "/", identity.id.str()) : identity.id.str();
  record.target = std::move(target);
  record.value = SerializeDeterministic(ToProto(match));
  record.headers = CloudEventHeaders(
      "tocsin.match.v1", source,
      StrCat(record.key, "/", match.event.revision, told ? "/" : "", match.told_by.str()));
  return record;
}

OutputRecord FoundRecord(const FoundMark& found, const InputRecord& cause,
                         const std::string& source, SourceId target) {
  OutputRecord record;
  record.key = StrCat("found/", found.keyed_partition);
  record.target = std::move(target);
  record.value = SerializeDeterministic(ToProto(found));
  record.headers = CloudEventHeaders("tocsin.found.v1", source, CauseOf(cause));
  return record;
}

}  // namespace

CorrelatorTaskCore::CorrelatorTaskCore(std::string task, int32_t keyed_partition,
                                       int32_t keyed_partitions, OutputPartitions outputs,
                                       HotKeys* hot_keys)
    : task_(std::move(task)),
      outputs_(outputs),
      hot_keys_(hot_keys),
      correlator_(keyed_partition, keyed_partitions) {}

absl::Status CorrelatorTaskCore::Load(const ReadState& state) { return correlator_.Load(state); }

absl::Status CorrelatorTaskCore::StepAndNote(const KeyedRecord& record, State& state,
                                             CorrelatorEffects& found) {
  const std::vector<CorrelationKey>* keys = nullptr;
  if (const auto* insert = std::get_if<Insert>(&record)) keys = &insert->keys;
  if (const auto* withdraw = std::get_if<Withdraw>(&record)) keys = &withdraw->keys;
  if (hot_keys_ == nullptr || keys == nullptr) return correlator_.Step(record, state, found);
  const auto begun = HotKeys::Clock::now();
  TOCSIN_RETURN_IF_ERROR(correlator_.Step(record, state, found));
  hot_keys_->Note(*keys, HotKeys::Clock::now() - begun);
  return absl::OkStatus();
}

absl::Status CorrelatorTaskCore::Step(const InputRecord& record, State& state,
                                      TaskEffects& effects) {
  v1::KeyedRecord proto;
  if (record.tombstone || !proto.ParseFromString(record.value)) {
    return absl::InvalidArgumentError("value: is no tocsin.v1.KeyedRecord");
  }
  TOCSIN_ASSIGN_OR_RETURN(const KeyedRecord keyed, FromProto(proto));
  CorrelatorEffects found;
  TOCSIN_RETURN_IF_ERROR(StepAndNote(keyed, state, found));
  const std::string source = StrCat("/", task_);
  for (const Warning& warning : found.warnings) {
    effects.records.push_back(WarningRecord(warning, source, outputs_.warnings));
  }
  const int32_t routers = std::max(correlator_.routers(), 1);
  if (outputs_.matches < routers) {
    return absl::FailedPreconditionError(
        StrCat(kMatchesTopic, " has ", outputs_.matches, " partitions, and there are ", routers,
               " router tasks, which need one each: docs/scaling.md"));
  }
  const int32_t own = record.source.partition;
  for (const Match& match : found.matches) {
    // A warning always goes the same way: one router task keeps its identity.
    const int32_t router = match.told_by.empty() ? own % routers : match.event.router;
    effects.records.push_back(
        MatchRecord(match, source, MatchesOf(own, outputs_.matches, {router, routers})));
  }
  for (int32_t router = 0; found.found && router < routers; ++router) {
    effects.records.push_back(FoundRecord(*found.found, record, source,
                                          MatchesOf(own, outputs_.matches, {router, routers})));
  }
  for (const RuleId& rule : found.throttled) {
    effects.records.push_back(ThrottleRecord(rule, correlator_.rules_digest(), record, source));
  }
  if (found.evaluated) {
    v1::WarningsRecord evaluated;
    *evaluated.mutable_evaluated() = ToProto(*found.evaluated);
    const std::string value = SerializeDeterministic(evaluated);
    // To every partition: a gateway that lacks one of them still knows what it lacks.
    for (int32_t partition = 0; partition < outputs_.warnings; ++partition) {
      OutputRecord out;
      out.target = {kWarningsTopic, partition};
      out.key = StrCat("evaluated/", found.evaluated->keyed_partition);
      out.value = value;
      out.headers = CloudEventHeaders("tocsin.evaluated.v1", source, CauseOf(record));
      effects.records.push_back(std::move(out));
    }
  }
  effects.counts.Add(found.counts);
  return absl::OkStatus();
}

std::string CorrelatorTaskCore::EncodeObservation(const std::vector<SourceObservation>&, bool) {
  return {};
}

absl::Status CorrelatorTaskCore::Observe(std::string_view, State&, TaskEffects&) {
  return absl::OkStatus();
}

absl::Status CorrelatorTaskCore::Close(State&, TaskEffects&) { return absl::OkStatus(); }

}  // namespace tocsin
