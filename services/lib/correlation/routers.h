// What each router task said last, where a deployment has several of them (docs/decisions/0025):
// the tick vector of all, and for which rules some of them are still reading again. A cache of the
// state's entries `z`, of which the only router task leaves none; writes go to both.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/status.h>

#include "lib/base/state.h"
#include "lib/domain/keyed.h"
#include "lib/rules/pack.h"

namespace tocsin {

class Routers {
 public:
  // `of_one`: the state says that it is of the only router task. DataLoss if it cannot be read.
  absl::Status Load(const ReadState& state, bool of_one);

  // How many there are; 0: none has been heard of yet.
  int32_t of() const { return of_; }
  // FailedPrecondition: it is one of another number than was heard of.
  absl::Status Check(const RouterTask& task) const;
  // It is the only one; whatever it says is for others to keep.
  void HearOnlyOne() { of_ = 1; }

  // --- Only of several.
  // Offset in the rules topic of what is in effect; -1: nothing yet. Every router task writes the
  // same control records in the order of these.
  int64_t applied() const { return applied_; }
  // `need_events`: of what took effect with it, if it is the first copy.
  void Hear(const Control& control, const std::set<RuleId>& need_events, State& state);
  // InvalidArgument if it is not of the rules that this router task told last.
  absl::Status Hear(const BackfillDone& done, State& state);
  // All have told what is in effect: what comes back from here on comes back under these rules.
  bool AllHeard() const;
  // Rules of `pack` that some router task reads again for, or will when it comes to what took
  // effect; sorted.
  std::vector<RuleId> Reading(const Pack& pack) const;

  // The vector of all, as of this tick of one of them. A beat is one of router task 0.
  Tick Hear(const Tick& tick, int32_t trips, State& state);
  // ... as of the last one. Without sources until every router task has told all of its own;
  // nothing is known to have come back until all have told it under the rules in effect.
  Tick Merged(int32_t trips) const;

 private:
  struct Word {
    int64_t heard = -1;  // Control::rules_offset of its last control record
    std::string digest;
    std::vector<RuleId> reading;
    bool ticked = false;
    Tick tick;
    std::vector<std::pair<SourceId, std::pair<int64_t, int64_t>>> again;  // of its last beat
  };
  template <class A, class T>
  static void Archive(A& a, T& word) {
    a(word.heard, word.digest, word.reading, word.ticked, word.tick, word.again);
  }
  void Save(int32_t index, State& state) const;
  void SaveShared(State& state) const;

  int32_t of_ = 0;
  int64_t applied_ = -1;
  // What took effect and some have not told yet: where, and the rules that need events since.
  std::vector<std::pair<int64_t, std::vector<RuleId>>> owed_;
  std::map<int32_t, Word> words_;
};

}  // namespace tocsin
