// What the router demands of a record before it uses it. Ingest has validated what came through it;
// this keeps foreign bytes on a topic from doing harm.
#pragma once

#include <optional>
#include <string_view>

#include <absl/status/status.h>

#include "lib/domain/event.h"
#include "lib/domain/keyed.h"

namespace tocsin {

// Topics of a mission carry its events and count as sources of time; others (rules) do not.
// "mission.<id>.<stream>.v<n>" gives the mission; nothing for every other name.
std::optional<MissionId> MissionOfTopic(std::string_view topic);

// InvalidArgument names the field: an identity that is none, another mission's event, a time that
// no calendar has, a point off the globe. A withdrawal needs no content.
absl::Status CheckRoutable(const SourceId& source, const Event& event);
// The same of a warning that comes back: an identity or a type of no warning, a time that no
// calendar has. One that stands no more needs no content.
absl::Status CheckRoutable(const SourceId& source, const Match& match);

// The topic that such warnings come through.
inline constexpr char kMatchesStream[] = "fusion.matches.v1";

}  // namespace tocsin
