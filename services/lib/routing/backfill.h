// What is being read again because rules need events that no rule asked for before
// (docs/decisions/0015): for which rules, and how far. A cache of the state's entries `b` and `r`;
// writes go to both.
//
// One transaction after another: what Begin asks for can be delivered only once the shell has been
// asked, so whatever is read again between Begin and the next Close belongs to an earlier reading
// and is not wanted.
#pragma once

#include <map>
#include <set>
#include <vector>

#include <absl/status/status.h>

#include "lib/base/state.h"
#include "lib/routing/router.h"
#include "lib/rules/changes.h"

namespace tocsin {

class Backfill {
 public:
  // DataLoss if the state cannot be read.
  absl::Status Load(const ReadState& state);

  // Rules of `after` were activated, and the inputs stand at `positions`. The sources of events
  // among them are read again from their beginning, for the rules that need events now and those
  // still under way that `after` has. Without any such rule nothing is read (any more).
  void Begin(const RuleChanges& changes, const Pack& after,
             const std::vector<std::pair<SourceId, int64_t>>& positions, State& state);
  // The rules have been told that all is read.
  void Finish(State& state);
  // The transaction ends.
  void Close() { begun_ = false; }

  bool running() const { return !rules_.empty(); }
  // Every source has been read to its end. Only while running.
  bool all_read() const;
  const std::set<RuleId>& rules() const { return rules_; }
  // Copies may stand where the rules in effect do not have them: RuleChanges::moves_events.
  bool moves_events() const { return moves_events_; }
  // Of the reading that runs, from 1 on; 0 while none does.
  int64_t number() const { return running() ? number_ : 0; }
  // What is left to read, sorted by source.
  std::vector<ReadAgain> Left() const;
  // The same with what has been read already.
  std::vector<AgainPosition> Positions() const;

  // A record of `source` at this offset is one that is still to be read again.
  bool Wants(const SourceId& source, int64_t offset) const;
  // It has been read; only what Wants says yes to.
  void Advance(const SourceId& source, int64_t offset, State& state);

  // The accept time that a record without one got when it was read first, as far as the log tells:
  // `told`, never decreasing within its source. Under a wall clock it was the machine's, which the
  // log does not have.
  Time Stamp(const SourceId& source, Time told) const;
  // The source has been read again up to this accept time.
  void Accept(const SourceId& source, Time accepted, State& state);

 private:
  struct Progress {
    int64_t next = 0;
    int64_t end = 0;  // excluded
    Time last_accepted = kUnknownTime;
  };
  void SaveMeta(State& state) const;
  static void Save(const SourceId& source, const Progress& progress, State& state);
  void Forget(State& state);

  int64_t number_ = 0;
  bool moves_events_ = false;
  bool begun_ = false;  // in the transaction that runs
  std::set<RuleId> rules_;
  std::map<SourceId, Progress> sources_;
};

}  // namespace tocsin
