#include "lib/lifecycle/storm.h"

#include <utility>

namespace tocsin {
namespace {

// The least alarm at or after a time.
Alarm At(Time time) { return {time, WarningId(), 0, Status::kUnspecified, RuleId()}; }

}  // namespace

bool Alarms::Add(const Alarm& alarm) {
  const bool late = !all_.empty() && alarm < *all_.rbegin();
  if (!all_.insert(alarm).second) return false;
  by_status_[alarm.status].insert(alarm);
  by_group_[{alarm.status, alarm.group}].insert(alarm);
  Alarm& last = last_[alarm.warning];
  if (alarm.revision > last.revision) last = alarm;
  return late;
}

std::vector<Alarm> Alarms::Forget() {
  std::vector<Alarm> gone;
  while (all_.size() > kMostAlarms) {
    Alarm alarm = *all_.begin();
    all_.erase(all_.begin());
    by_status_[alarm.status].erase(alarm);
    const auto group = by_group_.find({alarm.status, alarm.group});
    group->second.erase(alarm);
    if (group->second.empty()) by_group_.erase(group);
    const auto last = last_.find(alarm.warning);
    if (last != last_.end() && last->second == alarm) last_.erase(last);
    gone.push_back(std::move(alarm));
  }
  return gone;
}

// Looks back over as many as may be, so it costs the same in whatever storm.
bool Alarms::InFlood(const Alarm& alarm) const {
  if (policy_.flood_above < 1) return false;
  const InOrder& all = by_status_.at(alarm.status);
  auto before = all.find(alarm);
  for (int i = 0; i < policy_.flood_above; ++i) {
    if (before == all.begin()) return false;
    --before;
  }
  return before->at > alarm.at - policy_.within;
}

bool Alarms::First(const Alarm& alarm, const InOrder& group) const {
  auto before = group.find(alarm);
  // Those that rang by themselves are no more than make no flood.
  while (before != group.begin()) {
    --before;
    if (before->at <= alarm.at - policy_.group_interval) return true;
    if (InFlood(*before)) return false;
  }
  return true;
}

std::optional<GroupRing> Alarms::RingOf(const WarningId& id) const {
  const auto last = last_.find(id);
  if (last == last_.end() || !InFlood(last->second)) return std::nullopt;
  const Alarm& alarm = last->second;
  const InOrder& group = by_group_.at({alarm.status, alarm.group});
  // Only the earliest that was held back within the wait can be the first of its group.
  auto first = group.lower_bound(At(alarm.at - policy_.group_wait));
  while (!InFlood(*first)) ++first;
  GroupRing ring{alarm.group, alarm.revision, kUnknownTime, Duration(0)};
  if (First(*first, group)) {
    ring.rings = first->at + policy_.group_wait;
  } else {
    const Duration past = alarm.at.time_since_epoch() % policy_.group_interval;
    ring.rings = alarm.at - past + policy_.group_interval;
  }
  ring.waits = ring.rings - alarm.at;
  return ring;
}

bool Alarms::Flood(Status status, Time now) const {
  const auto found = by_status_.find(status);
  if (policy_.flood_above < 1 || found == by_status_.end()) return false;
  const InOrder& all = found->second;
  auto alarm = all.lower_bound(At(now - policy_.within));
  int count = 0;
  while (alarm != all.end() && alarm->at <= now && count <= policy_.flood_above) {
    ++alarm;
    ++count;
  }
  return count > policy_.flood_above;
}

std::vector<Alarm> Alarms::Since(Time since, size_t most) const {
  std::vector<Alarm> alarms;
  for (auto it = all_.rbegin(); it != all_.rend() && it->at > since && alarms.size() < most; ++it) {
    alarms.push_back(*it);
  }
  return alarms;
}

std::set<WarningId> Alarms::From(Time from) const {
  std::set<WarningId> ids;
  for (auto it = all_.lower_bound(At(from)); it != all_.end(); ++it) ids.insert(it->warning);
  return ids;
}

}  // namespace tocsin
