#include "lib/correlation/rule_work.h"

#include <algorithm>

#include "lib/base/canonical.h"

namespace tocsin {
namespace {

constexpr std::string_view kWorkKey = "j";
// Of a portion, in events looked at; a key counts as some of them.
constexpr int64_t kPortion = 20'000;
constexpr int64_t kCostOfKey = 20;

// Keys that were reconciled before their turn.
std::string EarlyPrefix(const RuleId& rule) {
  return "y" + CanonicalWriter().Bytes(rule.str()).Take();
}

std::vector<RuleId> ReadIds(CanonicalReader& in) {
  std::vector<RuleId> ids;
  for (int64_t n = in.Int64(); n > 0 && in.ok(); --n) ids.emplace_back(in.Bytes());
  return ids;
}

void WriteIds(const std::vector<RuleId>& ids, CanonicalWriter& out) {
  out.Int64(std::ssize(ids));
  for (const RuleId& id : ids) out.Bytes(id.str());
}

// The first key after `done` of those that the rule has: over cells these are of two specs.
std::optional<CorrelationKey> NextKeyOf(Store& store, const Rule& rule, const std::string& done) {
  std::optional<CorrelationKey> next = store.NextKey(rule.KeySpec(), done);
  if (!rule.cell_level) return next;
  std::optional<CorrelationKey> cell = store.NextKey(rule.CellSpec(), done);
  if (!next || !cell) return next ? next : cell;
  return BytesOf(*cell) < BytesOf(*next) ? cell : next;
}

}  // namespace

absl::Status RuleWork::Load(const ReadState& state) {
  backfilling_.clear();
  pending_.clear();
  sweep_.reset();
  throttled_.clear();
  const std::optional<std::string> bytes = state.Get(kWorkKey);
  if (!bytes) return absl::OkStatus();
  CanonicalReader in(*bytes);
  backfilling_ = ReadIds(in);
  throttled_ = ReadIds(in);
  for (int64_t n = in.Int64(); n > 0 && in.ok(); --n) {
    Pending& one = pending_.emplace_back();
    one.rule = RuleId(in.Bytes());
    one.done = in.Bytes();
  }
  if (in.Int64() != 0) sweep_ = in.Bytes();
  if (in.ok() && in.done()) return absl::OkStatus();
  return absl::DataLossError("the state under 'j' does not decode");
}

void RuleWork::Save(State& state) const {
  if (backfilling_.empty() && pending_.empty() && !sweep_ && throttled_.empty()) {
    state.Delete(kWorkKey);
    return;
  }
  CanonicalWriter out;
  WriteIds(backfilling_, out);
  WriteIds(throttled_, out);
  out.Int64(std::ssize(pending_));
  for (const Pending& one : pending_) out.Bytes(one.rule.str()).Bytes(one.done);
  out.Int64(sweep_ ? 1 : 0);
  if (sweep_) out.Bytes(*sweep_);
  state.Put(kWorkKey, out.Take());
}

void RuleWork::Queue(const RuleId& rule, State& state) {
  Drop(rule, state);
  pending_.push_back({rule, {}});
}

void RuleWork::Drop(const RuleId& rule, State& state) {
  if (std::erase_if(pending_, [&](const Pending& one) { return one.rule == rule; }) == 0) return;
  const std::string prefix = EarlyPrefix(rule);
  std::vector<std::string> early;
  state.Scan(prefix, PrefixEnd(prefix), [&](std::string_view at, std::string_view) {
    early.emplace_back(at);
    return true;
  });
  for (const std::string& at : early) state.Delete(at);
}

void RuleWork::Change(const RuleChanges& changes, const std::vector<RuleId>& backfilling,
                      State& state) {
  const std::vector<RuleId> before = std::move(backfilling_);
  backfilling_ = backfilling;
  for (const Pending& one : std::vector<Pending>(pending_)) {
    if (Backfills(one.rule) || changes.removed.contains(one.rule)) Drop(one.rule, state);
  }
  std::erase_if(throttled_, [&](const RuleId& rule) {
    return changes.need_events.contains(rule) || changes.restated.contains(rule) ||
           changes.removed.contains(rule);
  });
  for (const auto* rules : {&changes.need_events, &changes.restated}) {
    for (const RuleId& rule : *rules) {
      if (!Backfills(rule)) Queue(rule, state);
    }
  }
  for (const RuleId& rule : before) {
    if (!Backfills(rule) && !IsThrottled(rule) && !changes.removed.contains(rule)) {
      Queue(rule, state);
    }
  }
  sweep_ = "";
  Save(state);
}

void RuleWork::Upgrade(const Pack& pack, State& state) {
  for (const Rule& rule : pack.rules) {
    if (!Backfills(rule.id) && !IsThrottled(rule.id)) Queue(rule.id, state);
  }
  sweep_ = "";
  Save(state);
}

void RuleWork::BackfillDone(const std::vector<RuleId>& rules, State& state) {
  for (const RuleId& rule : rules) {
    if (std::erase(backfilling_, rule) > 0 && !IsThrottled(rule)) Queue(rule, state);
  }
  sweep_ = "";
  Save(state);
}

bool RuleWork::Backfills(const RuleId& rule) const {
  return std::binary_search(backfilling_.begin(), backfilling_.end(), rule);
}

void RuleWork::Throttle(const RuleId& rule, State& state) {
  if (IsThrottled(rule)) return;
  throttled_.insert(std::lower_bound(throttled_.begin(), throttled_.end(), rule), rule);
  Drop(rule, state);
  Save(state);
}

bool RuleWork::IsThrottled(const RuleId& rule) const {
  return std::binary_search(throttled_.begin(), throttled_.end(), rule);
}

bool RuleWork::IsPending(const RuleId& rule) const {
  return std::any_of(pending_.begin(), pending_.end(),
                     [&](const Pending& one) { return one.rule == rule; });
}

std::vector<RuleId> RuleWork::pending() const {
  std::vector<RuleId> rules;
  for (const Pending& one : pending_) rules.push_back(one.rule);
  std::sort(rules.begin(), rules.end());
  return rules;
}

bool RuleWork::Awaits(const RuleId& rule, const KeyContext& key, const ReadState& state) const {
  return std::any_of(
             pending_.begin(), pending_.end(),
             [&](const Pending& one) { return one.rule == rule && one.done < key.bytes; }) &&
         !state.Get(EarlyPrefix(rule) + key.bytes);
}

void RuleWork::ReconciledEarly(const RuleId& rule, const KeyContext& key, State& state) {
  state.Put(EarlyPrefix(rule) + key.bytes, "");
}

void RuleWork::DoPortion(StepContext& step, SilenceOfRule silence, State& state) {
  if (pending_.empty() && !sweep_) return;
  int64_t budget = kPortion;
  while (budget > 0 && !pending_.empty()) {
    if (!ReconcileSome(step, silence, budget)) continue;
    const RuleId rule = pending_.front().rule;
    Drop(rule, state);
    if (!step.budget.exhausted()) {
      ++step.effects.counts["rules_reconciled"];
    } else {
      Throttle(rule, state);
      step.effects.throttled.push_back(rule);
      ++step.effects.counts["rules_throttled"];
    }
  }
  if (budget > 0 && sweep_) SweepSome(step, budget);
  Save(state);
}

// True when the first of the pending rules is done, or costs too much.
bool RuleWork::ReconcileSome(StepContext& step, SilenceOfRule silence, int64_t& budget) {
  step.budget = Budget();  // that of another rule may have run out
  Pending& work = pending_.front();
  const Rule* const found = step.pack.pack.FindRule(work.rule);
  if (found == nullptr) return true;
  const Silence now = silence(*step.pack.FindRule(found->KeySpec(), found->id));
  while (budget > 0) {
    const auto next = NextKeyOf(step.store, *found, work.done);
    if (!next) return true;
    const CompiledRule& rule = *step.pack.FindRule(next->spec, found->id);
    const auto key = MakeKeyContext(*next);
    if (!key.ok()) return true;  // what the store holds was a key when it was put in
    budget -= kCostOfKey + ReconcileKey(step, rule, *key, now);
    if (step.budget.exhausted()) return true;
    work.done = key->bytes;
  }
  return false;
}

void RuleWork::SweepSome(StepContext& step, int64_t& budget) {
  while (budget > 0) {
    const auto next = step.store.NextKey("", *sweep_);
    const auto key = next ? MakeKeyContext(*next) : absl::NotFoundError("");
    if (!key.ok()) {
      sweep_.reset();
      return;
    }
    SweepKey(step, *key);
    budget -= kCostOfKey;
    sweep_ = key->bytes;
  }
}

void RuleWork::SweepKey(StepContext& step, const KeyContext& key) const {
  for (const RuleId& id : step.store.RulesOf(key)) {
    if (step.pack.FindRule(key.key.spec, id) != nullptr) continue;
    const bool elsewhere = step.pack.pack.FindRule(id) != nullptr;
    // What stands of it under its old keys stays until it has been read again under the new ones.
    if (elsewhere && Backfills(id)) continue;
    EndAll(step, id, key, elsewhere ? "rule_changed" : "rule_removed");
  }
  if (step.pack.Find(key.key.spec) != nullptr) return;
  for (const KeyedEvent& event : step.store.EventsBefore(key, kNever, {}).events) {
    step.store.EraseEvent(key, event);
  }
  step.store.EraseRemoved(key);
  step.store.ArmCleanup(key, step.evaluated_up_to);
}

}  // namespace tocsin
