// What the twin's kinds share: the members of one key, and what a kind finds in them. Each kind is
// its definition in docs/rules.md written down directly, over the whole history at once.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cases.h"

namespace tocsin::property {

using Names = std::vector<std::string>;

// An event of S: the event and the names of the selections it meets.
struct Item {
  const KeyedEvent* event;
  std::set<std::string> names;
};

struct Found {
  std::vector<Item> evidence;
  std::vector<int64_t> metres;  // near
  std::string measure;          // "name=value", several joined by ';' in the order of the content
  std::string severity, state;
  int64_t onset = 0;
  bool open = false;               // never expires
  std::optional<int64_t> until;    // divergence: what the lifetime counts from
  std::vector<std::string> ahead;  // movement: areas
};

// All of S of one key.
struct Whole {
  const TwinRule& rule;
  std::map<std::string, std::string> key;
  std::vector<Item> items;
  const Tick& last;
};

// A warning that stands, with what composites ask of it.
struct Stands {
  std::string rule, status;  // id; actual, or the exercise
  std::map<std::string, std::string> key;
  Found found;
  int64_t from = 0, to = 0;
  int classification = 0, tlp = 0;  // the strictest of its label and its evidence's
  std::set<std::string> areas, corridors, actors, missions;
  std::vector<std::string> rests_on;  // composite: "rule:selection", sorted
};
std::vector<Stands> StandingOf(const TwinRule& rule, const std::vector<KeyedEvent>& events,
                               const Tick& last);
// The composites among the rules of `rule`.
std::vector<Stands> Composites(const TwinRule& rule, const std::vector<KeyedEvent>& events,
                               const Tick& last);

std::vector<Found> Counts(const Whole& whole);
std::vector<Found> Nears(const Whole& whole);
std::vector<Found> Absences(const Whole& whole);
std::vector<Found> Sequences(const Whole& whole);
std::vector<Found> Divergences(const Whole& whole);
std::vector<Found> Surges(const Whole& whole);
std::vector<Found> Movements(const Whole& whole);

int64_t TimeOfEvent(const KeyedEvent& event);  // microseconds
Names ValuesOf(const KeyedEvent& event, const std::string& field);
bool Has(const Names& names, const std::string& name);
// Unions of sets of indices that share an element, transitively.
std::vector<std::set<size_t>> Joined(std::vector<std::set<size_t>> sets);
int64_t Metres(const Point& a, const Point& b);
std::string IncidentOf(const Item& item, const std::vector<Item>& all);

// Whether a source that can carry events of the rule is there, and one of them is unknown, at the
// last tick; and the time up to which all that counts has been read by then.
struct Known {
  bool any = false, unknown = false;
  int64_t upto = 0;
};
Known KnownAt(const TwinRule& rule, const Tick& last);

}  // namespace tocsin::property
