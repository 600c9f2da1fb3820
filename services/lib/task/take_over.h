// Which semantics version told what there is, as the committed offsets say, and whether a state may
// go on from there: docs/decisions/0024. Not for use outside lib/task.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "lib/base/state.h"
#include "lib/task/task_runner.h"

namespace tocsin::task_internal {

// Beside a committed offset: the version that committed it has told all there is of the source from
// `since` on. What is before was told by another, or a person gave it up.
struct OffsetNote {
  std::string semantics;
  int64_t since = 0;
  friend bool operator==(const OffsetNote&, const OffsetNote&) = default;
};
std::string EncodeOffsetNote(const OffsetNote& note);
// nullopt: there is none, or it is not ours. Tools that set offsets leave none.
std::optional<OffsetNote> ParseOffsetNote(std::string_view text);

// The notes of one task's inputs.
using OffsetNotes = std::map<SourceId, std::string>;

// Returns what stands beside the offsets from here on. A state of a former version that stands
// where `committed` does becomes one of this version. FailedPrecondition (blocked by kOtherBuild),
// and nothing is written: between the state and the offsets lies what another version told, and
// only that one can tell what it was.
//
// `anew`: a person has given up what was told before. Nothing is blocked then.
absl::StatusOr<OffsetNotes> TakeOver(const TaskOptions& options, const CommittedOffsets& committed,
                                     bool anew, State& state);

}  // namespace tocsin::task_internal
