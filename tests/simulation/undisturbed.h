// The same deployment had nothing ever gone wrong: its cores, fed what was filed in the order in
// which it was filed, each thing once, with everything that comes of it carried on at once. What
// stands in the end is what must stand whatever else happened.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "deployment.h"
#include "lib/base/state.h"
#include "lib/domain/warning.h"
#include "reference.h"
#include "universe.h"
#include "workload.h"

namespace tocsin::simulation {

class Undisturbed {
 public:
  // `universe` outlives it: the records are in its log. Correlators are of the builds that the
  // disturbed ones have in the end.
  Undisturbed(const Universe& universe, const Shape& shape, const Reference& reference);

  void Feed(const std::vector<Filed>& history);
  // The last word on time that a correlator of the disturbed fleet had of each router task: records
  // of its keyed partition. Expiry and absence are of that moment.
  void Tell(int32_t partition, const InputRecord& tick);

  // By id, as last told.
  const std::map<WarningId, Warning>& warnings() const { return warnings_; }
  // Empty: none.
  const std::string& problem() const { return problem_; }

 private:
  struct Node {
    std::unique_ptr<TaskCore> core;
    std::vector<SourceObservation> sources;  // of a router task
    MemoryState state;
  };

  void Step(Node& node, const InputRecord& record);
  void Close(Node& node);
  void Observe(Node& node, bool beat);
  void ReadAgain(Node& node);
  // Everything that was written, and what comes of that.
  void CarryOn();
  void Break(const absl::Status& status);
  void Take(TaskEffects effects);

  const Log& log_;
  const Shape shape_;
  Time now_ = kUnknownTime;
  std::vector<Node> routers_, correlators_;
  std::deque<InputRecord> written_;
  std::map<SourceId, int64_t> ends_;
  std::map<WarningId, Warning> warnings_;
  std::string problem_;
};

struct Comparison {
  std::string problem;   // the first difference, in words; empty: none
  int64_t standing = 0;  // contents that were compared
};
// Whether what stands at the end of a disturbed run is what stands in an undisturbed one.
Comparison CompareWithUndisturbed(const Universe& universe, const Shape& shape,
                                  const Workload& workload, const Reference& reference);

}  // namespace tocsin::simulation
