// Rules over cells, the whole way: the real router and index of places, several correlators, and
// records on their way between them in whatever order their partitions allow.
#pragma once

#include <map>
#include <memory>
#include <optional>
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
  // `routers`: so many router tasks, each with a partition of every mission's topics.
  CellsWorld(const TwinRule& rule, int32_t partitions, int32_t routers = 1);

  // What stands at the end of the history and what the twin says of it. `after`: takes the rule's
  // place before step `at`; what has expired by the end is then left out. The seed decides what is
  // delivered when, how far each router task has read, and which is away until the end.
  Engine::Outcome Run(const std::vector<Op>& ops, uint64_t seed, const TwinRule* after = nullptr,
                      size_t at = 0);
  // From now on: a new router and new correlators on the same state after each transaction.
  void RestartAlways() { always_restart_ = true; }
  // From now on: beats tell which sources have been read to their end, so that time passes.
  void ObserveSources() { times_ = true; }
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
  // What a router task is to read.
  struct Input {
    SourceId source;
    int64_t offset = 0;
    RouterInput record;
    bool heeded = false;  // another one's
  };
  struct Desk {
    std::unique_ptr<Router> router;
    MemoryState state, base;  // now, and just after the first rule took effect
    std::vector<Input> inputs;
    std::vector<std::vector<KeyedRecord>> keyed;  // by partition, in order
    std::vector<ReadAgain> wanted;
    Tick last;
    std::map<size_t, Tick> delivered;  // the last, by partition
  };

  void Begin(uint64_t seed);
  void Tell(const Op& op);
  void Report(const Op& op);
  void Repeat();
  void Offer(const SourceId& source, int64_t offset, const RouterInput& record);
  bool ReadOne(Desk& desk);
  void Feed(Desk& desk, const SourceId& source, int64_t offset, const RouterInput& input);
  static void Send(Desk& desk, RouterEffects& effects);
  void Close(Desk& desk, bool beat);
  void CloseAll(bool beat);
  std::vector<SourceTime> SeenBy(const Desk& desk) const;
  // Between two transactions of it.
  void Restart(Desk& desk);
  void RestartCorrelators();
  void RestartAll();
  std::unique_ptr<Router> NewRouter(int32_t index) const;
  Desk& AnyDesk();
  // Some of what is on its way arrives.
  void Mix();
  bool DeliverKeyed();
  bool DeliverMatch();
  void ReadOneAgain(Desk& desk);
  void Drain();
  void Take(size_t by, const CorrelatorEffects& effects);
  void CheckEvaluated(size_t partition, const EvaluatedRecord& evaluated);
  Engine::Outcome Compare(const TwinRule& rule, bool changed);
  void Fail(const std::string& problem);

  const TwinRule rule_;
  const int32_t partitions_;
  const int32_t routers_;
  bool always_restart_ = false;
  bool times_ = false;
  std::vector<Desk> desks_;  // by number
  std::vector<std::unique_ptr<Correlator>> correlators_;
  // Just after the rule took effect.
  std::vector<MemoryState> base_;

  Random random_{0};
  std::vector<MemoryState> states_;
  std::map<SourceId, std::vector<Reported>> log_;
  std::map<SourceId, int64_t> offsets_;
  std::map<Identity, Known> known_;
  std::optional<Identity> last_reported_;
  Time accepted_ = kUnknownTime;
  // By partition and router task: what a correlator said of how far it is, and how many of its
  // matches lie before.
  using Way = std::pair<size_t, size_t>;
  std::map<Way, std::pair<int64_t, FoundMark>> said_;
  std::map<Way, int64_t> written_;
  struct Written {
    Match match;
    size_t by = 0, to = 0;  // the partition, whose; the router task
    int64_t number = 0;     // matches are counted
  };
  // A correlator that is away until all the others have done everything.
  std::optional<size_t> away_;
  std::optional<size_t> router_away_;  // likewise, a router task
  std::vector<Written> matches_;       // those of one identity in order
  std::map<WarningId, Warning> standing_;
  int64_t told_ = 0;
  Engine::Outcome outcome_;
};

}  // namespace tocsin::property
