// The router's core: a deterministic state machine over the sequence that the shell makes of all
// mission topics, fusion.rules.v1 and its own observations. It resolves places and actors, works
// out correlation keys, writes copies, withdraws and control records, and turns reading into time
// (ticks). What correlators find that rules select (fusion.matches.v1) comes back as events; it
// never moves time.
//
// Pure, one thread; state in `State`, caches rebuilt by Load. A transaction is: Step and Observe in
// any number, then Close once, which writes the ticks.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <variant>

#include <absl/status/statusor.h>

#include "lib/base/counts.h"
#include "lib/base/state.h"
#include "lib/domain/event.h"
#include "lib/domain/keyed.h"
#include "lib/rules/pack.h"

namespace tocsin {

inline constexpr int32_t kRouterSemanticsVersion = 2;
// Of the layout in state_layout.h: state of another format is made anew, not read.
inline constexpr int64_t kRouterStateFormat = 4;

// Where a point lies. Made from a pack's GeoJSON by an adapter (geo) and given to the core, so that
// the core names no geometry library. Immutable; answers do not depend on the order of features.
class PlaceIndex {
 public:
  virtual ~PlaceIndex() = default;
  // Areas (corridors) valid on the date of `t` (UTC) that contain the point; sorted.
  virtual std::vector<AreaId> AreasAt(const Point& point, Time t) const = 0;
  virtual std::vector<CorridorId> CorridorsAt(const Point& point, Time t) const = 0;
  virtual double CorridorWidthMetres(const CorridorId& corridor) const = 0;
  // Tokens of S2's cells of this level that have a point no farther than `radius_m` from this one:
  // the cell that it lies in, then the others, sorted. `level`: as coarse as Rule::cell_level is
  // for the radius, or coarser; so of two points no farther apart each lies in a cell of the other.
  virtual std::vector<std::string> CellsNear(const Point& point, int32_t level,
                                             int64_t radius_m) const = 0;
};
using PlaceIndexFactory = std::function<absl::StatusOr<std::unique_ptr<const PlaceIndex>>(
    const std::string& areas_geojson, const std::string& corridors_geojson)>;

enum class ClockMode { kWall, kScenario };

struct RouterOptions {
  int32_t keyed_partitions = 0;
  ClockMode clock = ClockMode::kWall;
  Duration margin{0};  // a source at its end counts as the clock less this
  RouterTask task;     // which of how many: fixed for a generation of topics
};

// One record of an input topic, decoded.
using RouterInput = std::variant<Event, Document, Activation, Throttle, Match, FoundMark>;

// What the shell saw that is in no input; journaled.
struct Observation {
  Time clock = kUnknownTime;        // machine clock; kUnknownTime under a scenario
  std::vector<SourceTime> sources;  // sources whose status changed, or that joined
  bool beat = false;
};

struct RouterEffects {
  struct Keyed {
    int32_t partition = 0;
    KeyedRecord record;
    friend auto operator<=>(const Keyed&, const Keyed&) = default;
  };
  std::vector<Keyed> keyed;  // in order
  Counts counts;
};

// Part of an input that is to be read a second time: from an offset up to another, excluded.
struct ReadAgain {
  SourceId source;
  int64_t from = 0;
  int64_t to = 0;
  friend auto operator<=>(const ReadAgain&, const ReadAgain&) = default;
};

class Router {
 public:
  Router(RouterOptions options, PlaceIndexFactory place_index_factory);
  ~Router();

  absl::Status Load(const ReadState& state);

  // InvalidArgument: the record is unusable (goes to dead letters); its source's offset still
  // moves. FailedPrecondition: an event before any rules; the process must end. What is read a
  // second time comes from AgainSource(source).
  absl::Status Step(const SourceId& source, int64_t offset, const RouterInput& input, State& state,
                    RouterEffects& effects);

  // A record that could not be decoded or was skipped: the source's position moves on. Of an
  // AgainSource, too: with the offset before a ReadAgain's `to` all of it has been read.
  void Skip(const SourceId& source, int64_t offset, State& state);

  // An event that another router task routes, of its `source`: it moves a scenario's clock, which
  // is that of all sources, and nothing else. What is unusable moves nothing.
  void Heed(const SourceId& source, const Event& event, State& state);

  void Observe(const Observation& observation, State& state, RouterEffects& effects);

  // Ends the transaction: BackfillDone for each keyed partition if all has been read again, and one
  // tick for each, if it says anything new.
  absl::Status Close(State& state, RouterEffects& effects);

  // Digest of the rules in effect; empty before the first activation.
  const std::string& rules_digest() const;
  // The rules themselves; nullptr before the first activation. Until the next Step or Load.
  const Pack* rules() const;
  // Those of them that backfill, and what is left to read for them, sorted by source. The answer
  // holds from one Close to the next: after it, nothing of an earlier answer may come any more.
  const std::set<RuleId>& backfilling() const;
  std::vector<ReadAgain> Rereads() const;
  // The tick vector, for metrics and for whoever makes observations; sorted.
  std::vector<SourceTime> sources() const;
  Time clock() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin
