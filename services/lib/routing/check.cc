#include "lib/routing/check.h"

#include <chrono>
#include <cmath>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"

namespace tocsin {
namespace {

// Years 1 to 9999: sums and differences of such times never overflow.
constexpr Time kLeastTime = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
constexpr Time kGreatestTime = std::chrono::sys_days(std::chrono::year(9999) / 12 / 31);

absl::Status Bad(std::string_view field, std::string_view why) {
  return absl::InvalidArgumentError(StrCat(field, ": ", why));
}

absl::Status CheckTime(std::string_view field, Time t) {
  if (t < kLeastTime || t > kGreatestTime) return Bad(field, "is outside the years 1 to 9999");
  return absl::OkStatus();
}

absl::Status CheckInterval(std::string_view field, const Interval& interval) {
  TOCSIN_RETURN_IF_ERROR(CheckTime(StrCat(field, ".from_us"), interval.from));
  TOCSIN_RETURN_IF_ERROR(CheckTime(StrCat(field, ".to_us"), interval.to));
  if (interval.from > interval.to) return Bad(field, "ends before it begins");
  return absl::OkStatus();
}

absl::Status CheckPlace(std::string_view field, const std::optional<Point>& point,
                        double uncertainty_m) {
  if (point) {
    if (!std::isfinite(point->latitude) || std::fabs(point->latitude) > 90) {
      return Bad(StrCat(field, ".point.latitude"), "must be a number from -90 to 90");
    }
    if (!std::isfinite(point->longitude) || std::fabs(point->longitude) > 180) {
      return Bad(StrCat(field, ".point.longitude"), "must be a number from -180 to 180");
    }
  }
  if (!std::isfinite(uncertainty_m) || uncertainty_m < 0) {
    return Bad(StrCat(field, ".uncertainty_m"), "must be a number of metres, not negative");
  }
  return absl::OkStatus();
}

absl::Status CheckIdentity(const SourceId& source, const Event& event) {
  if (event.identity.mission.empty()) return Bad("mission", "is empty");
  if (event.identity.id.empty()) return Bad("id", "is empty");
  const std::optional<MissionId> owner = MissionOfTopic(source.topic);
  if (!owner) return Bad("mission", "events come from the topics of missions only");
  if (*owner != event.identity.mission) {
    return Bad("mission", "is not the mission whose topic this is");
  }
  if (event.revision < 1) return Bad("revision", "must be at least 1");
  if (event.revision_kind == RevisionKind::kUnspecified) return Bad("revision_kind", "is missing");
  return absl::OkStatus();
}

// An event that is in a match of a rule over cells.
absl::Status CheckTold(const Match& match) {
  const KeyedEvent& event = match.event;
  if (match.withdrawn) return Bad("withdrawn", "is of warnings only");
  if (event.warning || event.identity.mission.str() == kWarningsMission) {
    return Bad("event", "is a warning, which no rule over cells tells of");
  }
  if (event.identity.mission.empty() || event.identity.id.empty()) {
    return Bad("event.identity", "needs a mission and an id");
  }
  if (event.revision < 1) return Bad("event.revision", "must be at least 1");
  if (event.status == Status::kUnspecified) return Bad("event.status", "is missing");
  if (event.type.empty()) return Bad("event.type", "is empty");
  if (event.nature == Nature::kUnspecified) return Bad("event.nature", "is missing");
  TOCSIN_RETURN_IF_ERROR(CheckTime("event.accepted_us", event.accepted));
  TOCSIN_RETURN_IF_ERROR(CheckInterval("event.observed", event.observed));
  if (event.valid) TOCSIN_RETURN_IF_ERROR(CheckInterval("event.valid", *event.valid));
  return CheckPlace("event", event.point, event.uncertainty_m);
}

}  // namespace

std::optional<MissionId> MissionOfTopic(std::string_view topic) {
  constexpr std::string_view kPrefix = "mission.";
  if (!topic.starts_with(kPrefix)) return std::nullopt;
  topic.remove_prefix(kPrefix.size());
  const size_t end = topic.find('.');
  if (end == 0 || end == std::string_view::npos) return std::nullopt;
  return MissionId(topic.substr(0, end));
}

absl::Status CheckRoutable(const SourceId& source, const Event& event) {
  TOCSIN_RETURN_IF_ERROR(CheckIdentity(source, event));
  TOCSIN_RETURN_IF_ERROR(CheckTime("accepted_us", event.accepted));
  if (event.revision_kind == RevisionKind::kWithdraw) return absl::OkStatus();
  if (event.status == Status::kUnspecified) return Bad("status", "is missing");
  if ((event.status == Status::kExercise) == event.exercise_id.empty()) {
    return Bad("exercise_id", "is given with status Exercise and with no other");
  }
  if (event.type.empty()) return Bad("type", "is empty");
  if (event.nature == Nature::kUnspecified) return Bad("nature", "is missing");
  TOCSIN_RETURN_IF_ERROR(CheckInterval("observed.interval", event.observed));
  if (event.valid) TOCSIN_RETURN_IF_ERROR(CheckInterval("valid", *event.valid));
  TOCSIN_RETURN_IF_ERROR(CheckTime("reported_us", event.reported));
  return CheckPlace("place", event.place.point, event.place.uncertainty_m);
}

absl::Status CheckRoutable(const SourceId& source, const Match& match) {
  const KeyedEvent& event = match.event;
  if (source.topic != kMatchesStream)
    return Bad("match", StrCat("comes from ", kMatchesStream, " only"));
  if (!match.told_by.empty()) return CheckTold(match);
  if (event.identity.mission.str() != kWarningsMission || event.identity.id.empty()) {
    return Bad("event.identity", "is not that of a warning");
  }
  if (event.revision < 1) return Bad("event.revision", "must be at least 1");
  TOCSIN_RETURN_IF_ERROR(CheckTime("event.accepted_us", event.accepted));
  TOCSIN_RETURN_IF_ERROR(CheckInterval("event.observed", event.observed));
  if (match.withdrawn) return absl::OkStatus();
  if (!event.warning) return Bad("event.warning", "is missing");
  if (event.type != StrCat(kWarningTypes, event.warning->rule.str())) {
    return Bad("event.type", "is not that of the warning's rule");
  }
  if (event.status == Status::kUnspecified) return Bad("event.status", "is missing");
  return CheckTime("event.warning.onset_us", event.warning->onset);
}

}  // namespace tocsin
