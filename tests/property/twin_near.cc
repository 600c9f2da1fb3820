#include <algorithm>
#include <functional>

#include <absl/strings/str_cat.h>

#include "twin_kinds.h"

namespace tocsin::property {

std::vector<Found> Nears(const Whole& whole) {
  const TwinRule& rule = whole.rule;
  const std::vector<Item>& all = whole.items;
  const int64_t within = rule.minutes * 60'000'000;
  const auto close = [&](size_t i, size_t j) {
    return i != j &&
           std::llabs(TimeOfEvent(*all[i].event) - TimeOfEvent(*all[j].event)) <= within &&
           Metres(*all[i].event->point, *all[j].event->point) <= rule.radius_km * 1000;
  };
  std::vector<std::set<size_t>> matches;
  std::vector<size_t> chosen;
  const std::function<void()> extend = [&] {
    if (chosen.size() == rule.selections.size()) {
      matches.emplace_back(chosen.begin(), chosen.end());
      return;
    }
    const std::string& role = rule.selections[chosen.size()].name;
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].names.count(role) == 0) continue;
      if (!std::all_of(chosen.begin(), chosen.end(), [&](size_t c) { return close(c, i); }))
        continue;
      chosen.push_back(i);
      extend();
      chosen.pop_back();
    }
  };
  extend();
  std::vector<Found> found;
  for (const std::set<size_t>& episode : Joined(matches)) {
    Found one;
    one.severity = "severe";
    one.onset = INT64_MAX;
    int64_t least_metres = INT64_MAX, least_time = INT64_MAX;
    for (const size_t i : episode) {
      int64_t nearest = INT64_MAX;
      for (const std::set<size_t>& match : matches) {
        if (match.count(i) == 0) continue;
        int64_t complete = 0;
        for (const size_t j : match) {
          complete = std::max(complete, TimeOfEvent(*all[j].event));
          if (j == i) continue;
          nearest = std::min(nearest, Metres(*all[i].event->point, *all[j].event->point));
          least_time = std::min<int64_t>(
              least_time, std::llabs(TimeOfEvent(*all[i].event) - TimeOfEvent(*all[j].event)));
        }
        one.onset = std::min(one.onset, complete);
      }
      one.evidence.push_back(all[i]);
      one.metres.push_back(nearest);
      least_metres = std::min(least_metres, nearest);
    }
    one.measure = absl::StrCat("nearest_m=", least_metres, ";apart_s=", least_time / 1'000'000);
    found.push_back(one);
  }
  return found;
}

}  // namespace tocsin::property
