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

bool BothStood(const WarningLine& a, const WarningLine& b) {
  return a.issued <= b.until && b.issued <= a.until;
}

using ByKin = std::map<Kin, std::vector<const WarningLine*>>;

ByKin Group(const std::vector<WarningLine>& lines) {
  ByKin groups;
  for (const WarningLine& line : lines) groups[KinOf(line)].push_back(&line);
  return groups;
}

// The first of the line's kin that stood when it was issued.
const WarningLine* StoodFor(const ByKin& groups, const WarningLine& line) {
  const auto group = groups.find(KinOf(line));
  if (group == groups.end()) return nullptr;
  const auto it =
      std::find_if(group->second.begin(), group->second.end(), [&](const WarningLine* other) {
        return other->issued <= line.issued && line.issued <= other->until;
      });
  return it == group->second.end() ? nullptr : *it;
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
  const ByKin all_here = Group(here), all_there = Group(there);
  ByKin left;
  for (const WarningLine& line : here) {
    if (by_id.contains({line.id, line.mission})) left[KinOf(line)].push_back(&line);
  }
  for (const WarningLine* other : others) {
    std::vector<const WarningLine*>& kin = left[KinOf(*other)];
    const auto it = std::find_if(kin.begin(), kin.end(),
                                 [&](const WarningLine* line) { return BothStood(*line, *other); });
    if (it == kin.end()) {
      const WarningLine* const stood = StoodFor(all_here, *other);
      changes.push_back({stood ? Difference::kSplit : Difference::kNew, stood, other});
    } else {
      changes.push_back(MakeChange(**it, *other));
      kin.erase(it);
    }
  }
  for (const auto& [kin, lines] : left) {
    for (const WarningLine* line : lines) {
      const WarningLine* const stood = StoodFor(all_there, *line);
      changes.push_back({stood ? Difference::kJoined : Difference::kNoMore, line, stood});
    }
  }
  const auto order = [](const Change& change) {
    const bool by_here = change.there == nullptr || change.difference == Difference::kJoined;
    const WarningLine& line = by_here ? *change.here : *change.there;
    return std::tie(line.issued, line.rule, line.id, line.mission);
  };
  std::stable_sort(changes.begin(), changes.end(),
                   [&](const Change& a, const Change& b) { return order(a) < order(b); });
  return changes;
}

}  // namespace tocsin
