#include "lib/routing/router.h"

#include <algorithm>
#include <utility>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/routing/backfill.h"
#include "lib/routing/check.h"
#include "lib/routing/control.h"
#include "lib/routing/found.h"
#include "lib/routing/identities.h"
#include "lib/routing/keyed_writer.h"
#include "lib/routing/route.h"
#include "lib/routing/sources.h"
#include "lib/routing/state_layout.h"
#include "lib/routing/throttled.h"
#include "lib/rules/document_store.h"

namespace tocsin {
namespace {

// What an event says itself of when it was known.
Time ToldAt(const Event& event) {
  return event.reported != kUnknownTime ? event.reported : event.observed.to;
}

}  // namespace

class Router::Impl {
 public:
  Impl(RouterOptions options, PlaceIndexFactory factory)
      : options_(options),
        control_(std::move(factory)),
        sources_(options.clock, options.margin),
        found_(options.keyed_partitions),
        writer_(options.keyed_partitions, options.task.index) {}

  absl::Status Load(const ReadState& state);
  absl::Status Step(const SourceId& source, int64_t offset, const RouterInput& input, State& state,
                    RouterEffects& effects);
  void Skip(const SourceId& source, int64_t offset, State& state);
  void Heed(const SourceId& source, const Event& event, State& state);
  void Observe(const Observation& observation, State& state);
  absl::Status Close(State& state, RouterEffects& effects);

  const std::string& rules_digest() const {
    return control_.active() == nullptr ? no_digest_ : control_.active()->activation.digest;
  }
  const ControlState& control() const { return control_; }
  const Sources& sources() const { return sources_; }
  const Backfill& backfill() const { return backfill_; }

 private:
  std::string Meta() const;
  void WriteMeta(State& state);
  absl::Status StepEvent(const SourceId& source, int64_t offset, const Event& event, State& state,
                         RouterEffects& effects);
  absl::Status StepAgain(const SourceId& source, int64_t offset, const RouterInput& input,
                         State& state, RouterEffects& effects);
  absl::Status StepMatch(const SourceId& source, int64_t offset, const Match& match, State& state,
                         RouterEffects& effects);
  absl::Status StepFound(const SourceId& source, int64_t offset, const FoundMark& found,
                         State& state, RouterEffects& effects);
  absl::Status StepActivation(const SourceId& source, int64_t offset, const Activation& activation,
                              State& state, RouterEffects& effects);
  absl::Status StepThrottle(const SourceId& source, int64_t offset, const Throttle& throttle,
                            State& state, RouterEffects& effects);
  void WriteControl(int64_t rules_offset, RouterEffects& effects);
  void FinishBackfill(State& state, RouterEffects& effects);
  RouteContext Context() const {
    return {.active = *control_.active(),
            .backfill = backfill_,
            .writer = writer_,
            .identities = identities_};
  }

  const RouterOptions options_;
  ControlState control_;
  Sources sources_;
  Backfill backfill_;
  Throttled throttled_;
  FoundSoFar found_;
  Identities identities_;
  const KeyedWriter writer_;
  bool beat_ = false;
  bool meta_written_ = false;
  const std::string no_digest_;
};

std::string Router::Impl::Meta() const {
  CanonicalWriter out;
  out.Int64(kRouterStateFormat)
      .Int64(kRouterSemanticsVersion)
      .Int64(options_.keyed_partitions)
      .Int64(static_cast<int64_t>(options_.clock));
  if (options_.task.of > 1) out.Int64(options_.task.index).Int64(options_.task.of);
  return out.Take();
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
  if (options_.task.index < 0 || options_.task.index >= options_.task.of) {
    return absl::InvalidArgumentError(StrCat("router_task: ", options_.task.index, " is none of ",
                                             options_.task.of, " router tasks"));
  }
  const std::optional<std::string> meta = state.Get(layout::kMeta);
  if (meta && *meta != Meta()) {
    CanonicalReader in(*meta);
    const int64_t format = in.Int64();
    const int64_t semantics = in.Int64();
    const int64_t partitions = in.Int64();
    const auto clock = static_cast<ClockMode>(in.Int64());
    RouterTask task;
    if (!in.done()) {
      task.index = static_cast<int32_t>(in.Int64());
      task.of = static_cast<int32_t>(in.Int64());
    }
    if (task != options_.task) {
      return absl::FailedPreconditionError(StrCat(
          "the router's state was written by router task ", task.index, " of ", task.of,
          "; this process is router task ", options_.task.index, " of ", options_.task.of,
          " (router_task, router_tasks). Another number of router tasks begins with topics of a "
          "new generation and fresh state folders: docs/scaling.md"));
    }
    return absl::FailedPreconditionError(
        StrCat("the router's state was written with format ", format, ", semantics version ",
               semantics, ", ", partitions, " keyed partitions and a ",
               clock == ClockMode::kWall ? "wall" : "scenario", " clock; this process has format ",
               kRouterStateFormat, ", semantics version ", kRouterSemanticsVersion, ", ",
               options_.keyed_partitions, " and a ",
               options_.clock == ClockMode::kWall ? "wall" : "scenario",
               " clock. Start the build and configuration that wrote it, or begin with fresh "
               "topics and state folders"));
  }
  meta_written_ = meta.has_value();
  beat_ = false;
  TOCSIN_RETURN_IF_ERROR(sources_.Load(state));
  TOCSIN_RETURN_IF_ERROR(backfill_.Load(state));
  TOCSIN_RETURN_IF_ERROR(found_.Load(state));
  TOCSIN_RETURN_IF_ERROR(identities_.Load(state));
  throttled_.Load(state);
  return control_.Load(state);
}

// Nothing is touched, in the state or in a cache, before the record is known to be good: the shell
// drops what a refused record wrote.
absl::Status Router::Impl::Step(const SourceId& source, int64_t offset, const RouterInput& input,
                                State& state, RouterEffects& effects) {
  if (const std::optional<SourceId> original = OriginalOf(source)) {
    return StepAgain(*original, offset, input, state, effects);
  }
  if (const auto* event = std::get_if<Event>(&input)) {
    return StepEvent(source, offset, *event, state, effects);
  }
  if (const auto* document = std::get_if<Document>(&input)) {
    TOCSIN_RETURN_IF_ERROR(KeepDocument(*document, state));
    Skip(source, offset, state);
    ++effects.counts["documents"];
    return absl::OkStatus();
  }
  if (const auto* throttle = std::get_if<Throttle>(&input)) {
    return StepThrottle(source, offset, *throttle, state, effects);
  }
  if (const auto* match = std::get_if<Match>(&input)) {
    return StepMatch(source, offset, *match, state, effects);
  }
  if (const auto* found = std::get_if<FoundMark>(&input)) {
    return StepFound(source, offset, *found, state, effects);
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
  WriteMeta(state);
  ++effects.counts["events"];
  const bool given = event.accepted != kUnknownTime;
  const Time accepted = given ? event.accepted : sources_.Stamp(source, ToldAt(event));
  if (!given) ++effects.counts["stamped"];
  sources_.Read(source, offset, accepted, state);
  if (earlier && event.revision <= earlier->revision) {
    ++effects.counts[event.revision == earlier->revision ? "duplicates" : "stale"];
    return absl::OkStatus();
  }
  if (given) return Route(Context(), event, earlier, state, effects);
  Event stamped = event;
  stamped.accepted = accepted;
  return Route(Context(), stamped, earlier, state, effects);
}

// A warning is an event like others, but for time: its source has none.
absl::Status Router::Impl::StepMatch(const SourceId& source, int64_t offset, const Match& match,
                                     State& state, RouterEffects& effects) {
  if (control_.active() == nullptr) {
    return absl::FailedPreconditionError(
        StrCat("a match of ", source.topic, "/", source.partition,
               " came before any rules were activated: publish a rule pack to fusion.rules.v1"));
  }
  TOCSIN_RETURN_IF_ERROR(CheckRoutable(source, match));
  Skip(source, offset, state);
  ++effects.counts["matches"];
  return RouteMatch(Context(), match, state, effects);
}

absl::Status Router::Impl::StepFound(const SourceId& source, int64_t offset, const FoundMark& found,
                                     State& state, RouterEffects& effects) {
  // What was found under other rules says nothing of these.
  const bool current = found.rules_digest == rules_digest();
  if (current) TOCSIN_RETURN_IF_ERROR(found_.Check(found, control_.active()->pack.trips));
  Skip(source, offset, state);
  ++effects.counts[current ? "found" : "found_repeated"];
  if (current) found_.Take(found, state);
  return absl::OkStatus();
}

// It moves neither clock nor position: time has passed it already.
absl::Status Router::Impl::StepAgain(const SourceId& source, int64_t offset,
                                     const RouterInput& input, State& state,
                                     RouterEffects& effects) {
  const auto* event = std::get_if<Event>(&input);
  if (event == nullptr) {
    return absl::InvalidArgumentError(
        StrCat("topic: of ", source.topic, " only events are read again"));
  }
  if (!backfill_.Wants(source, offset)) {
    ++effects.counts["read_again_in_vain"];
    return absl::OkStatus();
  }
  TOCSIN_RETURN_IF_ERROR(CheckRoutable(source, *event));
  WriteMeta(state);
  backfill_.Advance(source, offset, state);
  ++effects.counts["read_again"];
  Event stamped = *event;
  if (stamped.accepted == kUnknownTime) {
    stamped.accepted = backfill_.Stamp(source, ToldAt(stamped));
  }
  backfill_.Accept(source, stamped.accepted, state);
  return RouteAgain(Context(), stamped, state, effects);
}

absl::Status Router::Impl::StepActivation(const SourceId& source, int64_t offset,
                                          const Activation& activation, State& state,
                                          RouterEffects& effects) {
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<RuleChanges> changes,
                          control_.Activate(activation, state));
  Skip(source, offset, state);
  if (!changes) {
    ++effects.counts["activations_repeated"];
    return absl::OkStatus();
  }
  ++effects.counts["activations"];
  throttled_.Change(*changes, state);
  found_.Clear(state);
  backfill_.Begin(*changes, control_.active()->pack, sources_.Positions(), state);
  WriteControl(offset, effects);
  FinishBackfill(state, effects);
  sources_.SetChanged();
  return absl::OkStatus();
}

// Many partitions may say it of one rule: the first is enough.
absl::Status Router::Impl::StepThrottle(const SourceId& source, int64_t offset,
                                        const Throttle& throttle, State& state,
                                        RouterEffects& effects) {
  Skip(source, offset, state);
  if (throttle.rules_digest != rules_digest() || !throttled_.Add(throttle.rule, state)) {
    ++effects.counts["throttles_repeated"];
    return absl::OkStatus();
  }
  ++effects.counts["throttles"];
  WriteControl(offset, effects);
  return absl::OkStatus();
}

void Router::Impl::WriteControl(int64_t rules_offset, RouterEffects& effects) {
  const ActivePack& active = *control_.active();
  const bool several = options_.task.of > 1;
  writer_.ToAll(Control{.activation = active.activation,
                        .documents = active.documents,
                        .semantics_version = kRouterSemanticsVersion,
                        .inputs = sources_.Positions(),
                        .backfilling = {backfill_.rules().begin(), backfill_.rules().end()},
                        .throttled = throttled_.rules(),
                        .router = options_.task,
                        .rules_offset = several ? rules_offset : 0},
                effects);
}

void Router::Impl::FinishBackfill(State& state, RouterEffects& effects) {
  if (!backfill_.running() || !backfill_.all_read()) return;
  writer_.ToAll(BackfillDone{.rules_digest = rules_digest(),
                             .rules = {backfill_.rules().begin(), backfill_.rules().end()},
                             .router = options_.task},
                effects);
  backfill_.Finish(state);
  ++effects.counts["backfills"];
}

void Router::Impl::Skip(const SourceId& source, int64_t offset, State& state) {
  WriteMeta(state);
  if (const std::optional<SourceId> original = OriginalOf(source)) {
    if (backfill_.Wants(*original, offset)) backfill_.Advance(*original, offset, state);
    return;
  }
  sources_.Advance(source, offset, state);
}

void Router::Impl::Heed(const SourceId& source, const Event& event, State& state) {
  if (!CheckRoutable(source, event).ok()) return;  // whoever routes it puts it to the dead letters
  WriteMeta(state);
  sources_.Heed(event.accepted != kUnknownTime ? event.accepted : ToldAt(event), state);
}

void Router::Impl::Observe(const Observation& observation, State& state) {
  WriteMeta(state);
  sources_.Observe(observation, state);
  beat_ = beat_ || observation.beat;
}

absl::Status Router::Impl::Close(State& state, RouterEffects& effects) {
  backfill_.Close();
  FinishBackfill(state, effects);
  // Without rules there is nobody to tell the time.
  if (control_.active() == nullptr || (!sources_.changed() && !beat_)) return absl::OkStatus();
  Tick tick = sources_.MakeTick(beat_);
  tick.router = options_.task;
  tick.found = found_.OfAll(control_.active()->pack.trips);
  if (beat_) {
    tick.again = backfill_.Positions();
    tick.number = found_.CountBeat(state);
  }
  writer_.ToAll(tick, effects);
  effects.counts["ticks"] += options_.keyed_partitions;
  sources_.ClearChanged();
  beat_ = false;
  // What is read again finds what came of it since, however long ago that was.
  if (backfill_.running()) return absl::OkStatus();
  // By the least known entry, not by the clock: what is still to be read of a backlog finds the
  // identities that it corrects, and so does what is still on its way back.
  Time known = EvaluatedUpTo(tick);
  if (!tick.found.empty()) known = std::min(known, tick.found.back().time);
  TOCSIN_ASSIGN_OR_RETURN(const int64_t expired, identities_.Expire(known, state));
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

void Router::Heed(const SourceId& source, const Event& event, State& state) {
  impl_->Heed(source, event, state);
}

void Router::Observe(const Observation& observation, State& state, RouterEffects& /*effects*/) {
  impl_->Observe(observation, state);
}

absl::Status Router::Close(State& state, RouterEffects& effects) {
  return impl_->Close(state, effects);
}

const std::string& Router::rules_digest() const { return impl_->rules_digest(); }

const Pack* Router::rules() const {
  const ActivePack* active = impl_->control().active();
  return active == nullptr ? nullptr : &active->pack;
}

const std::set<RuleId>& Router::backfilling() const { return impl_->backfill().rules(); }

std::vector<ReadAgain> Router::Rereads() const { return impl_->backfill().Left(); }

std::vector<SourceTime> Router::sources() const { return impl_->sources().MakeTick(false).sources; }

Time Router::clock() const { return impl_->sources().clock(); }

}  // namespace tocsin
