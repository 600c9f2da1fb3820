#include "lib/task/take_over.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include "lib/base/text.h"
#include "lib/task/blocked.h"
#include "lib/task/ledger.h"

namespace tocsin::task_internal {
namespace {

constexpr std::string_view kSince = "since ";
constexpr std::string_view kBy = " by ";

// One input: where the state is, and what is committed.
struct Place {
  const SourceId& source;
  int64_t own = 0;
  int64_t all = 0;
  std::optional<OffsetNote> note;
};

Place PlaceOf(const SourceId& source, const TaskPosition& position,
              const CommittedOffsets& committed) {
  Place place{source, 0, 0, std::nullopt};
  if (const auto it = position.next.find(source); it != position.next.end()) place.own = it->second;
  if (const auto it = committed.find(source); it != committed.end()) {
    place.all = it->second.next;
    place.note = ParseOffsetNote(it->second.note);
  }
  return place;
}

std::string Describe(const TaskOptions& options, const std::string& version, const Place& place) {
  const std::string source = absl::StrCat(place.source.topic, "[", place.source.partition, "]");
  const std::string stands = place.own == 0
                                 ? absl::StrCat("has read nothing of ", source)
                                 : absl::StrCat("is of semantics version ", version,
                                                " and stands at ", place.own, " of ", source);
  return absl::StrCat("the state in ", options.state_folder, " ", stands, ", but ");
}

// Told by this version, though not all of it is this version's to tell.
absl::Status TooOld(const TaskOptions& options, const std::string& version, const Place& place) {
  return Blocked(
      kOtherBuild,
      absl::StrCat(Describe(options, version, place), options.semantics,
                   " has told what there is only since ", place.note->since,
                   ", and what was told before cannot be known any more. It needs a state or a "
                   "checkpoint that ",
                   options.semantics, " made since then"));
}

// Told by another version, or by nobody knows which.
absl::Status NotOurs(const TaskOptions& options, const std::string& version, const Place& place) {
  const std::string by = place.note ? place.note->semantics : version;
  const std::string what =
      absl::StrCat(Describe(options, version, place), place.all, " is committed, by ");
  if (by != options.semantics && !options.upgrades_from.contains(by)) {
    return Blocked(kOtherBuild,
                   absl::StrCat(what, by, ", from which this build, of ", options.semantics,
                                ", does not go on. Start the build of ", by, " instead"));
  }
  const std::string whom = by == options.semantics ? "a build that does not say which" : by;
  return Blocked(kOtherBuild,
                 absl::StrCat(what, whom, ", and this build, of ", options.semantics,
                              ", cannot know what was told of the rest. Start the build of ",
                              by == options.semantics ? "before" : by,
                              " once more and stop it in order: that brings the state up to its "
                              "offsets"));
}

}  // namespace

std::string EncodeOffsetNote(const OffsetNote& note) {
  return absl::StrCat(Av(kSince), note.since, Av(kBy), note.semantics);
}

std::optional<OffsetNote> ParseOffsetNote(std::string_view text) {
  if (!text.starts_with(kSince)) return std::nullopt;
  text.remove_prefix(kSince.size());
  const size_t end = text.find(kBy);
  if (end == std::string_view::npos) return std::nullopt;
  OffsetNote note;
  if (!absl::SimpleAtoi(Av(text.substr(0, end)), &note.since)) return std::nullopt;
  note.semantics = text.substr(end + kBy.size());
  return note;
}

absl::StatusOr<OffsetNotes> TakeOver(const TaskOptions& options, const CommittedOffsets& committed,
                                     bool anew, State& state) {
  const TaskPosition position = ReadPosition(state);
  const std::string version = ReadSemantics(state).value_or(options.semantics);
  const bool ours = version == options.semantics;
  OffsetNotes notes;
  for (const SourceId& input : options.inputs) {
    const Place place = PlaceOf(input, position, committed);
    const bool noted_ours = place.note && place.note->semantics == options.semantics;
    int64_t since = 0;
    if (noted_ours) {
      since = place.note->since;
      if (!anew && (!ours || place.own < since)) return TooOld(options, version, place);
    } else if (anew) {
      // Of one input the state is made from what the log holds, which a loss of the state must not
      // repeat unasked. With a journal it begins where the person was told.
      since = options.journal ? place.own : place.all;
    } else if (place.own == place.all) {
      // Nobody has told anything since.
      since = place.note || !ours ? place.all : 0;
    } else if (place.note || !ours ||
               (position == TaskPosition() && !options.upgrades_from.empty())) {
      return NotOurs(options, version, place);
    }
    notes[input] = EncodeOffsetNote({options.semantics, since});
  }
  if (!ours) WriteSemantics(options.semantics, state);
  return notes;
}

}  // namespace tocsin::task_internal
