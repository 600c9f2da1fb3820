// What the world does to a deployment: missions file, correct and withdraw reports, feeds beat and
// fall silent, records come twice or unreadable, people change the rules.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/domain/event.h"
#include "lib/rules/pack.h"
#include "log.h"

namespace tocsin::simulation {

inline const Time kDawn = Time(std::chrono::sys_days(std::chrono::year(2009) / 3 / 1));

struct Shape {
  int32_t mission_partitions = 1;
  int32_t keyed_partitions = 1;
  int32_t warnings_partitions = 1;
};
Shape RandomShape(Random& random);
std::vector<MissionId> Missions();

// One deployment's; `log` outlives it.
class Workload {
 public:
  // The rules of the beginning are in the log at once.
  Workload(Log& log, const Shape& shape, Random& random);

  // Something happens, accepted at `now`, which never goes back. Returns what, in words.
  std::string Happen(Time now);

  int64_t events() const { return events_; }

 private:
  std::string File(Time now);
  std::string Revise(Time now);
  std::string Repeat();
  std::string Sense(Time now);
  std::string ChangeRules();
  std::string Spoil();
  void Randomise(Event& event, Time now);
  void Append(const Event& event, const std::string& topic);
  void AppendRules(const std::vector<Document>& documents);

  Log& log_;
  const Shape shape_;
  Random& random_;
  const std::vector<Document> base_;  // a choice of rules
  const bool changes_;
  std::vector<Document> rules_;  // in effect, or on their way
  std::map<Identity, Event> last_;
  std::vector<OutputRecord> filed_;
  int64_t events_ = 0;
  int32_t rules_version_ = 1;
};

}  // namespace tocsin::simulation
