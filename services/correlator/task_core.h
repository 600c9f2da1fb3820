// The correlator's core in terms of bytes: decodes records of fusion.keyed.v1, encodes warnings and
// "evaluated up to" into records of fusion.warnings.v1, and what rules select of the warnings into
// records of fusion.matches.v1.
#pragma once

#include <string>

#include "correlator/hot_keys.h"
#include "lib/correlation/correlator.h"
#include "lib/task/task.h"

namespace tocsin {

// How many there are of the topics that it writes.
struct OutputPartitions {
  int32_t warnings = 0;
  int32_t matches = 0;
};

class CorrelatorTaskCore final : public TaskCore {
 public:
  // `task` names who writes, e.g. "correlator-2". `hot_keys`, which must outlive it, is told of the
  // keys of every record that was used, and how long that took; null: nobody is. Neither the state
  // nor the effects depend on it.
  CorrelatorTaskCore(std::string task, int32_t keyed_partition, int32_t keyed_partitions,
                     OutputPartitions outputs, HotKeys* hot_keys = nullptr);

  absl::Status Load(const ReadState& state) override;
  absl::Status Step(const InputRecord& record, State& state, TaskEffects& effects) override;
  // A correlator has one input: it needs no observations, and time reaches it as ticks.
  std::string EncodeObservation(const std::vector<SourceObservation>& sources, bool beat) override;
  absl::Status Observe(std::string_view encoded, State& state, TaskEffects& effects) override;
  absl::Status Close(State& state, TaskEffects& effects) override;

 private:
  absl::Status StepAndNote(const KeyedRecord& record, State& state, CorrelatorEffects& found);

  const std::string task_;
  const OutputPartitions outputs_;
  HotKeys* const hot_keys_;
  Correlator correlator_;
};

}  // namespace tocsin
