#include "run.h"

#include <algorithm>
#include <map>
#include <set>

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include "lib/base/hash.h"
#include "lib/domain/codec.h"
#include "lib/rules/keys.h"
#include "lib/rules/pack_testing.h"
#include "twin.h"

namespace tocsin::property {

std::vector<Document> DocumentsOf(const TwinRule& rule, const std::string& name, int32_t version) {
  std::vector<Document> documents = TestRegisters();
  const auto add = [&](const TwinRule& one, const std::string& id, int32_t of) {
    const std::string head = absl::StrCat("id: ", one.id, "\nversion: 1\n");
    std::string text = ToYaml(one);
    text.replace(text.find(head), head.size(), absl::StrCat("id: ", id, "\nversion: ", of, "\n"));
    documents.push_back({"rule", id, of, text, ""});
  };
  add(rule, name, version);
  for (const TwinRule& inner : rule.inner) add(inner, inner.id, 1);
  for (Document& document : documents) document.sha256 = Sha256Hex(document.text);
  return documents;
}

std::string CheckRecord(const Warning& warning, std::map<WarningId, Warning>& standing,
                        std::set<int64_t>& numbers) {
  const auto it = standing.find(warning.id);
  if (it == standing.end()) {
    if (warning.message_type != MessageType::kAlert || warning.revision != 1)
      return "first record is no alert";
    if (!numbers.insert(warning.number).second) return "number given twice";
    if ((warning.number - 1) % kPartitions != kPartition) return "number of another partition";
  } else {
    if (warning.message_type == MessageType::kAlert) return "alert twice";
    if (warning.revision != it->second.revision + 1) return "revisions with a gap";
    if (warning.number != it->second.number) return "number changed";
    if (warning.message_type == MessageType::kUpdate &&
        it->second.message_type != MessageType::kCancel &&
        it->second.message_type != MessageType::kExpire && warning.content == it->second.content &&
        warning.rests_on == it->second.rests_on) {
      return "update without a difference";
    }
  }
  if (warning.message_type == MessageType::kCancel && warning.end_reason.empty())
    return "end without a reason";
  standing[warning.id] = warning;
  return {};
}

namespace {

// What the router keeps of an identity.
struct Known {
  int32_t revision = 0;
  std::vector<CorrelationKey> keys;
  std::optional<KeyedEvent> event;
};

}  // namespace

Engine::Engine(const TwinRule& rule)
    : rule_(rule), correlator_(std::make_unique<Correlator>(kPartition, kPartitions)) {
  const std::vector<Document> documents = DocumentsOf(rule, "rule", 1);
  const auto pack = ParsePack(documents, TestMissions());
  EXPECT_TRUE(pack.ok()) << pack.status() << "\n" << ToYaml(rule);
  Control control;
  control.documents = documents;
  control.activation.live_missions = TestMissions();
  control.activation.digest = pack->digest;
  pack_ = *pack;
  CorrelatorEffects effects;
  const absl::Status status = correlator_->Step(control, base_, effects);
  EXPECT_TRUE(status.ok()) << status;
}

Engine::Outcome Engine::Run(const std::vector<Op>& ops, bool always_restart) {
  Outcome outcome;
  MemoryState state = base_;
  EXPECT_TRUE(correlator_->Load(state).ok());
  std::unique_ptr<Correlator> restarted;
  Correlator* correlator = correlator_.get();
  std::map<Identity, Known> known;
  std::map<WarningId, Warning> standing;
  std::set<int64_t> numbers;
  std::optional<KeyedRecord> previous;
  Tick last;
  // Warnings on their way back: those of one warning in order, others in any.
  std::vector<std::pair<int64_t, Match>> waiting;
  // What the correlator said of how far it is, after so many; and what the router makes of it.
  std::pair<int64_t, std::optional<FoundMark>> said;
  std::vector<FoundUpTo> found;
  int64_t beats = 0, written = 0;
  Random random(ops.size());
  const auto restart = [&] {
    MemoryState copy = state;
    restarted = std::make_unique<Correlator>(kPartition, kPartitions);
    const absl::Status status = restarted->Load(copy);
    if (!status.ok()) outcome.problem = status.ToString();
    state = copy;
    correlator = restarted.get();
  };
  const auto tell = [&](const KeyedRecord& record) {
    if (always_restart) restart();
    CorrelatorEffects effects;
    const absl::Status status = correlator->Step(record, state, effects);
    if (!status.ok() && outcome.problem.empty()) outcome.problem = status.ToString();
    for (const Warning& warning : effects.warnings) {
      outcome.effects += Encode(warning);
      const std::string problem = CheckRecord(warning, standing, numbers);
      if (outcome.problem.empty()) outcome.problem = problem;
    }
    for (const Match& match : effects.matches) {
      outcome.effects += Encode(match);
      waiting.emplace_back(written++, match);
    }
    if (effects.found) said = {written, effects.found};
    if (effects.evaluated) outcome.effects += Encode(*effects.evaluated);
    previous = record;
  };

  // What the router does with one that comes back.
  const auto bring = [&](const Match& match) {
    const KeyedEvent& event = match.event;
    const bool held = known.contains(event.identity);
    Known& one = known[event.identity];
    if (event.revision <= one.revision) return;
    one.revision = event.revision;
    const std::vector<CorrelationKey> before = std::move(one.keys);
    one.keys = match.withdrawn ? std::vector<CorrelationKey>() : KeysOf(pack_, event);
    std::vector<CorrelationKey> gone;
    std::set_difference(before.begin(), before.end(), one.keys.begin(), one.keys.end(),
                        std::back_inserter(gone));
    if (!gone.empty()) tell(Withdraw{gone, event.identity, event.revision});
    if (!one.keys.empty()) tell(Insert{one.keys, event});
    if (!held && event.revision > 1) tell(Withdraw{{}, event.identity, event.revision - 1});
  };
  const auto bring_back = [&](bool all) {
    while (!waiting.empty() && (all || random.OneIn(2))) {
      auto it = waiting.begin() + random.Below(std::ssize(waiting));
      it = std::find_if(waiting.begin(), it, [&](const auto& one) {
        return one.second.event.identity == it->second.event.identity;
      });
      const Match match = it->second;
      if (!random.OneIn(8)) waiting.erase(it);  // else it comes twice
      bring(match);
    }
    const bool all_are_back = std::none_of(waiting.begin(), waiting.end(),
                                           [&](const auto& one) { return one.first < said.first; });
    if (said.second && all_are_back) found = said.second->up_to;
  };

  for (const Op& op : ops) {
    bring_back(false);
    if (op.what == Op::What::kTick) {
      last = op.tick;
      last.found = found.empty() ? std::vector<FoundUpTo>(static_cast<size_t>(pack_.trips)) : found;
      if (last.beat) last.number = ++beats;
      tell(last);
    } else if (op.what == Op::What::kRestart) {
      restart();
    } else if (op.what == Op::What::kRepeat) {
      if (previous) tell(KeyedRecord(*previous));
    } else {
      Known& one = known[op.event.identity];
      ++one.revision;
      std::vector<CorrelationKey> before = std::move(one.keys);
      one.keys.clear();
      one.event.reset();
      if (op.what == Op::What::kWithdraw) {
        Withdraw withdraw{before, op.event.identity, one.revision};
        if (op.everywhere) withdraw.keys.clear();
        if (op.everywhere || !before.empty()) tell(withdraw);
        continue;
      }
      KeyedEvent event = op.event;
      event.revision = one.revision;
      one.event = event;
      one.keys = KeysOf(pack_, event);
      std::vector<CorrelationKey> gone;
      std::set_difference(before.begin(), before.end(), one.keys.begin(), one.keys.end(),
                          std::back_inserter(gone));
      if (!gone.empty()) tell(Withdraw{gone, event.identity, event.revision});
      if (!one.keys.empty()) tell(Insert{one.keys, event});
    }
  }

  bring_back(true);

  std::vector<KeyedEvent> events;
  for (const auto& [identity, one] : known) {
    if (one.event) events.push_back(*one.event);
  }
  const bool composite = rule_.kind == Kind::kComposite;
  outcome.twin = TwinWarnings(rule_, events, last);
  for (const auto& [id, warning] : standing) {
    if (warning.message_type == MessageType::kCancel) continue;
    if (composite && warning.rests_on.empty()) continue;
    outcome.engine.push_back(LineOf(warning, composite));
  }
  std::sort(outcome.engine.begin(), outcome.engine.end());
  return outcome;
}

}  // namespace tocsin::property
