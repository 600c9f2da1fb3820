// Rules over cells, the whole way: the real router and index of places, several correlators, and
// records on their way between them in whatever order their partitions allow.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cases.h"
#include "lib/base/state.h"
#include "lib/correlation/correlator.h"
#include "lib/routing/resolve.h"
#include "lib/routing/router.h"
#include "run.h"

namespace tocsin::property {

// A near over cells, grouped by anything or nothing beside.
TwinRule RandomCellRule(Random& random);
// Reports around a few places of the globe where cells, faces and coordinates meet.
std::vector<Op> RandomCellHistory(const TwinRule& rule, Random& random);

class CellsWorld {
 public:
  CellsWorld(const TwinRule& rule, int32_t partitions);

  // What stands at the end of the history and what the twin says of it. `after`: takes the rule's
  // place before step `at`; what has expired by the end is then left out. The seed decides what is
  // delivered when.
  Engine::Outcome Run(const std::vector<Op>& ops, uint64_t seed, const TwinRule* after = nullptr,
                      size_t at = 0);
  // From now on: a new router and new correlators on the same state after each transaction.
  void RestartAlways() { always_restart_ = true; }
  // Of the last Run: how often an event was told of.
  int64_t told() const { return told_; }

 private:
  struct Reported {
    int64_t offset = 0;
    Event event;
  };
  struct Known {
    int32_t revision = 0;
    std::optional<Event> event;  // absent: withdrawn
    Reported last;
    SourceId source;
  };

  void Activate(const TwinRule& rule, const std::string& name, int32_t version);
  void Begin(uint64_t seed);
  void Tell(const Op& op);
  void Report(const Op& op);
  void Repeat();
  void Feed(const SourceId& source, int64_t offset, const RouterInput& input);
  void Close(bool beat);
  void Restart();
  std::unique_ptr<Router> NewRouter() const;
  // Some of what is on its way arrives.
  void Mix();
  bool DeliverKeyed();
  bool DeliverMatch();
  void ReadOneAgain();
  void Drain();
  void Take(size_t by, const CorrelatorEffects& effects);
  Engine::Outcome Compare(const TwinRule& rule, bool changed);
  void Fail(const std::string& problem);

  const TwinRule rule_;
  const int32_t partitions_;
  bool always_restart_ = false;
  std::unique_ptr<Router> router_;
  std::vector<std::unique_ptr<Correlator>> correlators_;
  // Just after the rule took effect.
  MemoryState router_base_;
  std::vector<MemoryState> base_;

  Random random_{0};
  MemoryState router_state_;
  std::vector<MemoryState> states_;
  std::map<SourceId, std::vector<Reported>> log_;
  std::map<SourceId, int64_t> offsets_;
  std::map<Identity, Known> known_;
  std::optional<Identity> last_reported_;
  Time accepted_ = kUnknownTime;
  std::vector<std::vector<KeyedRecord>> keyed_;  // by partition, in order
  // What a correlator said of how far it is, and how many of its matches lie before.
  std::map<size_t, std::pair<int64_t, FoundMark>> said_;
  std::map<size_t, int64_t> written_;
  struct Written {
    Match match;
    size_t by = 0;       // the partition, whose
    int64_t number = 0;  // matches are counted
  };
  // A correlator that is away until all the others have done everything.
  std::optional<size_t> away_;
  std::vector<Written> matches_;  // those of one identity in order
  std::vector<ReadAgain> wanted_;
  std::map<WarningId, Warning> standing_;
  Tick last_;
  int64_t told_ = 0;
  Engine::Outcome outcome_;
};

}  // namespace tocsin::property
