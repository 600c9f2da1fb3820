#include <algorithm>

#include <absl/strings/str_cat.h>

#include "twin_kinds.h"

namespace tocsin::property {
namespace {

Names SidesOf(const Whole& whole, const KeyedEvent& e) {
  Names sides = ValuesOf(e, whole.rule.sides);
  if (whole.rule.sides == "area" && whole.key.count("corridor") > 0) {
    const Names two = whole.key.at("corridor") == "north-south" ? Names{"north", "south"}
                                                                : Names{"south", "east"};
    std::erase_if(sides, [&](const std::string& side) { return !Has(two, side); });
  }
  return sides;
}

// What stands at a time: for each side its last declaration, unless that is too old by then.
std::map<std::string, const Item*> StandingAt(const Whole& whole, int64_t time) {
  std::map<std::string, const Item*> last;
  for (const Item& item : whole.items) {
    const KeyedEvent& e = *item.event;
    if (ValuesOf(e, whole.rule.field).empty() || TimeOfEvent(e) > time) continue;
    for (const std::string& side : SidesOf(whole, e)) {
      const Item*& known = last[side];
      if (known == nullptr || std::make_pair(TimeOfEvent(*known->event), known->event->identity) <
                                  std::make_pair(TimeOfEvent(e), e.identity)) {
        known = &item;
      }
    }
  }
  std::erase_if(last, [&](const auto& one) {
    return time >= TimeOfEvent(*one.second->event) + whole.rule.minutes * 60'000'000;
  });
  return last;
}

}  // namespace

std::vector<Found> Divergences(const Whole& whole) {
  const TwinRule& rule = whole.rule;
  // Nothing changes between these times.
  std::set<int64_t> declared, changes;
  for (const Item& item : whole.items) {
    const int64_t time = TimeOfEvent(*item.event);
    changes.insert({time, time + rule.minutes * 60'000'000});
    if (!ValuesOf(*item.event, rule.field).empty() && !SidesOf(whole, *item.event).empty()) {
      declared.insert(time);
    }
  }
  const Known known = KnownAt(rule, whole.last);
  const int64_t longer = rule.longer_minutes * 60'000'000;
  std::vector<Found> found;
  for (auto at = changes.begin(); at != changes.end();) {
    std::map<Identity, Item> evidence;
    size_t most = 0;
    const int64_t u = *at;
    for (; at != changes.end(); ++at) {
      std::set<std::string> values;
      const auto standing = StandingAt(whole, *at);
      for (const auto& [side, item] : standing)
        values.insert(ValuesOf(*item->event, rule.field)[0]);
      if (values.size() < 2) break;
      most = std::max(most, values.size());
      for (const auto& [side, item] : standing) evidence.emplace(item->event->identity, *item);
    }
    if (evidence.empty()) {
      ++at;
      continue;
    }
    const int64_t v = *at;
    if (v - u <= longer || !known.any || known.upto <= u + longer) continue;
    Found one;
    one.onset = u + longer;
    one.open = declared.count(v) == 0 && known.upto <= v;
    one.until = v;
    for (const auto& [word, count] : rule.severities) {
      if (static_cast<int64_t>(most) >= count) one.severity = word;
    }
    one.measure =
        absl::StrCat("values=", most, ";disagreement_s=", (one.open ? longer : v - u) / 1'000'000);
    for (const auto& [identity, item] : evidence) one.evidence.push_back(item);
    found.push_back(one);
  }
  return found;
}

}  // namespace tocsin::property
