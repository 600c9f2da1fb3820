// What ingest fills in, refuses and flags. Pure: configuration and the clock are passed in.
//
// Refused is only what is unattributable, unreadable or wrongly labelled. Everything else is
// accepted; what a person should look at gets flags and so a place on the desk's triage list.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/domain/event.h"

namespace tocsin {

// What a desk, or one of its feeds, says for those who file with it.
struct FilingDesk {
  MissionId mission;
  std::string zone;                 // IANA, for events without one
  Label floor;                      // an event may only be stricter
  Label default_label;              // for events that carry none
  Status status = Status::kActual;  // for events without one
  std::string exercise_id;          // with Status::kExercise
  std::string source_kind;          // for events without one: "person", "sensor"
};

// What the taxonomy says of one type; the kinds of attributes are as in rules/pack.h: "text",
// "integer", "number", "boolean", or the allowed values joined by '|'.
struct TypeShape {
  bool here = true;  // the type belongs on this stream
  std::map<std::string, std::string> attributes;
};

struct FilingRules {
  std::map<std::string, TypeShape> types;
  // Whether a reported name is in the actor register.
  std::function<bool(std::string_view name)> knows_actor;
};

// Puts the desk's values where the event has none, sorts what is a set, and derives the precision
// of a time from the width of its interval. Returns the flags that this earns:
// "doubtful_time". Idempotent in what it fills.
std::vector<std::string> Fill(Event& event, const FilingDesk& desk);

struct Verdict {
  std::vector<FieldError> errors;  // in the order of the fields; any: the event is refused
  std::vector<std::string> flags;  // sorted
};

// Judges a filled event that no ingest has stamped yet. `now` is the machine's clock, for what
// cannot have been seen yet.
Verdict Validate(const Event& event, const FilingDesk& desk, const FilingRules& rules, Time now);

// How wide an interval is, also when its ends are farther apart than a Duration can say.
Duration WidthOf(const Interval& interval);

// 1..128 characters of [A-Za-z0-9._:/-].
bool IsEventId(std::string_view id);

// Bounds of what is readable.
constexpr size_t kMaxTextBytes = 64 << 10;    // one text
constexpr size_t kMaxAllTextBytes = 1 << 20;  // all texts of an event
constexpr size_t kMaxStringBytes = 4 << 10;   // any other string
constexpr size_t kMaxItems = 64;  // actors, attributes, references, texts, candidates, ...
constexpr int64_t kMaxPeople = 1'000'000'000;
constexpr Duration kMaxAhead = std::chrono::hours(48);

}  // namespace tocsin
