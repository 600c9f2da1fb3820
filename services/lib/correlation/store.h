// Where everything lies in the state, and typed access to it. Keys are a letter and canonical
// fields, so that they sort by what they mean; `K` below is the canonical (spec, value) of a
// correlation key.
//
//   m                             state format and semantics version
//   n                             warnings numbered so far; greatest accept time read; greatest
//                                 time evaluated up to
//   p                             the rules in effect: live missions and documents with full text
//   v                             the last tick
//   e K time identity             an event of a key, by time
//   i identity K                  where an identity lies in a key: time, revision
//   r K target identity           an event of the key that says same_incident_as target
//   t K identity rule             the event's revision that the rule, over cells, has told of
//   s K rule number               a standing warning
//   o rule K number               a warning that says silent or unknown; value: which
//   b K rule                      absence: time of the newest event, and of the timer that is set
//   a rule time K                 absence: deadline of a key
//   w rule time K anchor          a timeline waits for time
//   d rule                        times by which deadlines of a rule were decided and read
//   x time K rule number          a warning expires
//   h K                           events of a key before this time may have been removed
//   c time K, k K                 clean-up of a key, and that it is set, as it is for all that are
//   held q spec                        number of the keys of a spec that are held, if there are any
//   j                             what a change of rules has left to do, and rules that rest
//   y rule K                      a key that was reconciled before its turn
//   u rule                        what a rule has left to spend, if it is not all
//
// Bytes that do not decode turn status() to DataLoss and read as absent; the step then ends with
// it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>

#include "lib/base/state.h"
#include "lib/correlation/compiled.h"
#include "lib/correlation/episodes.h"
#include "lib/domain/warning.h"

namespace tocsin {

// What is known of a standing warning without reading its content.
struct StandingHead {
  int64_t number = 0;
  WarningId id;
  Time from, to;       // of the episode; an open absence has `to` kNever
  bool ended = false;  // cancelled or merged: kept so that its id is not given twice
  bool expired = false;
};

struct Standing {
  StandingHead head;
  Warning warning;  // as last written
};

// Where the first timer of a queue can be at the earliest: scans of a store start there instead of
// among the deletions that fired timers left. A cache: losing it costs time only.
using TimerHints = std::map<std::string, std::string>;

class Store {
 public:
  Store(State& state, TimerHints& hints) : state_(state), hints_(hints) {}

  const absl::Status& status() const { return status_; }

  // From here on every entry of a timeline that is looked at is charged; null: none is. A scan ends
  // when the budget does.
  void Charge(Budget* budget) { budget_ = budget; }

  // --- Events of a key.
  struct Held {
    Time time;
    int32_t revision = 0;
  };
  std::optional<Held> Find(const KeyContext& key, const Identity& identity);
  std::optional<KeyedEvent> Read(const KeyContext& key, const Identity& identity);
  void PutEvent(const KeyContext& key, const KeyedEvent& event);
  void EraseEvent(const KeyContext& key, const KeyedEvent& event);
  std::vector<CorrelationKey> KeysHolding(const Identity& identity);
  // Times of the events that refer to the identity as the same incident, transitively.
  std::set<Time> ReferrerTimes(const KeyContext& key, const Identity& identity);

  // The revision of an event of the key of which the rule has told; goes with the event.
  std::optional<int32_t> ReadTold(const KeyContext& key, const Identity& identity,
                                  const RuleId& rule);
  void PutTold(const KeyContext& key, const Identity& identity, const RuleId& rule,
               int32_t revision);

  // Members of S with from <= time < to in order, until `visit` returns false. `selections`: only
  // events that may meet one of these.
  using MemberVisitor = absl::FunctionRef<bool(Member&&)>;
  void ScanMembers(const CompiledPack& pack, const CompiledRule& rule, const KeyContext& key,
                   Time from, Time to, uint32_t selections, MemberVisitor visit);
  // All of them, with their incidents if the rule counts these.
  std::vector<Member> Members(const CompiledPack& pack, const CompiledRule& rule,
                              const KeyContext& key, Time from, Time to);
  // The events of a key before `to`, by time, but for some; and whether the key has others.
  struct Past {
    std::vector<KeyedEvent> events;
    bool others = false;
  };
  Past EventsBefore(const KeyContext& key, Time to, const std::set<Identity>& but);

  // Events of the key before this may have been removed; absent if none were.
  std::optional<Time> ReadRemoved(const KeyContext& key);
  void PutRemoved(const KeyContext& key, Time before);
  void EraseRemoved(const KeyContext& key);
  // Every key that has events, in order.
  std::vector<CorrelationKey> Keys();
  // The first key after `after` (KeyContext::bytes; empty: from the beginning) that has events or
  // standing warnings; of this spec, or of any if it is empty.
  std::optional<CorrelationKey> NextKey(const std::string& spec, const std::string& after);

  // --- Standing warnings, by number: in the order of their first issue.
  std::vector<StandingHead> Heads(const KeyContext& key, const RuleId& rule);
  // Those of every rule that has any, in one pass.
  std::map<RuleId, std::vector<StandingHead>> HeadsOfAll(const KeyContext& key);
  std::optional<Standing> ReadStanding(const KeyContext& key, const RuleId& rule, int64_t number);
  // All of them that have not ended.
  std::vector<Standing> NotEnded(const KeyContext& key, const RuleId& rule);
  void PutStanding(const KeyContext& key, const RuleId& rule, const Standing& standing);
  void EraseStanding(const KeyContext& key, const RuleId& rule, int64_t number);
  // Rules that have warnings of the key, ended ones too.
  std::set<RuleId> RulesOf(const KeyContext& key);

  struct OpenAbsence {
    CorrelationKey key;
    int64_t number = 0;
    std::string state;
  };
  std::vector<OpenAbsence> OpenAbsences(const RuleId& rule);
  void PutOpenAbsence(const KeyContext& key, const RuleId& rule, int64_t number,
                      const std::string& absence_state);
  void EraseOpenAbsence(const KeyContext& key, const RuleId& rule, int64_t number);

  // --- Timers. Due ones have a time before `limit`; they are erased as they are returned.
  struct AbsenceClock {
    std::optional<Time> newest, armed;
  };
  AbsenceClock ReadAbsenceClock(const KeyContext& key, const RuleId& rule);
  void PutAbsenceClock(const KeyContext& key, const RuleId& rule, const AbsenceClock& clock);
  void ArmAbsence(const KeyContext& key, const RuleId& rule, Time deadline);
  void DisarmAbsence(const KeyContext& key, const RuleId& rule, Time deadline);
  std::vector<CorrelationKey> DueAbsences(const RuleId& rule, Time limit);

  // Of timelines; several may be set for one key, and one that came to nothing does no harm.
  struct DueWake {
    CorrelationKey key;
    Time anchor;
  };
  void ArmWake(const KeyContext& key, const RuleId& rule, const Wake& wake);
  std::vector<DueWake> DueWakes(const RuleId& rule, Time limit);
  // The greatest times that deadlines of a rule were decided by: see Silence.
  struct Decided {
    std::optional<Time> decided, read;
  };
  Decided ReadDecided(const RuleId& rule);
  void PutDecided(const RuleId& rule, const Decided& decided);
  void EraseDecided(const RuleId& rule);

  struct Expiry {
    CorrelationKey key;
    RuleId rule;
    int64_t number = 0;
  };
  void ArmExpiry(const KeyContext& key, const RuleId& rule, int64_t number, Time expires);
  void DisarmExpiry(const KeyContext& key, const RuleId& rule, int64_t number, Time expires);
  std::vector<Expiry> DueExpiries(Time limit);

  // For a key that will have something: it is held from now on, until its clean-up finds nothing.
  // False: it was not, and as many as `most` of its spec are.
  bool HoldKey(const KeyContext& key, Time cleanup, int64_t most);
  // Sets the clean-up of a key if none is set.
  void ArmCleanup(const KeyContext& key, Time time);
  std::vector<CorrelationKey> DueCleanups(Time limit);

 private:
  Identity IncidentOf(const CompiledPack& pack, const CompiledRule& rule, const KeyContext& key,
                      const KeyedEvent& event);
  int64_t KeysHeld(const std::string& spec);
  void PutKeysHeld(const std::string& spec, int64_t keys);
  void PutTimer(const std::string& queue, const std::string& timer);
  // Keys after the queue's prefix, in order of time.
  std::vector<std::string> TakeDue(const std::string& queue, Time limit);
  void Lost(std::string_view key);

  State& state_;
  TimerHints& hints_;
  absl::Status status_;
  Budget* budget_ = nullptr;
};

}  // namespace tocsin
