// Random rules and random histories, and how a history is told to the engine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/domain/keyed.h"
#include "lib/domain/warning.h"
#include "random.h"

namespace tocsin::property {

enum class Kind {
  kEventCount,
  kValueCount,
  kNear,
  kAbsence,
  kSchedule,
  kDivergence,
  kTemporal,
  kTemporalOrdered,
  kSurge,
  kMovement,
  kComposite
};

// A rule as the twin has it; the engine gets it as YAML.
struct TwinSelection {
  std::string name;
  std::vector<std::string> types;
  std::vector<std::string> natures;
  std::vector<std::string> missions, classes, roles;
  int64_t killed = 0;
  std::vector<std::string> rules;  // composite
  std::string min_severity;        // empty: any
};
struct TwinSequence {
  std::vector<std::string> steps, equal, differ, until;
  std::string between_field;  // differ_between; empty if there is none
  std::vector<std::string> between;
  int64_t gap_minutes = 0;  // 0: none
  bool latest = false;
  std::string then_no;
  int64_t then_minutes = 0;
};
struct TwinRule {
  std::string id = "rule";
  Kind kind = Kind::kEventCount;
  std::vector<std::string> group_by;
  std::vector<TwinSelection> selections;
  int64_t minutes = 0;                                      // window, within, every, stands
  std::vector<std::pair<std::string, int64_t>> severities;  // ascending
  std::string field;
  bool tumbling = false;
  std::string distinct_field;  // counts: empty if there is none
  int64_t distinct = 0;
  int64_t settle_minutes = 0;  // absence
  int64_t radius_km = 0;
  bool cells = false;  // near: the engine spreads its search over cells
  int64_t baseline_minutes = 0, half_life_minutes = 0, least = 0;  // surge; minutes: bucket
  std::string false_alarms;
  int64_t ahead_minutes = 0, least_sightings = 0;  // movement
  std::vector<std::string> address;
  int64_t lifetime_minutes = 0;
  TwinSequence sequence;
  std::string daily_by;  // absence by schedule; else empty
  std::string sides;     // divergence
  int64_t longer_minutes = 0;
  std::vector<TwinRule> inner;  // composite: all the rules below it, each after those it selects
};

// Of surge; RandomRule, ToYaml and RandomHistory call these.
void RandomSurgeRule(TwinRule& rule, Random& random);
std::string SurgeYaml(const TwinRule& rule);
Interval RandomSurgeTime(Random& random, Time start);

// Of composite.
void RandomComposite(TwinRule& rule, Random& random);

TwinRule RandomRule(Kind kind, Random& random);
std::string ToYaml(const TwinRule& rule);

// What temporal and temporal_ordered have of their own: group_by is there already.
void RandomSequence(TwinRule& rule, Random& random);
std::string SequenceYaml(const TwinRule& rule);
// Of movement: what is different about its rules, its condition, and its histories.
void MakeMovementRule(Random& random, TwinRule& rule);
std::string MovementCondition(const TwinRule& rule);

// One step of a history, before the router.
struct Op {
  enum class What { kFile, kWithdraw, kRepeat, kTick, kRestart } what = What::kFile;
  KeyedEvent event;         // kFile: revision is counted when it is told; kWithdraw: identity
  bool everywhere = false;  // kWithdraw: without keys
  Tick tick;
};

// Ends with a tick at which every source is at its end or unknown.
std::vector<Op> RandomHistory(Kind kind, Random& random);

// The reports of a history that is made become sightings of groups on the move.
void MakeMoving(Random& random, std::vector<Op>& ops);

std::string Describe(const Op& op);

}  // namespace tocsin::property
