#include "lib/routing/router.h"

#include <algorithm>
#include <utility>

#include "lib/base/hash.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/routing/check.h"
#include "lib/routing/control.h"
#include "lib/routing/identities.h"
#include "lib/routing/resolve.h"
#include "lib/routing/sources.h"
#include "lib/routing/state_layout.h"
#include "lib/rules/keys.h"

namespace tocsin {
namespace {

using KeysByPartition = std::map<int32_t, std::vector<CorrelationKey>>;

KeysByPartition ByPartition(const std::vector<CorrelationKey>& keys, int32_t partitions) {
  KeysByPartition result;
  for (const CorrelationKey& key : keys) {
    result[PartitionOf(PartitionText(key), partitions)].push_back(key);
  }
  return result;
}

}  // namespace

class Router::Impl {
 public:
  Impl(RouterOptions options, PlaceIndexFactory factory)
      : options_(options), control_(std::move(factory)), sources_(options.clock, options.margin) {}

  absl::Status Load(const ReadState& state);
  absl::Status Step(const SourceId& source, int64_t offset, const RouterInput& input, State& state,
                    RouterEffects& effects);
  void Skip(const SourceId& source, int64_t offset, State& state);
  void Observe(const Observation& observation, State& state);
  absl::Status Close(State& state, RouterEffects& effects);

  const std::string& rules_digest() const {
    return control_.active() == nullptr ? no_digest_ : control_.active()->activation.digest;
  }
  const Sources& sources() const { return sources_; }

 private:
  std::string Meta() const;
  void WriteMeta(State& state);
  absl::Status StepEvent(const SourceId& source, int64_t offset, const Event& event, State& state,
                         RouterEffects& effects);
  absl::Status Route(const Event& event, const std::optional<HeldIdentity>& earlier, State& state,
                     RouterEffects& effects);
  absl::Status StepActivation(const SourceId& source, int64_t offset, const Activation& activation,
                              State& state, RouterEffects& effects);
  void Change(const Identity& identity, int32_t revision, const std::vector<CorrelationKey>& before,
              const std::vector<CorrelationKey>& after, const KeyedEvent* event,
              RouterEffects& effects) const;
  void WithdrawEverywhere(const Identity& identity, int32_t revision, RouterEffects& effects) const;

  const RouterOptions options_;
  ControlState control_;
  Sources sources_;
  bool beat_ = false;
  bool meta_written_ = false;
  const std::string no_digest_;
};

std::string Router::Impl::Meta() const {
  return CanonicalWriter()
      .Int64(layout::kFormat)
      .Int64(kRouterSemanticsVersion)
      .Int64(options_.keyed_partitions)
      .Int64(static_cast<int64_t>(options_.clock))
      .Take();
}

void Router::Impl::WriteMeta(State& state) {
  if (meta_written_) return;
  state.Put(layout::kMeta, Meta());
  meta_written_ = true;
}

absl::Status Router::Impl::Load(const ReadState& state) {
  if (options_.keyed_partitions < 1) {
    return absl::InvalidArgumentError("keyed_partitions: must be at least 1");
  }
  const std::optional<std::string> meta = state.Get(layout::kMeta);
  if (meta && *meta != Meta()) {
    CanonicalReader in(*meta);
    const int64_t format = in.Int64();
    const int64_t semantics = in.Int64();
    const int64_t partitions = in.Int64();
    const auto clock = static_cast<ClockMode>(in.Int64());
    return absl::FailedPreconditionError(
        StrCat("the router's state was written with format ", format, ", semantics version ",
               semantics, ", ", partitions, " keyed partitions and a ",
               clock == ClockMode::kWall ? "wall" : "scenario", " clock; this process has format ",
               layout::kFormat, ", semantics version ", kRouterSemanticsVersion, ", ",
               options_.keyed_partitions, " and a ",
               options_.clock == ClockMode::kWall ? "wall" : "scenario",
               " clock. Start the build and configuration that wrote it, or begin with fresh "
               "topics and state folders"));
  }
  meta_written_ = meta.has_value();
  beat_ = false;
  TOCSIN_RETURN_IF_ERROR(sources_.Load(state));
  return control_.Load(state);
}

// Nothing is touched, in the state or in a cache, before the record is known to be good: the shell
// drops what a refused record wrote.
absl::Status Router::Impl::Step(const SourceId& source, int64_t offset, const RouterInput& input,
                                State& state, RouterEffects& effects) {
  if (const auto* event = std::get_if<Event>(&input)) {
    return StepEvent(source, offset, *event, state, effects);
  }
  if (const auto* document = std::get_if<Document>(&input)) {
    TOCSIN_RETURN_IF_ERROR(ControlState::Keep(*document, state));
    Skip(source, offset, state);
    ++effects.counts["documents"];
    return absl::OkStatus();
  }
  return StepActivation(source, offset, std::get<Activation>(input), state, effects);
}

absl::Status Router::Impl::StepEvent(const SourceId& source, int64_t offset, const Event& event,
                                     State& state, RouterEffects& effects) {
  if (control_.active() == nullptr) {
    return absl::FailedPreconditionError(
        StrCat("an event of ", source.topic, "/", source.partition,
               " came before any rules were activated: publish a rule pack to fusion.rules.v1"));
  }
  TOCSIN_RETURN_IF_ERROR(CheckRoutable(source, event));
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<HeldIdentity> earlier,
                          Identities::Find(state, event.identity));
  Skip(source, offset, state);
  ++effects.counts["events"];
  Event stamped = event;
  if (stamped.accepted == kUnknownTime) {
    const Time told = event.reported != kUnknownTime ? event.reported : event.observed.to;
    stamped.accepted = sources_.Stamp(source, told);
    ++effects.counts["stamped"];
  }
  sources_.Accept(source, stamped.accepted, state);
  if (earlier && event.revision <= earlier->revision) {
    ++effects.counts[event.revision == earlier->revision ? "duplicates" : "stale"];
    return absl::OkStatus();
  }
  return Route(stamped, earlier, state, effects);
}

absl::Status Router::Impl::Route(const Event& event, const std::optional<HeldIdentity>& earlier,
                                 State& state, RouterEffects& effects) {
  // What was written for it before is no longer known: it is taken back wherever it may lie.
  if (!earlier && event.revision_kind != RevisionKind::kFile) {
    WithdrawEverywhere(event.identity, event.revision, effects);
    ++effects.counts["withdrawn_everywhere"];
  }
  HeldIdentity held{.revision = event.revision,
                    .withdrawn = event.revision_kind == RevisionKind::kWithdraw,
                    .expires = event.accepted,
                    .keys = {}};
  const Resolver& resolver = *control_.active()->resolver;
  KeyedEvent keyed;
  if (held.withdrawn) {
    ++effects.counts["withdrawn"];
    held.expires += resolver.RetentionOf(keyed);
  } else {
    if (event.revision_kind != RevisionKind::kFile) ++effects.counts["corrected"];
    keyed = resolver.Resolve(event, effects.counts);
    if (keyed.late) {
      ++effects.counts["late"];
    } else {
      held.keys = KeysOf(control_.active()->pack, keyed);
      if (held.keys.empty()) ++effects.counts["unkeyed"];
    }
    // What is foretold is matched when it is due, which may be long after it was accepted.
    const Time due = keyed.valid ? std::max(keyed.valid->to, keyed.observed.to) : keyed.observed.to;
    held.expires = std::max(held.expires, due) + resolver.RetentionOf(keyed);
  }
  Change(event.identity, event.revision, earlier ? earlier->keys : std::vector<CorrelationKey>(),
         held.keys, &keyed, effects);
  return Identities::Save(event.identity, earlier, std::move(held), state);
}

// One record for each partition and direction: first what is taken back, then what is put in.
void Router::Impl::Change(const Identity& identity, int32_t revision,
                          const std::vector<CorrelationKey>& before,
                          const std::vector<CorrelationKey>& after, const KeyedEvent* event,
                          RouterEffects& effects) const {
  std::vector<CorrelationKey> gone;
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                      std::back_inserter(gone));
  for (auto& [partition, keys] : ByPartition(gone, options_.keyed_partitions)) {
    ++effects.counts["withdraws"];
    effects.keyed.push_back(
        {partition, Withdraw{.keys = keys, .identity = identity, .revision = revision}});
  }
  for (auto& [partition, keys] : ByPartition(after, options_.keyed_partitions)) {
    ++effects.counts["inserts"];
    effects.counts["insert_keys"] += static_cast<int64_t>(keys.size());
    effects.keyed.push_back({partition, Insert{.keys = keys, .event = *event}});
  }
}

void Router::Impl::WithdrawEverywhere(const Identity& identity, int32_t revision,
                                      RouterEffects& effects) const {
  for (int32_t partition = 0; partition < options_.keyed_partitions; ++partition) {
    ++effects.counts["withdraws"];
    effects.keyed.push_back(
        {partition, Withdraw{.keys = {}, .identity = identity, .revision = revision}});
  }
}

absl::Status Router::Impl::StepActivation(const SourceId& source, int64_t offset,
                                          const Activation& activation, State& state,
                                          RouterEffects& effects) {
  TOCSIN_ASSIGN_OR_RETURN(const bool effective, control_.Activate(activation, state));
  Skip(source, offset, state);
  if (!effective) {
    ++effects.counts["activations_repeated"];
    return absl::OkStatus();
  }
  ++effects.counts["activations"];
  const Control control{.activation = control_.active()->activation,
                        .documents = control_.active()->documents,
                        .semantics_version = kRouterSemanticsVersion,
                        .inputs = sources_.Positions()};
  for (int32_t partition = 0; partition < options_.keyed_partitions; ++partition) {
    effects.keyed.push_back({partition, control});
  }
  sources_.SetChanged();
  return absl::OkStatus();
}

void Router::Impl::Skip(const SourceId& source, int64_t offset, State& state) {
  WriteMeta(state);
  sources_.Advance(source, offset, state);
}

void Router::Impl::Observe(const Observation& observation, State& state) {
  WriteMeta(state);
  sources_.Observe(observation, state);
  beat_ = beat_ || observation.beat;
}

absl::Status Router::Impl::Close(State& state, RouterEffects& effects) {
  // Without rules there is nobody to tell the time.
  if (control_.active() == nullptr || (!sources_.changed() && !beat_)) return absl::OkStatus();
  const Tick tick = sources_.MakeTick(beat_);
  for (int32_t partition = 0; partition < options_.keyed_partitions; ++partition) {
    effects.keyed.push_back({partition, tick});
  }
  effects.counts["ticks"] += options_.keyed_partitions;
  sources_.ClearChanged();
  beat_ = false;
  // By the least known entry, not by the clock: what is still to be read of a backlog finds the
  // identities that it corrects.
  TOCSIN_ASSIGN_OR_RETURN(const int64_t expired, Identities::Expire(EvaluatedUpTo(tick), state));
  effects.counts["expired"] += expired;
  return absl::OkStatus();
}

Router::Router(RouterOptions options, PlaceIndexFactory place_index_factory)
    : impl_(std::make_unique<Impl>(options, std::move(place_index_factory))) {}
Router::~Router() = default;

absl::Status Router::Load(const ReadState& state) { return impl_->Load(state); }

absl::Status Router::Step(const SourceId& source, int64_t offset, const RouterInput& input,
                          State& state, RouterEffects& effects) {
  return impl_->Step(source, offset, input, state, effects);
}

void Router::Skip(const SourceId& source, int64_t offset, State& state) {
  impl_->Skip(source, offset, state);
}

void Router::Observe(const Observation& observation, State& state, RouterEffects& /*effects*/) {
  impl_->Observe(observation, state);
}

absl::Status Router::Close(State& state, RouterEffects& effects) {
  return impl_->Close(state, effects);
}

const std::string& Router::rules_digest() const { return impl_->rules_digest(); }

std::vector<SourceTime> Router::sources() const { return impl_->sources().MakeTick(false).sources; }

Time Router::clock() const { return impl_->sources().clock(); }

}  // namespace tocsin
