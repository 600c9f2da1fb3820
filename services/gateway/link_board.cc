#include "gateway/link_board.h"

#include <algorithm>

#include "lib/base/mutex.h"

namespace tocsin::gateway {
namespace {

// A gateway of which nothing is heard for so many of its periods is silent.
constexpr int kSilentPeriods = 3;
constexpr int32_t kLongestPeriod = 3600;
// Of one mission: those that were heard of last.
constexpr size_t kMostInstances = 32;

}  // namespace

void LinkBoard::Heard(const LinkRecord& record, Steady now) {
  const MutexLock lock(mutex_);
  Instances& instances = missions_[record.mission];
  instances[record.beat.instance()] = {record.beat, record.logged, now};
  if (instances.size() <= kMostInstances) return;
  instances.erase(std::min_element(
      instances.begin(), instances.end(),
      [](const auto& a, const auto& b) { return a.second.logged < b.second.logged; }));
}

void LinkBoard::CaughtUp(Steady now) {
  const MutexLock lock(mutex_);
  for (auto& [mission, instances] : missions_) {
    for (auto& [id, instance] : instances) instance.heard = now;
  }
}

v1::JocLink LinkBoard::LinkOf(const Instances& instances, const BrokerReach::State& broker,
                              Steady now) {
  v1::JocLink link;
  bool up = false;
  bool heard = false;
  bool ended = false;  // the last one, in order
  int64_t up_since = 0;
  int64_t last_up = 0;
  int64_t last_heard = 0;
  for (const auto& [id, instance] : instances) {
    const v1::LinkBeat& beat = instance.beat;
    const std::chrono::seconds patience(kSilentPeriods *
                                        std::clamp(beat.period_s(), 1, kLongestPeriod));
    // What could not be heard while the broker was away is no silence.
    const bool fresh = !beat.ends() && now - std::max(instance.heard, broker.changed) < patience;
    const int64_t logged = ToMicros(instance.logged);
    if (logged >= last_heard) {
      last_heard = logged;
      ended = beat.ends();
    }
    heard = heard || fresh;
    if (fresh && beat.clients() > 0) {
      up_since = up ? std::min(up_since, beat.since_us()) : beat.since_us();
      up = true;
    }
    // With clients until it was last heard of, or until they left.
    last_up = std::max(last_up, beat.clients() > 0 ? logged : beat.since_us());
    if (beat.last_received_us() > link.last_received_us()) {
      link.set_last_warning_id(beat.last_warning_id());
      link.set_last_revision(beat.last_revision());
      link.set_last_received_us(beat.last_received_us());
    }
  }
  if (!broker.reached) {
    link.set_status(v1::JOC_LINK_STATUS_UNKNOWN);
    link.set_since_us(ToMicros(broker.since));
  } else if (up) {
    link.set_status(v1::JOC_LINK_STATUS_UP);
    link.set_since_us(up_since);
  } else if (heard || ended) {
    link.set_status(v1::JOC_LINK_STATUS_DOWN);
    link.set_since_us(last_up);
  } else {
    link.set_status(v1::JOC_LINK_STATUS_SILENT);
    link.set_since_us(last_heard);
  }
  return link;
}

std::vector<v1::JocLink> LinkBoard::For(const Principal& reader, const BrokerReach::State& broker,
                                        Steady now) const {
  std::vector<v1::JocLink> links;
  const MutexLock lock(mutex_);
  for (const auto& [mission, instances] : missions_) {
    // The policy is that of what was said last.
    const auto last = std::max_element(
        instances.begin(), instances.end(),
        [](const auto& a, const auto& b) { return a.second.logged < b.second.logged; });
    Object object{ObjectKind::kLink, {}, {}};
    object.label.originator = mission;
    for (const std::string& other : last->second.beat.shown_to()) {
      object.label.releasable_to.emplace_back(other);
    }
    if (Decide(reader, object, last->second.logged).access != Access::kFull) continue;
    links.push_back(LinkOf(instances, broker, now));
    links.back().set_mission(mission.str());
  }
  return links;
}

}  // namespace tocsin::gateway
