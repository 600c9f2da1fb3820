// What a change of rules has left to do, and doing it in portions: docs/decisions/0015. Entries `j`
// and `y` of the state.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <absl/functional/function_ref.h>

#include "lib/base/state.h"
#include "lib/correlation/reconcile.h"
#include "lib/rules/changes.h"

namespace tocsin {

class RuleWork {
 public:
  // DataLoss if the state cannot be read.
  absl::Status Load(const ReadState& state);

  // Other rules took effect: `changes` from the ones before. `backfilling`: from here on; sorted.
  void Change(const RuleChanges& changes, const std::vector<RuleId>& backfilling, State& state);
  // What stands was worked out by another version of the engine: every rule is to be reconciled,
  // but for those that backfill, which will be, and those that cost too much.
  void Upgrade(const Pack& pack, State& state);
  // Everything that these rules backfill is there.
  void BackfillDone(const std::vector<RuleId>& rules, State& state);

  bool Backfills(const RuleId& rule) const;
  const std::vector<RuleId>& backfilling() const { return backfilling_; }
  // Its keys are being reconciled.
  bool IsPending(const RuleId& rule) const;
  std::vector<RuleId> pending() const;  // sorted
  // ... and this one has not been yet.
  bool Awaits(const RuleId& rule, const KeyContext& key, const ReadState& state) const;
  // It has been, before its turn, since an event came. It will be again in its turn: time waits.
  void ReconciledEarly(const RuleId& rule, const KeyContext& key, State& state);

  // It cost more than it may: until it is changed, nothing is worked out for it and what stands
  // of it stays. docs/decisions/0016.
  void Throttle(const RuleId& rule, State& state);
  bool IsThrottled(const RuleId& rule) const;
  const std::vector<RuleId>& throttled() const { return throttled_; }

  // A portion: rules that are pending, then what rules and keys that are gone have left behind.
  using SilenceOfRule = absl::FunctionRef<Silence(const CompiledRule&)>;
  void DoPortion(StepContext& step, SilenceOfRule silence, State& state);

 private:
  struct Pending {
    RuleId rule;
    std::string done;  // KeyContext::bytes of the last key; empty: none yet
  };
  bool ReconcileSome(StepContext& step, SilenceOfRule silence, int64_t& budget);
  void SweepSome(StepContext& step, int64_t& budget);
  void SweepKey(StepContext& step, const KeyContext& key) const;
  void Queue(const RuleId& rule, State& state);
  // No longer pending.
  void Drop(const RuleId& rule, State& state);
  void Save(State& state) const;

  std::vector<RuleId> backfilling_;  // sorted
  std::vector<Pending> pending_;
  std::optional<std::string> sweep_;  // the last key that was swept
  std::vector<RuleId> throttled_;     // sorted
};

}  // namespace tocsin
