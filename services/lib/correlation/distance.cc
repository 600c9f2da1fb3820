#include "lib/correlation/distance.h"

#include <algorithm>
#include <bit>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/correlation/episodes.h"
#include "lib/correlation/store.h"

namespace tocsin {
namespace {

// The least time that counts for a window that ends at `now`.
Time WindowStart(const Rule& rule, Time now) {
  if (!rule.tumbling) return now - rule.window + Duration(1);
  return Time(now.time_since_epoch() / rule.window * rule.window);
}

Measure MeasureOf(const Rule& rule, const std::vector<Member>& members, Time now) {
  switch (rule.kind) {
    case RuleKind::kEventCount:
      return {"incidents", CountDistinct(rule, members), rule.severities.begin()->second};
    case RuleKind::kValueCount:
      return {StrCat("distinct_", rule.field), CountDistinct(rule, members),
              rule.severities.begin()->second};
    case RuleKind::kNear: {
      uint32_t met = 0;
      for (const Member& member : members) met |= member.selections;
      for (size_t i = 0; i < rule.selections.size(); ++i) {
        const bool asked = std::find(rule.all_of.begin(), rule.all_of.end(),
                                     rule.selections[i].name) != rule.all_of.end();
        if (!asked) met &= ~(uint32_t{1} << i);
      }
      return {"selections", std::popcount(met), std::ssize(rule.all_of)};
    }
    default: {
      const auto seconds = [](Duration time) {
        return std::chrono::duration_cast<std::chrono::seconds>(time).count();
      };
      return {"gap_s", seconds(now - members.back().time), seconds(rule.window)};
    }
  }
}

bool HasMeasure(const Rule& rule) {
  return rule.kind == RuleKind::kEventCount || rule.kind == RuleKind::kValueCount ||
         rule.kind == RuleKind::kNear || (rule.kind == RuleKind::kAbsence && !rule.schedule);
}

// value / threshold, compared without rounding.
bool Nearer(const KeyDistance& a, const KeyDistance& b) {
  const int64_t left = a.measure.value * b.measure.threshold;
  const int64_t right = b.measure.value * a.measure.threshold;
  return left != right ? left > right : a.key < b.key;
}

}  // namespace

absl::StatusOr<std::vector<KeyDistance>> DistancesOf(const CompiledPack& pack, const RuleId& rule,
                                                     Time now, State& state) {
  const auto it = std::find_if(pack.pack.rules.begin(), pack.pack.rules.end(),
                               [&](const Rule& one) { return one.id == rule; });
  if (it == pack.pack.rules.end()) {
    return absl::NotFoundError(StrCat("the pack has no rule ", rule.str()));
  }
  if (!HasMeasure(*it)) {
    return absl::UnimplementedError(
        StrCat("how far ", rule.str(), " is from a warning is no number for a rule of its kind"));
  }
  const CompiledRule& compiled = *pack.FindRule(it->KeySpec(), rule);
  TimerHints hints;
  Store store(state, hints);
  std::vector<KeyDistance> distances;
  for (const CorrelationKey& key : store.Keys()) {
    if (key.spec != it->KeySpec()) continue;
    TOCSIN_ASSIGN_OR_RETURN(const KeyContext context, MakeKeyContext(key));
    const Time from = it->kind == RuleKind::kAbsence ? Time::min() : WindowStart(*it, now);
    std::vector<Member> members = store.Members(pack, compiled, context, from, now + Duration(1));
    if (members.empty()) continue;
    if (it->kind == RuleKind::kAbsence) members.erase(members.begin(), members.end() - 1);
    KeyDistance& distance = distances.emplace_back();
    distance.key = key;
    distance.parts = context.parts;
    distance.measure = MeasureOf(*it, members, now);
    for (const Member& member : members) distance.members.push_back(member.event.identity);
    const std::vector<StandingHead> heads = store.Heads(context, rule);
    distance.standing = std::any_of(heads.begin(), heads.end(), [](const StandingHead& head) {
      return !head.ended && !head.expired;
    });
  }
  TOCSIN_RETURN_IF_ERROR(store.status());
  std::sort(distances.begin(), distances.end(), Nearer);
  return distances;
}

}  // namespace tocsin
