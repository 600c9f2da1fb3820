#include "lib/backtest/compare.h"

#include <map>
#include <tuple>

namespace tocsin {
namespace {

// What two versions of one warning have in common even if another event set it off.
using Kin = std::tuple<RuleId, MissionId, std::string, std::map<std::string, std::string>>;

Kin KinOf(const WarningLine& line) {
  return {line.rule, line.mission, line.content.exercise_id, line.content.key};
}

bool BothInForce(const WarningLine& a, const WarningLine& b) {
  return a.issued <= b.content.expires && b.issued <= a.content.expires;
}

Change MakeChange(const WarningLine& here, const WarningLine& there) {
  const Difference difference = there.issued < here.issued   ? Difference::kEarlier
                                : here.issued < there.issued ? Difference::kLater
                                                             : Difference::kSame;
  return {difference, &here, &there};
}

}  // namespace

std::vector<Change> Compare(const std::vector<WarningLine>& here,
                            const std::vector<WarningLine>& there) {
  std::vector<Change> changes;
  std::map<std::pair<WarningId, MissionId>, const WarningLine*> by_id;
  for (const WarningLine& line : here) by_id[{line.id, line.mission}] = &line;
  std::vector<const WarningLine*> others;
  for (const WarningLine& line : there) {
    const auto it = by_id.find({line.id, line.mission});
    if (it == by_id.end()) {
      others.push_back(&line);
    } else {
      changes.push_back(MakeChange(*it->second, line));
      by_id.erase(it);
    }
  }
  std::map<Kin, std::vector<const WarningLine*>> left;
  for (const WarningLine& line : here) {
    if (by_id.contains({line.id, line.mission})) left[KinOf(line)].push_back(&line);
  }
  for (const WarningLine* other : others) {
    std::vector<const WarningLine*>& kin = left[KinOf(*other)];
    const auto it = std::find_if(kin.begin(), kin.end(), [&](const WarningLine* line) {
      return BothInForce(*line, *other);
    });
    if (it == kin.end()) {
      changes.push_back({Difference::kNew, nullptr, other});
    } else {
      changes.push_back(MakeChange(**it, *other));
      kin.erase(it);
    }
  }
  for (const auto& [kin, lines] : left) {
    for (const WarningLine* line : lines) changes.push_back({Difference::kNoMore, line, nullptr});
  }
  const auto order = [](const Change& change) {
    const WarningLine& line = change.there != nullptr ? *change.there : *change.here;
    return std::tie(line.issued, line.rule, line.id, line.mission);
  };
  std::stable_sort(changes.begin(), changes.end(),
                   [&](const Change& a, const Change& b) { return order(a) < order(b); });
  return changes;
}

}  // namespace tocsin
