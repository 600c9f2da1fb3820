#include "lib/lifecycle/lifecycle.h"

#include <utility>

#include "lib/base/canonical.h"

namespace tocsin {
namespace {

constexpr int64_t kFormat = 1;

Outcome Judge(const Lifecycle& lifecycle, const Action& action) {
  if (action.expect >= 0 && action.expect != lifecycle.actions) {
    return Outcome::kExpectMismatch;
  }
  // A later revision may be acknowledged anew: what an Update changed is another thing to have
  // seen.
  if (lifecycle.state == LifecycleState::kAcknowledged &&
      action.warning_revision <= lifecycle.acknowledged_revision) {
    return Outcome::kAlreadyAcknowledged;
  }
  return Outcome::kApplied;
}

}  // namespace

std::string_view NameOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kApplied:
      return "applied";
    case Outcome::kForeignMission:
      return "foreign_mission";
    case Outcome::kNoPerson:
      return "no_person";
    case Outcome::kMalformed:
      return "malformed";
    case Outcome::kDuplicate:
      return "duplicate";
    case Outcome::kExpectMismatch:
      return "expect_mismatch";
    case Outcome::kAlreadyAcknowledged:
      return "already_acknowledged";
  }
  return "unknown";
}

Applied Apply(const Lifecycle& lifecycle, const Action& action, const MissionId& joc) {
  // A record that is nobody's to write leaves no trace: not even its id counts as seen.
  if (joc.empty() || action.mission != joc) {
    return {lifecycle, Outcome::kForeignMission};
  }
  if (action.person.empty()) {
    return {lifecycle, Outcome::kNoPerson};
  }
  if (action.action_id.empty() || action.warning.empty() ||
      action.kind != ActionKind::kAcknowledge) {
    return {lifecycle, Outcome::kMalformed};
  }
  if (lifecycle.seen.count(action.action_id) > 0) {
    return {lifecycle, Outcome::kDuplicate};
  }
  Applied result{lifecycle, Judge(lifecycle, action)};
  result.lifecycle.seen.emplace(action.action_id, result.outcome);
  if (result.outcome == Outcome::kApplied) {
    Lifecycle& next = result.lifecycle;
    next.state = LifecycleState::kAcknowledged;
    ++next.actions;
    next.acknowledged_by = action.person;
    next.acknowledged_desk = action.desk;
    next.acknowledged = action.acted;
    next.acknowledged_revision = action.warning_revision;
    next.comment = action.comment;
  }
  return result;
}

std::string Encode(const Lifecycle& lifecycle) {
  CanonicalWriter out;
  out.Int64(kFormat)
      .Int64(static_cast<int64_t>(lifecycle.state))
      .Int64(lifecycle.actions)
      .Bytes(lifecycle.acknowledged_by)
      .Bytes(lifecycle.acknowledged_desk)
      .TimeOf(lifecycle.acknowledged)
      .Int64(lifecycle.acknowledged_revision)
      .Bytes(lifecycle.comment)
      .Int64(static_cast<int64_t>(lifecycle.seen.size()));
  for (const auto& [id, outcome] : lifecycle.seen) {
    out.Bytes(id).Int64(static_cast<int64_t>(outcome));
  }
  return out.Take();
}

absl::StatusOr<Lifecycle> DecodeLifecycle(std::string_view bytes) {
  CanonicalReader in(bytes);
  const int64_t format = in.Int64();
  Lifecycle lifecycle;
  const int64_t state = in.Int64();
  lifecycle.actions = in.Int64();
  lifecycle.acknowledged_by = in.Bytes();
  lifecycle.acknowledged_desk = in.Bytes();
  lifecycle.acknowledged = in.TimeOf();
  const int64_t revision = in.Int64();
  lifecycle.comment = in.Bytes();
  const int64_t seen = in.Int64();
  bool known = true;
  for (int64_t i = 0; i < seen && in.ok(); ++i) {
    std::string id = in.Bytes();
    const int64_t outcome = in.Int64();
    known = known && outcome >= 0 && outcome <= static_cast<int64_t>(Outcome::kAlreadyAcknowledged);
    lifecycle.seen.emplace(std::move(id), static_cast<Outcome>(outcome));
  }
  if (!known || !in.ok() || !in.done() || format != kFormat || lifecycle.actions < 0 || seen < 0 ||
      revision < 0 || revision > INT32_MAX ||
      (state != static_cast<int64_t>(LifecycleState::kNew) &&
       state != static_cast<int64_t>(LifecycleState::kAcknowledged))) {
    return absl::DataLossError("the stored bytes are of no lifecycle");
  }
  lifecycle.state = static_cast<LifecycleState>(state);
  lifecycle.acknowledged_revision = static_cast<int32_t>(revision);
  return lifecycle;
}

}  // namespace tocsin
