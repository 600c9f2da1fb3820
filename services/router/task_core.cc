#include "router/task_core.h"

#include <map>
#include <utility>

#include "lib/base/hash.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/routing/check.h"
#include "lib/rules/keys.h"
#include "lib/wire/cloud_events.h"
#include "lib/wire/wire.h"

namespace tocsin {
namespace {

bool IsEpoch(const InputRecord& record) {
  for (const auto& [name, value] : record.headers) {
    if (name == kTypeHeader) return value == kEpochType;
  }
  return false;
}

absl::StatusOr<RouterInput> DecodeEvent(const InputRecord& record) {
  v1::Event proto;
  if (!proto.ParseFromString(record.value)) {
    return absl::InvalidArgumentError("value: is no tocsin.v1.Event");
  }
  TOCSIN_ASSIGN_OR_RETURN(Event event, FromProto(proto));
  return RouterInput(std::move(event));
}

absl::StatusOr<RulesInput> DecodeRules(const InputRecord& record) {
  v1::RulesRecord proto;
  if (!proto.ParseFromString(record.value)) {
    return absl::InvalidArgumentError("value: is no tocsin.v1.RulesRecord");
  }
  return FromProto(proto);
}

// Of a record of fusion.rules.v1 with which nothing takes effect.
const char* CountOf(const RulesInput& input) {
  if (std::holds_alternative<Document>(input)) return "documents";
  return std::holds_alternative<Activation>(input) ? "activations_repeated" : "publications";
}

absl::StatusOr<RouterInput> DecodeMatch(const InputRecord& record) {
  v1::MatchRecord proto;
  if (!proto.ParseFromString(record.value)) {
    return absl::InvalidArgumentError("value: is no tocsin.v1.MatchRecord");
  }
  TOCSIN_ASSIGN_OR_RETURN(auto either, FromProto(proto));
  return std::visit([](auto&& one) { return RouterInput(std::forward<decltype(one)>(one)); },
                    std::move(either));
}

absl::StatusOr<RouterInput> Decode(const InputRecord& record) {
  if (record.source.topic == kMatchesTopic) return DecodeMatch(record);
  if (MissionOfTopic(OriginalOf(record.source).value_or(record.source).topic)) {
    return DecodeEvent(record);
  }
  return absl::InvalidArgumentError(
      StrCat("topic: ", record.source.topic, " is no input of a router"));
}

// Kafka's key of a record: what it is about. The partition does not depend on it.
std::string KeyOf(const KeyedRecord& record) {
  if (const auto* insert = std::get_if<Insert>(&record)) return PartitionText(insert->keys.front());
  if (const auto* withdraw = std::get_if<Withdraw>(&record)) {
    return withdraw->keys.empty()
               ? StrCat(withdraw->identity.mission.str(), "/", withdraw->identity.id.str())
               : PartitionText(withdraw->keys.front());
  }
  return std::holds_alternative<Tick>(record) ? "tick" : "control";
}

SourceStatus StatusOf(const SourceObservation& seen) {
  if (!seen.reachable) return SourceStatus::kUnknown;
  return seen.at_end ? SourceStatus::kAtEnd : SourceStatus::kBehind;
}

}  // namespace

RouterTaskCore::RouterTaskCore(RouterCoreOptions options, PlaceIndexFactory place_index_factory,
                               std::function<Time()> machine_clock)
    : options_(std::move(options)),
      publication_([place_index_factory](const Pack& pack) {
        return place_index_factory(pack.areas_geojson, pack.corridors_geojson).status();
      }),
      router_(options_.router, std::move(place_index_factory)),
      machine_clock_(std::move(machine_clock)) {}

absl::Status RouterTaskCore::Load(const ReadState& state) { return router_.Load(state); }

bool RouterTaskCore::IsOfAnother(const SourceId& source) const {
  const RouterTask& own = options_.router.task;
  return own.of > 1 && MissionOfTopic(source.topic) && source.partition % own.of != own.index;
}

// What is wrong with such a record is for the router task to say that routes it.
void RouterTaskCore::Heed(const InputRecord& record, State& state) {
  if (IsEpoch(record) || record.tombstone) return;
  const absl::StatusOr<RouterInput> input = DecodeEvent(record);
  if (input.ok()) router_.Heed(record.source, std::get<Event>(*input), state);
}

absl::Status RouterTaskCore::Step(const InputRecord& record, State& state, TaskEffects& effects) {
  if (IsOfAnother(record.source)) {
    Heed(record, state);
    return absl::OkStatus();
  }
  if (IsEpoch(record)) {
    router_.Skip(record.source, record.offset, state);
    return absl::OkStatus();
  }
  if (record.tombstone) return absl::InvalidArgumentError("value: a tombstone has no meaning here");
  if (record.source.topic == kRulesTopic) return StepRules(record, state, effects);
  TOCSIN_ASSIGN_OR_RETURN(const RouterInput input, Decode(record));
  RouterEffects routed;
  TOCSIN_RETURN_IF_ERROR(router_.Step(record.source, record.offset, input, state, routed));
  Encode(std::move(routed), effects);
  return absl::OkStatus();
}

// Who may change the rules is for lib/publication to say, what a change means for the router.
absl::Status RouterTaskCore::StepRules(const InputRecord& record, State& state,
                                       TaskEffects& effects) {
  TOCSIN_ASSIGN_OR_RETURN(const RulesInput input, DecodeRules(record));
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<Activation> effect, publication_.Step(input, state));
  RouterEffects routed;
  if (const auto* throttle = std::get_if<Throttle>(&input)) {
    TOCSIN_RETURN_IF_ERROR(router_.Step(record.source, record.offset, *throttle, state, routed));
  } else if (effect) {
    TOCSIN_RETURN_IF_ERROR(router_.Step(record.source, record.offset, *effect, state, routed));
  } else {
    router_.Skip(record.source, record.offset, state);
    ++effects.counts[CountOf(input)];
  }
  Encode(std::move(routed), effects);
  return absl::OkStatus();
}

void RouterTaskCore::Skip(const SourceId& source, int64_t offset, State& state) {
  if (IsOfAnother(source)) return;
  router_.Skip(source, offset, state);
}

std::vector<Reread> RouterTaskCore::Rereads() const {
  std::vector<Reread> rereads;
  for (ReadAgain& part : router_.Rereads()) {
    rereads.push_back({std::move(part.source), part.from, part.to});
  }
  return rereads;
}

std::string RouterTaskCore::EncodeObservation(const std::vector<SourceObservation>& sources,
                                              bool beat) {
  std::map<SourceId, SourceStatus> known;
  for (const SourceTime& entry : router_.sources()) known.emplace(entry.source, entry.status);
  std::map<SourceId, SourceStatus> changed;
  // Nobody reads it any more: its silence means nothing.
  for (const auto& [source, status] : known) {
    if (!options_.inputs.contains(source) && status != SourceStatus::kUnknown) {
      changed.emplace(source, SourceStatus::kUnknown);
    }
  }
  for (const SourceObservation& seen : sources) {
    if (!MissionOfTopic(seen.source.topic) || IsOfAnother(seen.source)) continue;
    const auto it = known.find(seen.source);
    if (it == known.end() || it->second != StatusOf(seen)) {
      changed.insert_or_assign(seen.source, StatusOf(seen));
    }
  }
  v1::Observation observation;
  if (options_.router.clock == ClockMode::kWall) {
    observation.set_clock_us(ToMicros(machine_clock_()));
  }
  for (const auto& [source, status] : changed) {
    SourceTime entry;
    entry.source = source;
    entry.status = status;
    *observation.add_sources() = ToProto(entry);
  }
  observation.set_beat(beat);
  return SerializeDeterministic(observation);
}

absl::Status RouterTaskCore::Observe(std::string_view encoded, State& state, TaskEffects& effects) {
  v1::Observation proto;
  if (!proto.ParseFromArray(encoded.data(), static_cast<int>(encoded.size()))) {
    return absl::DataLossError("an observation of the journal cannot be read");
  }
  Observation observation{
      .clock = FromMicros(proto.clock_us()), .sources = {}, .beat = proto.beat()};
  for (const v1::SourceTime& source : proto.sources()) {
    TOCSIN_ASSIGN_OR_RETURN(SourceTime entry, FromProto(source));
    observation.sources.push_back(std::move(entry));
  }
  RouterEffects routed;
  router_.Observe(observation, state, routed);
  Encode(std::move(routed), effects);
  return absl::OkStatus();
}

absl::Status RouterTaskCore::Close(State& state, TaskEffects& effects) {
  RouterEffects routed;
  TOCSIN_RETURN_IF_ERROR(router_.Close(state, routed));
  Encode(std::move(routed), effects);
  return absl::OkStatus();
}

void RouterTaskCore::Encode(RouterEffects routed, TaskEffects& effects) const {
  for (const RouterEffects::Keyed& keyed : routed.keyed) {
    OutputRecord record;
    record.target = {kKeyedTopic, keyed.partition};
    record.key = KeyOf(keyed.record);
    record.value = SerializeDeterministic(ToProto(keyed.record));
    record.headers = CloudEventHeaders("tocsin.keyed.v1", StrCat("/", options_.task),
                                       ShortHashHex(record.value));
    effects.records.push_back(std::move(record));
  }
  effects.counts.Add(routed.counts);
}

}  // namespace tocsin
