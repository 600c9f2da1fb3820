#include "lib/correlation/correlator.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <tuple>

#include "lib/base/canonical.h"
#include "lib/base/hash.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/correlation/absence.h"
#include "lib/correlation/affected.h"
#include "lib/correlation/cells.h"
#include "lib/correlation/cleanup.h"
#include "lib/correlation/compiled.h"
#include "lib/correlation/records.h"
#include "lib/correlation/routers.h"
#include "lib/correlation/rule_work.h"
#include "lib/correlation/standing.h"
#include "lib/correlation/store.h"
#include "lib/correlation/timeline.h"
#include "lib/domain/archive.h"
#include "lib/domain/codec.h"

namespace tocsin {
namespace {

constexpr std::string_view kMetaKey = "m";
constexpr std::string_view kAccountPrefix = "u";
constexpr std::string_view kCountersKey = "n";
constexpr std::string_view kPackKey = "p";
constexpr std::string_view kTickKey = "v";

struct Meta {
  int64_t format = kCorrelatorStateFormat;
  int64_t semantics = CorrelatorSemanticsVersion();
};

}  // namespace

template <class A, class T>
requires kIs<T, Meta>
void Fields(A& a, T& v) { a(v.format, v.semantics); }

class Correlator::Impl {
 public:
  Impl(int32_t partition, int32_t partitions, ShadowRules shadow, int64_t most_keys)
      : partition_(partition), partitions_(partitions), shadow_(shadow), most_keys_(most_keys) {}

  absl::Status Load(const ReadState& state);
  absl::Status Step(const KeyedRecord& record, State& state, CorrelatorEffects& effects);
  const std::string& digest() const { return digest_; }
  int32_t routers() const { return routers_.of(); }

 private:
  // The first record after a state of a former build, which is taken over with it or not at all:
  // docs/decisions/0024.
  absl::Status FirstStep(const KeyedRecord& record, State& state, CorrelatorEffects& effects);
  absl::Status StepIn(const KeyedRecord& record, State& state, CorrelatorEffects& effects);
  absl::Status Do(const Insert& insert, State& state, CorrelatorEffects& effects);
  absl::Status Do(const Withdraw& withdraw, State& state, CorrelatorEffects& effects);
  absl::Status Do(const Tick& told, State& state, CorrelatorEffects& effects);
  absl::Status Do(const Control& control, State& state, CorrelatorEffects& effects);
  absl::Status Do(const BackfillDone& done, State& state, CorrelatorEffects& effects);

  int32_t Trips() const { return pack_ == nullptr ? 0 : pack_->pack.trips; }
  // One of several router tasks told something of the rules: what follows for the rest.
  void AfterRouter(State& state);
  absl::StatusOr<Pack> Parse(const std::vector<Document>& documents,
                             const std::vector<MissionId>& live) const;
  absl::Status Adopt(const std::vector<Document>& documents, const std::vector<MissionId>& live);
  absl::StatusOr<std::vector<KeyContext>> Contexts(std::vector<CorrelationKey> keys) const;
  // A warning on its way back, or an event that cells have told of, that was overtaken by clean-up:
  // what it was part of may be gone.
  bool IsTooOld(const KeyContext& key, const KeyedEvent& event) const;
  // An event of a key goes from `before` to `after`; either may be absent.
  // `silently`: warnings wait until the rules that want it are reconciled. False, and nothing is
  // changed: there are as many keys of the spec as may be, and this would be one more.
  bool Apply(StepContext& step, const KeyContext& key, const std::optional<KeyedEvent>& before,
             const std::optional<KeyedEvent>& after, bool silently);
  void ApplyToRule(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                   const Change& change);
  // Works something out for a rule, at the cost of its account.
  void Charged(StepContext& step, const RuleId& rule, absl::FunctionRef<void()> work);
  void Throttle(StepContext& step, const RuleId& rule);
  StepContext MakeStep(Store& store, CorrelatorEffects& effects) {
    return {*pack_,     store,        effects, numbered_, partition_, partitions_, greatest_read_,
            evaluated_, std::nullopt, 0,       false,     false,      false,       Budget()};
  }
  std::optional<FoundMark> FoundAt(const Tick& tick) const;
  // As of the last tick.
  Silence DecidedSilence(Store& store, const CompiledRule& rule) const;
  using Counters = std::tuple<int64_t, Time, Time>;
  void SaveCounters(State& state, const Counters& before) const;

  const int32_t partition_, partitions_;
  const ShadowRules shadow_;
  const int64_t most_keys_;
  // Copies of what lies in state.
  std::unique_ptr<const CompiledPack> pack_;
  std::string digest_;
  Routers routers_;
  Tick tick_;  // of several router tasks: of all, made of what each said last
  int64_t numbered_ = 0;
  Time greatest_read_ = kUnknownTime;
  // The greatest that a tick came to. Ticks may fall behind: a source that was at its end counts as
  // its last record again when there is one more, but what has expired has.
  Time evaluated_ = kUnknownTime;
  TimerHints hints_;
  RuleWork work_;
  bool of_former_build_ = false;     // what the state says was worked out by another version
  State* state_ = nullptr;           // of the step that is going on
  std::map<RuleId, int64_t> spent_;  // rules that have not all that they could have saved up
};

absl::StatusOr<Pack> Correlator::Impl::Parse(const std::vector<Document>& documents,
                                             const std::vector<MissionId>& live) const {
  TOCSIN_ASSIGN_OR_RETURN(Pack pack, ParsePack(documents, live));
  if (shadow_ == ShadowRules::kToldAsIfLive) {
    for (Rule& rule : pack.rules) rule.shadow = false;
  }
  return pack;
}

absl::Status Correlator::Impl::Adopt(const std::vector<Document>& documents,
                                     const std::vector<MissionId>& live) {
  TOCSIN_ASSIGN_OR_RETURN(Pack pack, Parse(documents, live));
  digest_ = pack.digest;
  pack_ = Compile(std::move(pack));
  return absl::OkStatus();
}

absl::Status Correlator::Impl::Load(const ReadState& state) {
  numbered_ = 0;
  greatest_read_ = kUnknownTime;
  evaluated_ = kUnknownTime;
  tick_ = Tick();
  hints_.clear();
  const auto read = [&](std::string_view key, auto&... values) -> absl::StatusOr<bool> {
    const std::optional<std::string> bytes = state.Get(key);
    if (!bytes) return false;
    StateReader in(*bytes);
    in(values...);
    if (in.Complete()) return true;
    return absl::DataLossError(StrCat("the state under '", key, "' does not decode"));
  };
  Meta meta;
  TOCSIN_ASSIGN_OR_RETURN(const bool any, read(kMetaKey, meta));
  if (any && meta.format != kCorrelatorStateFormat) {
    return absl::FailedPreconditionError(
        StrCat("state of format ", meta.format, ", this build reads ", kCorrelatorStateFormat,
               "; a start with this build needs an empty state folder"));
  }
  if (any && meta.semantics > CorrelatorSemanticsVersion()) {
    return absl::FailedPreconditionError(StrCat("state of semantics version ", meta.semantics,
                                                ", this build has ", CorrelatorSemanticsVersion(),
                                                "; only a later build goes on from a state"));
  }
  of_former_build_ = any && meta.semantics < CorrelatorSemanticsVersion();
  TOCSIN_RETURN_IF_ERROR(read(kCountersKey, numbered_, greatest_read_, evaluated_).status());
  TOCSIN_ASSIGN_OR_RETURN(const bool ticked, read(kTickKey, tick_));
  TOCSIN_RETURN_IF_ERROR(routers_.Load(state, any || ticked));
  TOCSIN_RETURN_IF_ERROR(work_.Load(state));
  spent_.clear();
  state.Scan(kAccountPrefix, PrefixEnd(kAccountPrefix),
             [&](std::string_view key, std::string_view value) {
               spent_[RuleId(key.substr(kAccountPrefix.size()))] = CanonicalReader(value).Int64();
               return true;
             });
  std::vector<MissionId> live;
  std::vector<Document> documents;
  TOCSIN_ASSIGN_OR_RETURN(const bool rules, read(kPackKey, live, documents));
  if (!rules) {
    // Of a store that cannot be read whole.
    if (routers_.applied() >= 0) {
      return absl::DataLossError("the state has heard of rules, and lacks them");
    }
    pack_.reset();
    digest_.clear();
  }
  // Load follows every dropped overlay; the rules seldom differ then.
  std::vector<DocumentRef> refs;
  refs.reserve(documents.size());
  for (const Document& document : documents) {
    refs.push_back({document.kind, document.name, document.version, document.sha256});
  }
  if (rules && (pack_ == nullptr || DigestOf(refs, live) != digest_)) {
    TOCSIN_RETURN_IF_ERROR(Adopt(documents, live));
  }
  if (routers_.of() > 1) tick_ = routers_.Merged(Trips());
  return absl::OkStatus();
}

absl::Status Correlator::Impl::Step(const KeyedRecord& record, State& state,
                                    CorrelatorEffects& effects) {
  if (of_former_build_) return FirstStep(record, state, effects);
  return StepIn(record, state, effects);
}

absl::Status Correlator::Impl::FirstStep(const KeyedRecord& record, State& state,
                                         CorrelatorEffects& effects) {
  Overlay trial(state);
  StateWriter meta;
  meta(Meta{});
  trial.Put(kMetaKey, meta.Take());
  if (pack_ != nullptr) work_.Upgrade(pack_->pack, trial);
  absl::Status status = StepIn(record, trial, effects);
  if (!status.ok()) {
    // The state is unchanged, and what is held of it must be as well.
    const absl::Status loaded = work_.Load(state);
    return loaded.ok() ? status : loaded;
  }
  for (const auto& [key, value] : trial.Take()) {
    if (value) {
      state.Put(key, *value);
    } else {
      state.Delete(key);
    }
  }
  of_former_build_ = false;
  ++effects.counts["upgrades"];
  return status;
}

absl::Status Correlator::Impl::StepIn(const KeyedRecord& record, State& state,
                                      CorrelatorEffects& effects) {
  const Counters before(numbered_, greatest_read_, evaluated_);
  state_ = &state;
  absl::Status status =
      std::visit([&](const auto& one) { return Do(one, state, effects); }, record);
  if (status.ok()) SaveCounters(state, before);
  return status;
}

void Correlator::Impl::SaveCounters(State& state, const Counters& before) const {
  if (before == Counters(numbered_, greatest_read_, evaluated_)) return;
  StateWriter out;
  out(numbered_, greatest_read_, evaluated_);
  state.Put(kCountersKey, out.Take());
}

absl::StatusOr<std::vector<KeyContext>> Correlator::Impl::Contexts(
    std::vector<CorrelationKey> keys) const {
  if (pack_ == nullptr) {
    return absl::InvalidArgumentError("record: no rules are in effect before the first control");
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::vector<KeyContext> contexts;
  for (const CorrelationKey& key : keys) {
    TOCSIN_ASSIGN_OR_RETURN(KeyContext context, MakeKeyContext(key));
    contexts.push_back(std::move(context));
  }
  return contexts;
}

Silence Correlator::Impl::DecidedSilence(Store& store, const CompiledRule& rule) const {
  Silence silence = SilenceOf(rule, tick_);
  if (!rule.rule->WaitsForTime() || rule.rule->kind == RuleKind::kAbsence) return silence;
  const Store::Decided before = store.ReadDecided(rule.rule->id);
  silence.decided = std::max(silence.decided, before.decided);
  silence.read = std::max(silence.read, before.read);
  return silence;
}

bool Correlator::Impl::IsTooOld(const KeyContext& key, const KeyedEvent& event) const {
  const bool comes_back = event.warning || key.key.spec.starts_with(kOfOneRule);
  const SpecRules* const rules = comes_back ? pack_->Find(key.key.spec) : nullptr;
  if (rules == nullptr) return false;
  const std::optional<Time> retained = RetainedFrom(tick_, rules->trips);
  return retained && TimeOf(event) < *retained - rules->horizon;
}

bool Correlator::Impl::Apply(StepContext& step, const KeyContext& key,
                             const std::optional<KeyedEvent>& before,
                             const std::optional<KeyedEvent>& after, bool silently) {
  if (before) step.store.EraseEvent(key, *before);
  const SpecRules* const rules = pack_->Find(key.key.spec);
  if (rules == nullptr) return true;  // what a change of rules has left there is on its way out
  const auto those_of = [&](const std::optional<KeyedEvent>& event) {
    std::vector<size_t> positions;  // of rules
    if (event) positions = rules->index.MayWant(*event);
    std::erase_if(positions, [&](size_t i) {
      return rules->rules[i].SelectionsMet(pack_->pack, *event, key.actor_of_key()) == 0;
    });
    return positions;
  };
  const std::vector<size_t> of_after = those_of(after);
  if (!of_after.empty()) {
    // A key that has events is held, whatever there is of others.
    const int64_t most = before ? std::numeric_limits<int64_t>::max() : most_keys_;
    if (!step.store.HoldKey(key, TimeOf(*after) + rules->horizon, most)) return false;
    step.store.PutEvent(key, *after);
  }
  if (silently) return true;
  const std::vector<size_t> of_before = those_of(before);
  std::vector<size_t> concerned;
  std::set_union(of_after.begin(), of_after.end(), of_before.begin(), of_before.end(),
                 std::back_inserter(concerned));
  for (const size_t i : concerned) {
    const CompiledRule& rule = rules->rules[i];
    Change change;
    change.identity = *step.changed;
    if (std::binary_search(of_before.begin(), of_before.end(), i)) change.before = TimeOf(*before);
    if (std::binary_search(of_after.begin(), of_after.end(), i)) change.after = TimeOf(*after);
    const RuleId& id = rule.rule->id;
    if (work_.IsThrottled(id)) continue;
    step.keeps_standing = work_.Backfills(id);
    if (work_.Awaits(id, key, *state_)) {
      ReconcileKey(step, rule, key, DecidedSilence(step.store, rule));
      work_.ReconciledEarly(id, key, *state_);
      if (step.budget.exhausted()) Throttle(step, id);
    } else if (!step.keeps_standing || OnlyGrowsWithEvidence(*rule.rule)) {
      Charged(step, id, [&] { ApplyToRule(step, rule, key, change); });
    }
  }
  step.keeps_standing = false;
  return true;
}

void Correlator::Impl::Charged(StepContext& step, const RuleId& rule,
                               absl::FunctionRef<void()> work) {
  const auto account = spent_.find(rule);
  const int64_t before = account == spent_.end() ? Budget::kMost : account->second;
  step.budget = Budget(std::min(before + Budget::kForEvent, Budget::kMost));
  step.store.Charge(&step.budget);
  work();
  step.store.Charge(nullptr);
  // Most events cost less than they are worth: nothing is written for these.
  const int64_t after = std::min(std::max<int64_t>(step.budget.left(), 0), Budget::kMost);
  if (after != before) {
    const std::string key = StrCat(kAccountPrefix, rule.str());
    if (after + Budget::kForEvent >= Budget::kMost) {
      if (account != spent_.end()) {
        spent_.erase(account);
        state_->Delete(key);
      }
    } else {
      spent_[rule] = after;
      state_->Put(key, CanonicalWriter().Int64(after).str());
    }
  }
  if (step.budget.exhausted()) Throttle(step, rule);
}

void Correlator::Impl::Throttle(StepContext& step, const RuleId& rule) {
  work_.Throttle(rule, *state_);
  step.effects.throttled.push_back(rule);
  ++step.effects.counts["rules_throttled"];
}

void Correlator::Impl::ApplyToRule(StepContext& step, const CompiledRule& rule,
                                   const KeyContext& key, const Change& change) {
  switch (rule.rule->kind) {
    case RuleKind::kEventCount:
    case RuleKind::kValueCount:
      ApplyToCount(step, rule, key, change);
      break;
    case RuleKind::kNear:
      if (IsOfCells(key.key)) {
        ApplyToCell(step, rule, key, change);
      } else {
        ApplyToNear(step, rule, key, change);
      }
      break;
    case RuleKind::kAbsence:
      ApplyToAbsence(step, rule, key, change, SilenceOf(rule, tick_));
      break;
    case RuleKind::kComposite:
      ApplyToComposite(step, rule, key, change);
      break;
    case RuleKind::kSequence:
    case RuleKind::kDivergence:
    case RuleKind::kMovement:
    case RuleKind::kSurge:
      ApplyToTimeline(step, rule, key, change, DecidedSilence(step.store, rule));
      break;
  }
}

absl::Status Correlator::Impl::Do(const Insert& insert, State& state, CorrelatorEffects& effects) {
  TOCSIN_RETURN_IF_ERROR(CheckRecord(insert));
  if (insert.event.router < 0 || insert.event.router >= std::max(routers_.of(), 1)) {
    return absl::InvalidArgumentError(
        StrCat("insert.event.router: is ", insert.event.router, " of ", routers_.of()));
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<KeyContext> keys, Contexts(insert.keys));
  for (const KeyContext& key : keys) {
    if (key.parts.status != insert.event.status ||
        key.parts.exercise_id != insert.event.exercise_id) {
      return absl::InvalidArgumentError("insert.keys: are of another status or exercise");
    }
  }
  const Time read_before = greatest_read_;
  greatest_read_ = std::max(greatest_read_, insert.event.accepted);
  size_t refused = 0;
  Store store(state, hints_);
  StepContext step = MakeStep(store, effects);
  step.changed = insert.event.identity;
  step.changed_revision = insert.event.revision;
  step.changed_by_rules = insert.found_by_backfill;
  step.reconciles =
      insert.found_by_backfill || (insert.event.warning && insert.event.warning->found_by_backfill);
  for (const KeyContext& key : keys) {
    const std::optional<Store::Held> held = store.Find(key, insert.event.identity);
    // Read again, the same revision may say more than when it was keyed for other rules.
    const bool may_say_more = (insert.backfill || insert.found_by_backfill) && held &&
                              held->revision == insert.event.revision;
    const bool not_newer = held && held->revision >= insert.event.revision;
    std::optional<KeyedEvent> before;
    if (held && (!not_newer || may_say_more)) before = store.Read(key, insert.event.identity);
    if (not_newer && (!may_say_more || !before || *before == insert.event)) {
      ++effects.counts["duplicates"];
      continue;
    }
    if (!held && IsTooOld(key, insert.event)) {
      ++effects.counts[insert.event.warning ? "warnings_too_old" : "told_too_old"];
      continue;
    }
    if (!Apply(step, key, before, insert.event, insert.backfill)) ++refused;
  }
  if (refused == keys.size()) {
    greatest_read_ = read_before;
    return absl::InvalidArgumentError(StrCat("insert.keys: this partition holds ", most_keys_,
                                             " keys of ", keys.front().key.spec,
                                             ", which is the most there may be, and not this one"));
  }
  ++effects.counts["inserts"];
  if (refused > 0) effects.counts["keys_refused"] += static_cast<int64_t>(refused);
  return store.status();
}

absl::Status Correlator::Impl::Do(const Withdraw& withdraw, State& state,
                                  CorrelatorEffects& effects) {
  TOCSIN_RETURN_IF_ERROR(CheckRecord(withdraw));
  Store store(state, hints_);
  TOCSIN_ASSIGN_OR_RETURN(
      const std::vector<KeyContext> keys,
      Contexts(withdraw.keys.empty() ? store.KeysHolding(withdraw.identity) : withdraw.keys));
  ++effects.counts["withdraws"];
  StepContext step = MakeStep(store, effects);
  step.changed = withdraw.identity;
  step.changed_revision = withdraw.revision;
  for (const KeyContext& key : keys) {
    const std::optional<Store::Held> held = store.Find(key, withdraw.identity);
    if (!held || held->revision > withdraw.revision) continue;
    const std::optional<KeyedEvent> before = store.Read(key, withdraw.identity);
    if (before) Apply(step, key, before, std::nullopt, false);
  }
  return store.status();
}

absl::Status Correlator::Impl::Do(const Tick& told, State& state, CorrelatorEffects& effects) {
  TOCSIN_RETURN_IF_ERROR(CheckRecord(told));
  TOCSIN_RETURN_IF_ERROR(routers_.Check(told.router));
  ++effects.counts["ticks"];
  if (told.router.of == 1) {
    routers_.HearOnlyOne();
    state.Put(kTickKey, Encode(told));
    tick_ = told;
  } else {
    tick_ = routers_.Hear(told, Trips(), state);
  }
  const Tick& tick = tick_;
  for (const SourceTime& source : tick.sources) {
    greatest_read_ = std::max(greatest_read_, source.last_accepted);
  }
  const Time evaluated = EvaluatedUpTo(tick);
  evaluated_ = std::max(evaluated_, evaluated);
  if (pack_ != nullptr) {
    Store store(state, hints_);
    StepContext step = MakeStep(store, effects);
    const auto awaits = [&](const RuleId& id) {
      return work_.Backfills(id) || work_.IsPending(id);
    };
    const auto on_hold = [&](const CompiledRule* rule) {
      return awaits(rule->rule->id) || work_.IsThrottled(rule->rule->id);
    };
    for (const CompiledRule* rule : pack_->absences) {
      if (on_hold(rule)) continue;
      Charged(step, rule->rule->id, [&] { PassTime(step, *rule, SilenceOf(*rule, tick)); });
    }
    for (const CompiledRule* rule : pack_->waiting) {
      if (on_hold(rule)) continue;
      const Silence silence = DecidedSilence(store, *rule);
      if (silence.passed) store.PutDecided(rule->rule->id, {silence.decided, silence.read});
      Charged(step, rule->rule->id, [&] { PassTimelines(step, *rule, silence); });
    }
    // What it tells a router task under the rules before would not come to those that want it now.
    if (routers_.of() == 1 || routers_.AllHeard()) {
      work_.DoPortion(
          step, [&](const CompiledRule& rule) { return DecidedSilence(store, rule); }, state);
    }
    for (const Store::Expiry& due : store.DueExpiries(evaluated)) {
      const auto key = MakeKeyContext(due.key);
      if (!key.ok()) continue;
      auto standing = store.ReadStanding(*key, due.rule, due.number);
      if (standing && !standing->head.ended && !standing->head.expired) {
        WriteExpiry(step, due.rule, *key, *standing);
      }
    }
    CleanUp(step, tick, awaits);
    TOCSIN_RETURN_IF_ERROR(store.status());
  }
  if (tick.beat) {
    effects.evaluated = EvaluatedRecord{partition_,
                                        tick,
                                        evaluated,
                                        digest_,
                                        CorrelatorSemanticsVersion(),
                                        work_.throttled(),
                                        work_.backfilling(),
                                        work_.pending()};
    effects.found = FoundAt(tick);
  }
  return absl::OkStatus();
}

// Nothing while a change of rules has work left to do: what that finds is as old as it likes.
std::optional<FoundMark> Correlator::Impl::FoundAt(const Tick& tick) const {
  if (pack_ == nullptr || pack_->pack.trips == 0) return std::nullopt;
  const std::optional<Time> retained = RetainedFrom(tick);
  if (!retained || !work_.backfilling().empty() || !work_.pending().empty()) return std::nullopt;
  FoundMark found{partition_, digest_, {{tick.number, *retained}}};
  for (size_t i = 1; i < static_cast<size_t>(pack_->pack.trips); ++i) {
    const FoundUpTo before = i <= tick.found.size() ? tick.found[i - 1] : FoundUpTo();
    found.up_to.push_back({std::min(tick.number, before.beat), std::min(*retained, before.time)});
  }
  return found;
}

absl::Status Correlator::Impl::Do(const Control& control, State& state,
                                  CorrelatorEffects& effects) {
  const Activation& activation = control.activation;
  TOCSIN_RETURN_IF_ERROR(routers_.Check(control.router));
  const bool several = control.router.of > 1;
  const bool told = several && control.rules_offset <= routers_.applied();
  if (told || (pack_ != nullptr && activation.digest == digest_)) {
    if (several) routers_.Hear(control, {}, state);
    if (!told) {
      for (const RuleId& rule : control.throttled) work_.Throttle(rule, state);
    }
    if (several) AfterRouter(state);
    ++effects.counts["controls_repeated"];
    return absl::OkStatus();
  }
  TOCSIN_ASSIGN_OR_RETURN(Pack pack, Parse(control.documents, activation.live_missions));
  if (pack.digest != activation.digest) {
    return absl::InvalidArgumentError(StrCat("control.activation.digest: is ", activation.digest,
                                             ", but its documents have ", pack.digest));
  }
  RuleChanges changes;
  if (pack_ != nullptr) changes = CompareRules(pack_->pack, pack);
  if (several) {
    routers_.Hear(control, changes.need_events, state);
  } else {
    routers_.HearOnlyOne();
  }
  if (pack_ != nullptr) {
    Store store(state, hints_);
    // What was decided for other sources says nothing of the new ones.
    for (const RuleId& rule : changes.need_events) store.EraseDecided(rule);
    work_.Change(changes, several ? routers_.Reading(pack) : control.backfilling, state);
    for (const RuleId& rule : control.throttled) work_.Throttle(rule, state);
  }
  // With the hashes that name them, so that Load can tell the rules without parsing them.
  std::vector<Document> documents = control.documents;
  for (Document& document : documents) {
    if (document.sha256.empty()) document.sha256 = Sha256Hex(document.text);
  }
  StateWriter rules;
  rules(pack.live_missions, documents);
  state.Put(kPackKey, rules.Take());
  StateWriter meta;
  meta(Meta{});
  state.Put(kMetaKey, meta.Take());
  ++effects.counts["controls_applied"];
  digest_ = pack.digest;
  pack_ = Compile(std::move(pack));
  if (several) tick_ = routers_.Merged(Trips());
  return absl::OkStatus();
}

void Correlator::Impl::AfterRouter(State& state) {
  const std::vector<RuleId> reading = routers_.Reading(pack_->pack);
  std::vector<RuleId> done;
  std::set_difference(work_.backfilling().begin(), work_.backfilling().end(), reading.begin(),
                      reading.end(), std::back_inserter(done));
  if (!done.empty()) work_.BackfillDone(done, state);
  tick_ = routers_.Merged(Trips());
}

absl::Status Correlator::Impl::Do(const BackfillDone& done, State& state,
                                  CorrelatorEffects& effects) {
  TOCSIN_RETURN_IF_ERROR(routers_.Check(done.router));
  if (done.router.of > 1) {
    TOCSIN_RETURN_IF_ERROR(routers_.Hear(done, state));
    AfterRouter(state);
  } else if (done.rules_digest != digest_) {
    return absl::InvalidArgumentError("backfill_done.rules_digest: is not of the rules in effect");
  } else {
    work_.BackfillDone(done.rules, state);
  }
  ++effects.counts["backfills_done"];
  return absl::OkStatus();
}

Correlator::Correlator(int32_t partition, int32_t partitions, ShadowRules shadow, int64_t most_keys)
    : impl_(std::make_unique<Impl>(partition, partitions, shadow, most_keys)) {}
Correlator::~Correlator() = default;
absl::Status Correlator::Load(const ReadState& state) { return impl_->Load(state); }
absl::Status Correlator::Step(const KeyedRecord& record, State& state, CorrelatorEffects& effects) {
  return impl_->Step(record, state, effects);
}
const std::string& Correlator::rules_digest() const { return impl_->digest(); }
int32_t Correlator::routers() const { return impl_->routers(); }

}  // namespace tocsin
