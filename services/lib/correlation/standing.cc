#include "lib/correlation/standing.h"

#include <algorithm>
#include <set>

#include "lib/base/canonical.h"
#include "lib/base/hash.h"
#include "lib/correlation/content.h"
#include "lib/correlation/matches.h"

namespace tocsin {
namespace {

WarningId IdOf(const RuleId& rule, const KeyContext& key, const Identity& trigger,
               int64_t ordinal) {
  CanonicalWriter out;
  out.Bytes(rule.str()).Bytes(key.key.spec).Bytes(key.key.value);
  out.Bytes(trigger.mission.str()).Bytes(trigger.id.str());
  if (ordinal > 0) out.Int64(ordinal);
  return WarningId(ShortHashHex(out.str()));
}

bool IsOpen(const WarningContent& content) { return content.expires == kNever; }

// Depends on what can be read now.
bool SaysSilence(const WarningContent& content) {
  return content.absence_state == "silent" || content.absence_state == "unknown";
}

bool RestsOnChanged(const StepContext& step, const WarningContent& content) {
  return step.changed && !step.changed_by_rules &&
         std::any_of(content.evidence.begin(), content.evidence.end(),
                     [&](const Evidence& item) { return item.identity == *step.changed; });
}

// Stores the record and emits it.
void Write(StepContext& step, const RuleId& rule, const KeyContext& key, Standing& standing,
           const char* count) {
  Warning& warning = standing.warning;
  ++warning.revision;
  warning.issued = step.issued;
  warning.caused_by = step.changed;
  warning.caused_by_revision = step.changed ? step.changed_revision : 0;
  warning.found_by_backfill = step.reconciles && !RestsOnChanged(step, warning.content);
  if (warning.found_by_backfill && warning.content.severity != Severity::kExtreme) {
    warning.alerts = false;
  }
  StandingHead& head = standing.head;
  head.number = warning.number;
  head.id = warning.id;
  head.from = warning.content.episode.from;
  head.to = IsOpen(warning.content) ? kNever : warning.content.episode.to;
  step.store.PutStanding(key, rule, standing);
  step.effects.warnings.push_back(warning);
  ++step.effects.counts[count];
}

// Timers and indices that follow from the content that stands.
void Arm(StepContext& step, const RuleId& rule, const KeyContext& key, const Standing& standing) {
  const WarningContent& content = standing.warning.content;
  if (!standing.head.expired) {
    step.store.ArmExpiry(key, rule, standing.head.number, content.expires);
  }
  if (SaysSilence(content)) {
    step.store.PutOpenAbsence(key, rule, standing.head.number, content.absence_state);
  }
}

void Disarm(StepContext& step, const RuleId& rule, const KeyContext& key,
            const Standing& standing) {
  const WarningContent& content = standing.warning.content;
  if (!standing.head.expired) {
    step.store.DisarmExpiry(key, rule, standing.head.number, content.expires);
  }
  if (SaysSilence(content)) step.store.EraseOpenAbsence(key, rule, standing.head.number);
}

}  // namespace

void WriteNew(StepContext& step, const CompiledRule& rule, const KeyContext& key,
              const Episode& episode, WarningContent content, const WarningId& split_from) {
  const RuleId& rule_id = rule.rule->id;
  std::set<WarningId> taken;
  std::map<WarningId, int64_t> ended;
  for (const StandingHead& head : step.store.Heads(key, rule_id)) {
    if (head.ended) {
      ended.emplace(head.id, head.number);
    } else {
      taken.insert(head.id);
    }
  }
  // The event that triggered it is the one that came just now; if that is not among the evidence (a
  // split, or time), the oldest. An id that another warning has goes to the next.
  std::vector<Identity> triggers;
  for (const Member& member : episode.members) {
    if (step.changed == member.event.identity) triggers.push_back(member.event.identity);
  }
  for (const Member& member : episode.members) triggers.push_back(member.event.identity);
  WarningId id;
  // Rules that change back find their warnings again, with the work that people put into them.
  for (size_t i = 0; step.reconciles && id.empty() && i < triggers.size(); ++i) {
    const WarningId before = IdOf(rule_id, key, triggers[i], 0);
    if (ended.contains(before)) id = before;
  }
  for (int64_t i = 0; id.empty() || taken.contains(id); ++i) {
    const auto n = static_cast<int64_t>(triggers.size());
    id = IdOf(rule_id, key, triggers[static_cast<size_t>(i % n)], i / n);
  }

  Standing standing;
  Warning& warning = standing.warning;
  if (const auto again = ended.find(id); again != ended.end()) {
    // What was cancelled holds after all: the same warning, with the work that people put into it.
    if (std::optional<Standing> before = step.store.ReadStanding(key, rule_id, again->second)) {
      warning.revision = before->warning.revision;
      warning.number = before->warning.number;
      warning.split_from = before->warning.split_from;
      warning.message_type = MessageType::kUpdate;
    }
  }
  if (warning.number == 0) {
    warning.message_type = MessageType::kAlert;
    warning.split_from = split_from.str();
    warning.number = step.numbered++ * step.partitions + step.partition + 1;
  }
  warning.id = id;
  warning.alerts = true;
  warning.content = std::move(content);
  warning.rule_title = rule.rule->title;
  warning.rests_on = RestsOnOf(*rule.rule, episode);
  Write(step, rule_id, key, standing, "warnings_new");
  WriteMatch(step, rule_id, key, standing);
  Arm(step, rule_id, key, standing);
}

void WriteEnd(StepContext& step, const RuleId& rule, const KeyContext& key, Standing& standing,
              const WarningId& merged_into, const char* reason) {
  if (step.keeps_standing) return;
  Disarm(step, rule, key, standing);
  Warning& warning = standing.warning;
  warning.message_type = MessageType::kCancel;
  warning.merged_into = merged_into.str();
  warning.end_reason = merged_into.empty() ? reason : "merged";
  warning.alerts = false;
  standing.head.ended = true;
  Write(step, rule, key, standing, "warnings_ended");
  WriteMatch(step, rule, key, standing);
}

Pairing PairUp(size_t standing, size_t episodes, Overlap overlaps, Overlap shares_changed) {
  Pairing pairing;
  pairing.standing_of.assign(episodes, kNone);
  pairing.episode_of.assign(standing, kNone);
  pairing.merged_into.assign(standing, kNone);
  pairing.split_from.assign(episodes, kNone);
  const auto take = [&](Overlap related) {
    for (size_t s = 0; s < standing; ++s) {
      for (size_t e = 0; e < episodes && pairing.episode_of[s] == kNone; ++e) {
        if (pairing.standing_of[e] != kNone || !related(s, e)) continue;
        pairing.standing_of[e] = s;
        pairing.episode_of[s] = e;
      }
    }
  };
  take(overlaps);
  take(shares_changed);
  // What still has no episode joined the warning that took the one it overlaps.
  const auto merge = [&](Overlap related) {
    for (size_t s = 0; s < standing; ++s) {
      if (pairing.episode_of[s] != kNone) continue;
      for (size_t e = 0; e < episodes && pairing.merged_into[s] == kNone; ++e) {
        if (related(s, e)) pairing.merged_into[s] = pairing.standing_of[e];
      }
    }
  };
  merge(overlaps);
  merge(shares_changed);
  // An episode that none took was a part of a warning that took another: else it would have taken
  // this one.
  const auto part = [&](Overlap related) {
    for (size_t e = 0; e < episodes; ++e) {
      if (pairing.standing_of[e] != kNone) continue;
      for (size_t s = 0; s < standing && pairing.split_from[e] == kNone; ++s) {
        if (related(s, e)) pairing.split_from[e] = s;
      }
    }
  };
  part(overlaps);
  part(shares_changed);
  return pairing;
}

void WriteUpdate(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                 Standing& standing, WarningContent content, std::vector<RestsOn> rests_on) {
  Warning& warning = standing.warning;
  if (warning.content == content && warning.rests_on == rests_on) return;
  const RuleId& rule_id = rule.rule->id;
  Disarm(step, rule_id, key, standing);
  // What has expired and would expire again at once stays history.
  standing.head.expired = standing.head.expired && step.evaluated_up_to > content.expires;
  warning.message_type = standing.head.expired ? MessageType::kExpire : MessageType::kUpdate;
  // Whom a change of rules adds has not heard of it yet.
  const bool told_others = step.reconciles && warning.content.addressees != content.addressees;
  warning.alerts = !standing.head.expired && (told_others || AlertsAgain(warning.content, content));
  warning.rule_title = rule.rule->title;
  warning.content = std::move(content);
  warning.rests_on = std::move(rests_on);
  Write(step, rule_id, key, standing, "warnings_updated");
  WriteMatch(step, rule_id, key, standing);
  Arm(step, rule_id, key, standing);
}

void WriteExpiry(StepContext& step, const RuleId& rule, const KeyContext& key, Standing& standing) {
  Disarm(step, rule, key, standing);
  standing.head.expired = true;
  standing.warning.message_type = MessageType::kExpire;
  standing.warning.alerts = false;
  Write(step, rule, key, standing, "warnings_expired");
  Arm(step, rule, key, standing);  // what depends on silence still follows it
}

void WriteDifferences(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                      Affected& affected, const Pairing& pairing,
                      absl::FunctionRef<bool(size_t)> late_evidence) {
  for (size_t s = 0; s < affected.standing.size(); ++s) {
    if (pairing.episode_of[s] == kNone) continue;
    const Episode& episode = affected.episodes[pairing.episode_of[s]];
    WriteUpdate(step, rule, key, affected.standing[s],
                MakeContent(step.pack.pack, *rule.rule, key, episode),
                RestsOnOf(*rule.rule, episode));
  }
  for (size_t e = 0; e < affected.episodes.size(); ++e) {
    if (pairing.standing_of[e] != kNone) continue;
    WarningContent content = MakeContent(step.pack.pack, *rule.rule, key, affected.episodes[e]);
    // What a change of rules finds too late is not raised.
    if (step.reconciles && content.expires < step.evaluated_up_to) continue;
    WriteNew(step, rule, key, affected.episodes[e], std::move(content),
             IdAt(affected.standing, pairing.split_from[e]));
  }
  for (size_t s = 0; s < affected.standing.size(); ++s) {
    if (pairing.episode_of[s] != kNone) continue;
    WriteEnd(step, rule.rule->id, key, affected.standing[s],
             IdAt(affected.standing, pairing.merged_into[s]),
             late_evidence(s) ? "late_evidence" : "withdrawn");
  }
}

}  // namespace tocsin
