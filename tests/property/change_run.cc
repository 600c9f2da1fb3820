#include "change_run.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "lib/domain/codec.h"
#include "lib/rules/changes.h"
#include "lib/rules/keys.h"
#include "lib/rules/pack_testing.h"
#include "twin.h"

namespace tocsin::property {
namespace {

constexpr int32_t kNewVersion = 2;

// What the router keeps of an identity.
struct Known {
  int32_t revision = 0;
  bool withdrawn = false;
  std::vector<CorrelationKey> keys;
  std::optional<KeyedEvent> event;
};

Time ExpiresOf(const std::string& line) {
  const std::string word = " expires ";
  return FromMicros(std::stoll(line.substr(line.find(word) + word.size())));
}

class Changing {
 public:
  Changing(const RuleChange& change, uint64_t seed, bool always_restart)
      : change_(change), random_(seed), always_restart_(always_restart) {
    Activate(change.before, "rule", 1);
  }

  Engine::Outcome Run(const std::vector<Op>& ops) {
    for (size_t i = 0; i < ops.size(); ++i) {
      if (i == change_.at) Change();
      if (i + 1 == ops.size()) FinishReading();
      Tell(ops[i]);
      for (int64_t n = random_.Below(4); n > 0; --n) ReadAgain();
    }
    // What is left of the portions.
    for (int i = 0; i < 3; ++i) Tell(KeyedRecord(last_));
    return Take();
  }

 private:
  void Activate(const TwinRule& rule, const std::string& name, int32_t version) {
    Control control;
    control.documents = DocumentsOf(rule, name, version);
    control.activation.live_missions = TestMissions();
    auto pack = ParsePack(control.documents, TestMissions());
    ASSERT_TRUE(pack.ok()) << pack.status();
    control.activation.digest = pack->digest;
    if (!pack_.rules.empty()) {
      const RuleChanges changes = CompareRules(pack_, *pack);
      control.backfilling.assign(changes.need_events.begin(), changes.need_events.end());
    }
    pack_ = *std::move(pack);
    Tell(KeyedRecord(control));
    backfilling_ = control.backfilling;
  }

  void Change() {
    Activate(change_.after, change_.same_id ? "rule" : "other", kNewVersion);
    if (backfilling_.empty()) return;
    again_ = told_;
    // One source is read in order, but no two of them in step.
    for (size_t i = again_.size(); i > 1; --i) {
      const auto j = static_cast<size_t>(random_.Below(static_cast<int64_t>(i)));
      if (again_[j].identity != again_[i - 1].identity) std::swap(again_[j], again_[i - 1]);
    }
  }

  void ReadAgain() {
    if (again_.empty()) return;
    const KeyedEvent event = std::move(again_.front());
    again_.erase(again_.begin());
    Known& one = known_[event.identity];
    if (one.revision > event.revision || one.withdrawn) return;
    one.keys = KeysOf(pack_, event);
    if (!one.keys.empty()) Tell(KeyedRecord(Insert{one.keys, event, true}));
  }

  void FinishReading() {
    while (!again_.empty()) ReadAgain();
    if (backfilling_.empty()) return;
    Tell(KeyedRecord(BackfillDone{pack_.digest, backfilling_}));
    backfilling_.clear();
  }

  void Tell(const Op& op) {
    if (op.what == Op::What::kTick) {
      last_ = op.tick;
      evaluated_ = std::max(evaluated_, EvaluatedUpTo(op.tick));
      Tell(KeyedRecord(op.tick));
    } else if (op.what == Op::What::kRestart) {
      Restart();
    } else if (op.what == Op::What::kRepeat) {
      if (previous_) Tell(KeyedRecord(*previous_));
    } else {
      Report(op);
    }
  }

  void Report(const Op& op) {
    Known& one = known_[op.event.identity];
    ++one.revision;
    const std::vector<CorrelationKey> before = std::exchange(one.keys, {});
    one.event.reset();
    one.withdrawn = op.what == Op::What::kWithdraw;
    if (one.withdrawn) {
      Tell(KeyedRecord(Withdraw{{}, op.event.identity, one.revision}));
      return;
    }
    KeyedEvent event = op.event;
    event.revision = one.revision;
    one.event = event;
    told_.push_back(event);
    one.keys = KeysOf(pack_, event);
    std::vector<CorrelationKey> gone;
    std::set_difference(before.begin(), before.end(), one.keys.begin(), one.keys.end(),
                        std::back_inserter(gone));
    if (!gone.empty()) Tell(KeyedRecord(Withdraw{gone, event.identity, event.revision}));
    if (!one.keys.empty()) Tell(KeyedRecord(Insert{one.keys, event}));
  }

  void Tell(const KeyedRecord& record) {
    if (always_restart_) Restart();
    CorrelatorEffects effects;
    const absl::Status status = correlator_->Step(record, state_, effects);
    if (!status.ok() && outcome_.problem.empty()) outcome_.problem = status.ToString();
    for (const Warning& warning : effects.warnings) {
      outcome_.effects += Encode(warning);
      std::string problem = CheckRecord(warning, standing_, numbers_);
      if (warning.found_by_backfill && warning.alerts &&
          warning.content.severity != Severity::kExtreme) {
        problem = "found by backfill, and alerts";
      }
      if (warning.message_type == MessageType::kCancel && !backfilling_.empty() &&
          warning.content.rule_id.str() == (change_.same_id ? "rule" : "other")) {
        problem = "ends while its rule backfills";
      }
      const bool of_new = warning.content.rule_version == kNewVersion;
      if (of_new && !backfilling_.empty() && !OnlyGrowsWithEvidence(pack_.rules.front()) &&
          warning.message_type != MessageType::kExpire) {
        problem = "says something of half the past";
      }
      if (outcome_.problem.empty()) outcome_.problem = problem;
    }
    if (!std::holds_alternative<Control>(record)) previous_ = record;
  }

  void Restart() {
    MemoryState copy = state_;
    correlator_ = std::make_unique<Correlator>(kPartition, kPartitions);
    const absl::Status status = correlator_->Load(copy);
    if (!status.ok() && outcome_.problem.empty()) outcome_.problem = status.ToString();
    state_ = copy;
  }

  Engine::Outcome Take() {
    std::vector<KeyedEvent> events;
    for (const auto& [identity, one] : known_) {
      if (one.event) events.push_back(*one.event);
    }
    for (std::string& line : TwinWarnings(change_.after, events, last_)) {
      if (ExpiresOf(line) >= evaluated_) outcome_.twin.push_back(std::move(line));
    }
    for (const auto& [id, warning] : standing_) {
      if (warning.message_type == MessageType::kCancel || warning.content.expires < evaluated_) {
        continue;
      }
      outcome_.engine.push_back(LineOf(warning.content));
      if (warning.content.rule_version != kNewVersion) outcome_.problem = "of the old version";
    }
    std::sort(outcome_.engine.begin(), outcome_.engine.end());
    return std::move(outcome_);
  }

  const RuleChange& change_;
  Random random_;
  const bool always_restart_;
  Pack pack_;
  std::vector<RuleId> backfilling_;
  MemoryState state_;
  std::unique_ptr<Correlator> correlator_ = std::make_unique<Correlator>(kPartition, kPartitions);
  std::map<Identity, Known> known_;
  std::vector<KeyedEvent> told_, again_;
  std::optional<KeyedRecord> previous_;
  Tick last_;
  Time evaluated_ = kUnknownTime;
  std::map<WarningId, Warning> standing_;
  std::set<int64_t> numbers_;
  Engine::Outcome outcome_;
};

}  // namespace

Engine::Outcome RunChange(const RuleChange& change, const std::vector<Op>& ops, uint64_t seed,
                          bool always_restart) {
  return Changing(change, seed, always_restart).Run(ops);
}

}  // namespace tocsin::property
