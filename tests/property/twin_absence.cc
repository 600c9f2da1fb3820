#include <absl/strings/str_cat.h>

#include "twin_kinds.h"

namespace tocsin::property {

std::vector<Found> Absences(const Whole& whole) {
  const TwinRule& rule = whole.rule;
  const std::vector<Item>& all = whole.items;
  const int64_t every = rule.minutes * 60'000'000;
  std::map<int64_t, Item> by_time;
  for (const Item& item : all) {
    const auto [it, fresh] = by_time.emplace(TimeOfEvent(*item.event), item);
    if (!fresh && item.event->identity < it->second.event->identity) it->second = item;
  }
  const Known known = KnownAt(rule, whole.last);
  std::vector<Found> found;
  for (auto it = by_time.begin(); it != by_time.end(); ++it) {
    const auto next = std::next(it);
    Found one;
    int64_t gap = 0;
    one.severity = "minor";
    one.onset = it->first + every;
    one.evidence = {it->second};
    if (next != by_time.end()) {
      if (next->first - it->first <= every) continue;
      one.evidence.push_back(next->second);
      gap = (next->first - it->first) / 1'000'000;
      one.state = "resolved";
    } else {
      if (!known.any || known.upto <= it->first + every) continue;
      gap = every / 1'000'000;
      one.open = true;
      one.state = known.unknown ? "unknown" : "silent";
    }
    one.measure = absl::StrCat("gap_s=", gap);
    found.push_back(one);
  }
  return found;
}

}  // namespace tocsin::property
