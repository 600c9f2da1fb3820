// What the world does to a deployment: missions file, correct and withdraw reports, feeds beat and
// fall silent, records come twice or unreadable, people change the rules.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "courier.h"
#include "deployment.h"
#include "lib/domain/event.h"
#include "lib/rules/pack.h"
#include "log.h"

namespace tocsin::simulation {

inline const Time kDawn = Time(std::chrono::sys_days(std::chrono::year(2009) / 3 / 1));

// One deployment's; `log` outlives it.
class Workload {
 public:
  // The rules of the beginning are in the log at once.
  Workload(Log& log, const Shape& shape, Random& random);

  // Something happens, accepted at `now`, which never goes back. Returns what, in words.
  std::string Happen(Time now);

  // What has come to the log by `now`; the greatest time: all.
  void Deliver(Time now) { courier_.Deliver(now); }

  const Courier& courier() const { return courier_; }
  bool has_changed_rules() const { return rules_version_ > 1; }

 private:
  std::string File(Time now);
  std::string Revise(Time now);
  std::string Repeat(Time now);
  std::string Sense(Time now);
  std::string ChangeRules(Time now);
  std::string Spoil(Time now);
  void Randomise(Event& event, Time now);
  void Append(const Event& event, SourceId target);
  void AppendRules(const RulesInput& input, Time now);

  const Shape shape_;
  Random& random_;
  Courier courier_;
  const std::vector<Document> base_;  // a choice of rules
  const bool changes_;
  std::vector<Document> rules_;  // in effect, or on their way
  std::map<Identity, Event> last_;
  std::vector<OutputRecord> filed_;
  int64_t events_ = 0;
  int32_t rules_version_ = 1;
};

}  // namespace tocsin::simulation
