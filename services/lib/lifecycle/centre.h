// What holds at one JOC as a whole: a function of that JOC's actions alone, in the order of their
// log, as a warning's life is. Pure and total.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <absl/status/statusor.h>

#include "lib/lifecycle/centre_action.h"
#include "lib/lifecycle/lifecycle.h"

namespace tocsin {

struct SilenceSet {
  SilenceFilter filter;
  std::string person;
  std::string reason;
  Time set = kUnknownTime;
  Time expires = kUnknownTime;
  std::string countersigned_by;  // empty: of no effect on Extreme warnings
  Time ended = kUnknownTime;     // before its time, by somebody

  Time end() const { return ended == kUnknownTime ? expires : std::min(ended, expires); }
  bool HoldsAt(Time now) const { return now < end(); }
  friend auto operator<=>(const SilenceSet&, const SilenceSet&) = default;
};

struct OnWatch {
  std::string person;
  Time since = kUnknownTime;
  friend auto operator<=>(const OnWatch&, const OnWatch&) = default;
};

struct HandOverNote {
  std::string offer;
  std::string from, to;
  std::string note;
  Time offered = kUnknownTime;
  Time was_signed = kUnknownTime;  // by the second
  friend auto operator<=>(const HandOverNote&, const HandOverNote&) = default;
};

struct Centre {
  int64_t actions = 0;  // applied
  // By id. Those that are over stay until there is need for their place: what they kept quiet has
  // to be woken.
  std::map<std::string, SilenceSet> silences;
  std::map<std::string, OnWatch> on_watch;  // by desk
  std::optional<HandOverNote> offered;
  std::optional<HandOverNote> handed_over;
  // The last action ids and what came of them, oldest first: a repetition does nothing.
  std::deque<std::pair<std::string, Outcome>> seen;
  friend auto operator<=>(const Centre&, const Centre&) = default;
};

inline constexpr size_t kMostSilences = 64;  // that hold
inline constexpr size_t kMostSilencesKept = 256;
inline constexpr size_t kMostDesks = 256;
inline constexpr size_t kMostSeen = 1024;
inline constexpr Duration kLongestSilence = std::chrono::hours(7 * 24);

struct AppliedToCentre {
  Centre centre;  // as before where the action is ignored, but for `seen`
  Outcome outcome = Outcome::kApplied;
};

// `joc`: the mission whose topic the record was read from.
AppliedToCentre Apply(const Centre& centre, const CentreAction& action, const MissionId& joc);

// What came of an action; nothing for one that was not read, or long ago.
std::optional<Outcome> OutcomeOf(const Centre& centre, const std::string& action_id);

// For stores. Equal centres have equal bytes. DataLoss: the bytes are of no centre.
std::string Encode(const Centre& centre);
absl::StatusOr<Centre> DecodeCentre(std::string_view bytes);

}  // namespace tocsin
