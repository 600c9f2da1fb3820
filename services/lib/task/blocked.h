// What a task cannot go on from without a person: its log, its topics or its build are not those
// that its state needs. Such a task says so, is not ready, and changes nothing: docs/operating.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <absl/status/status.h>

namespace tocsin {

// Retention has removed what the task has still to read.
inline constexpr std::string_view kLogCut = "log_cut";
// The cluster, or a topic of the name, is another than the one that the state was made from.
inline constexpr std::string_view kOtherTopics = "other_topics";
// The state was made by another semantics version.
inline constexpr std::string_view kOtherBuild = "other_build";
// State, journal and committed offsets contradict one another.
inline constexpr std::string_view kOffsetsMoved = "offsets_moved";

// FailedPrecondition that says what the task is blocked by, one of the above.
absl::Status Blocked(std::string_view reason, const std::string& text);
// nullopt: it is not.
std::optional<std::string> BlockedBy(const absl::Status& status);

// A file that a person makes so that a blocked task begins anew without what is lost.
std::string BeginAnewMark(const std::string& state_folder);

}  // namespace tocsin
