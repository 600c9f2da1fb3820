#include "lib/routing/throttled.h"

#include "lib/base/canonical.h"
#include "lib/routing/state_layout.h"

namespace tocsin {
namespace {

std::string KeyOf(const RuleId& rule) {
  return layout::Key(layout::kThrottled, CanonicalWriter().Bytes(rule.str()));
}

}  // namespace

void Throttled::Load(const ReadState& state) {
  rules_.clear();
  state.Scan(layout::kThrottled, PrefixEnd(layout::kThrottled),
             [&](std::string_view key, std::string_view) {
               CanonicalReader in(key.substr(layout::kThrottled.size()));
               rules_.insert(RuleId(in.Bytes()));
               return true;
             });
}

bool Throttled::Add(const RuleId& rule, State& state) {
  if (!rules_.insert(rule).second) return false;
  state.Put(KeyOf(rule), "");
  return true;
}

void Throttled::Change(const RuleChanges& changes, State& state) {
  for (const auto* changed : {&changes.need_events, &changes.restated, &changes.removed}) {
    for (const RuleId& rule : *changed) {
      if (rules_.erase(rule) > 0) state.Delete(KeyOf(rule));
    }
  }
}

}  // namespace tocsin
