// How far what the correlators find has come back (docs/decisions/0021): of each keyed partition
// the last that it said. A cache of the state's entries `f` and `n`; writes go to both.
#pragma once

#include <map>
#include <vector>

#include <absl/status/status.h>

#include "lib/base/state.h"
#include "lib/domain/keyed.h"

namespace tocsin {

class FoundSoFar {
 public:
  explicit FoundSoFar(int32_t keyed_partitions) : partitions_(keyed_partitions) {}

  // DataLoss if the state cannot be read.
  absl::Status Load(const ReadState& state);

  // InvalidArgument names what is wrong. `trips`: of the rules in effect.
  absl::Status Check(const FoundMark& found, int32_t trips) const;
  void Take(const FoundMark& found, State& state);

  // Other rules find other things: every partition has to say it again.
  void Clear(State& state);

  // For Tick::found: the least of all partitions.
  std::vector<FoundUpTo> OfAll(int32_t trips) const;

  // The number of the next beat.
  int64_t CountBeat(State& state);

 private:
  const int32_t partitions_;
  int64_t beats_ = 0;
  std::map<int32_t, std::vector<FoundUpTo>> found_;
};

}  // namespace tocsin
