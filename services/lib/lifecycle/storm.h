// Many warnings at once: how many alarms came to a centre lately, and when those of a storm ring,
// together with others of their group.
//
// An alarm is a revision that a person must act on. More than 10 of them in 10 minutes are a flood
// (ANSI/ISA-18.2-2016, alarm flood): nobody can see to each. What comes then waits, quietly, to
// ring with what else comes by the same rule. Whether it does depends on the alarms alone: whoever
// has read them all comes to the same, whatever the order; who lacks some may take an alarm as
// ringing that does not, never the other way round.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "lib/base/ids.h"
#include "lib/base/time.h"
#include "lib/domain/evidence.h"

namespace tocsin {

// The names of the waiting times are those of Prometheus Alertmanager's routes.
struct StormPolicy {
  int flood_above = 10;  // alarms in the time before, of one status; 0: every alarm rings by itself
  Duration within = std::chrono::minutes(10);
  // From the first of a group until it rings; not more than the interval.
  Duration group_wait = std::chrono::seconds(30);
  Duration group_interval = std::chrono::minutes(5);  // then, by the clock, every so often
  // What has rung with its group, and that nobody has taken up since, rings again.
  Duration repeat_interval = std::chrono::minutes(30);
};

struct Alarm {
  Time at = kUnknownTime;  // of issue, by the deployment's clock
  WarningId warning;
  int32_t revision = 0;
  // Exercises have floods of their own.
  Status status = Status::kUnspecified;
  RuleId group;  // missions' forms of a rule are of its group
  friend auto operator<=>(const Alarm&, const Alarm&) = default;
};

// When an alarm rings with its group.
struct GroupRing {
  RuleId group;
  int32_t revision = 0;
  Time rings = kUnknownTime;
  // From its issue. Clocks that differ never keep it quiet for longer than that.
  Duration waits{0};
};

// The latest alarms. Not thread-safe.
class Alarms {
 public:
  explicit Alarms(const StormPolicy& policy) : policy_(policy) {}

  // In any order; one that is there already changes nothing. Whether it was of an earlier time than
  // others, of which RingOf may say something else now.
  bool Add(const Alarm& alarm);
  // Takes out the oldest of more than can be kept. What was held back of them rings by itself.
  std::vector<Alarm> Forget();

  // Of a warning's last alarm; nothing where that rings by itself, or is not known any more.
  std::optional<GroupRing> RingOf(const WarningId& id) const;
  // Whether more came until `now` than anybody can see to.
  bool Flood(Status status, Time now) const;
  // After `since`, the latest first.
  std::vector<Alarm> Since(Time since, size_t most) const;
  // Warnings of those at `from` or later.
  std::set<WarningId> From(Time from) const;

  const StormPolicy& policy() const { return policy_; }

 private:
  using InOrder = std::set<Alarm>;

  bool InFlood(const Alarm& alarm) const;
  // No other one of its group was held back in the interval before it.
  bool First(const Alarm& alarm, const InOrder& group) const;

  const StormPolicy policy_;
  InOrder all_;
  std::map<Status, InOrder> by_status_;
  std::map<std::pair<Status, RuleId>, InOrder> by_group_;
  std::map<WarningId, Alarm> last_;  // the last revision
};

inline constexpr size_t kMostAlarms = 5000;

}  // namespace tocsin
