#include <absl/strings/str_cat.h>

#include "twin_kinds.h"

namespace tocsin::property {

std::vector<Found> Counts(const Whole& whole) {
  const TwinRule& rule = whole.rule;
  const std::vector<Item>& all = whole.items;
  const int64_t window = rule.minutes * 60'000'000;
  const auto in_window = [&](int64_t t, int64_t end) {
    // Side by side: the part of the window up to its end counts for when it completed.
    return t <= end && (rule.tumbling ? t / window == end / window : t > end - window);
  };
  std::vector<std::set<size_t>> windows;
  std::vector<int64_t> counts, times;
  for (const Item& last : all) {
    const int64_t end = TimeOfEvent(*last.event);
    std::set<size_t> members;
    std::set<std::string> distinct, beside;
    for (size_t i = 0; i < all.size(); ++i) {
      const int64_t t = TimeOfEvent(*all[i].event);
      if (!in_window(t, end)) continue;
      members.insert(i);
      for (const std::string& value : ValuesOf(*all[i].event, rule.distinct_field)) {
        beside.insert(value);
      }
      if (rule.kind == Kind::kEventCount) {
        distinct.insert(IncidentOf(all[i], all));
      } else {
        for (const std::string& value : ValuesOf(*all[i].event, rule.field)) distinct.insert(value);
      }
    }
    if (static_cast<int64_t>(distinct.size()) < rule.severities[0].second) continue;
    if (static_cast<int64_t>(beside.size()) < rule.distinct) continue;
    windows.push_back(members);
    counts.push_back(static_cast<int64_t>(distinct.size()));
    times.push_back(end);
  }
  std::vector<Found> found;
  for (const std::set<size_t>& episode : Joined(windows)) {
    Found one;
    int64_t measure = 0;
    one.onset = INT64_MAX;
    for (size_t w = 0; w < windows.size(); ++w) {
      if (episode.count(*windows[w].begin()) == 0) continue;
      measure = std::max(measure, counts[w]);
      one.onset = std::min(one.onset, times[w]);
    }
    for (const auto& [severity, count] : rule.severities) {
      if (measure >= count) one.severity = severity;
    }
    one.measure = absl::StrCat(
        rule.kind == Kind::kEventCount ? "incidents" : "distinct_" + rule.field, "=", measure);
    for (const size_t i : episode) one.evidence.push_back(all[i]);
    found.push_back(one);
  }
  return found;
}

}  // namespace tocsin::property
