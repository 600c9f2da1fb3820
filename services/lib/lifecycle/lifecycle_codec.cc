#include <utility>

#include "lib/base/canonical.h"
#include "lib/lifecycle/lifecycle.h"

namespace tocsin {
namespace {

constexpr int64_t kFormat = 6;

// An enumerator of 0..last; anything else makes `good` false.
template <class E>
E ReadEnum(CanonicalReader& in, E last, bool& good) {
  const int64_t value = in.Int64();
  good = good && value >= 0 && value <= static_cast<int64_t>(last);
  return static_cast<E>(value);
}

// How many items follow; no more than the bytes could hold, as each takes some.
int64_t ReadCount(CanonicalReader& in, bool& good) {
  const int64_t count = in.Int64();
  good = good && count >= 0;
  return good ? count : 0;
}

}  // namespace

std::string Encode(const Lifecycle& life) {
  CanonicalWriter out;
  out.Int64(kFormat)
      .Int64(static_cast<int64_t>(life.state))
      .Int64(life.actions)
      .Bytes(life.acknowledged_by)
      .Bytes(life.acknowledged_desk)
      .TimeOf(life.acknowledged)
      .TimeOf(life.acknowledgement_expires)
      .Int64(life.acknowledged_revision)
      .TimeOf(life.waiting_since)
      .Bytes(life.owner)
      .Bytes(life.assigned_by)
      .Int64(static_cast<int64_t>(life.level))
      .TimeOf(life.escalated)
      .Bytes(life.escalated_by)
      .Bytes(life.resolved_by)
      .TimeOf(life.resolved)
      .Int64(life.resolved_revision)
      .Int64(static_cast<int64_t>(life.verdict))
      .Bytes(life.verdict_by)
      .Bytes(life.comment)
      .Bytes(life.comment_by)
      .Int64(static_cast<int64_t>(life.responses.size()));
  for (const auto& [unit, response] : life.responses) {
    out.Bytes(unit)
        .TimeOf(response.tasked)
        .TimeOf(response.on_scene)
        .TimeOf(response.ended)
        .Bytes(response.result)
        .Bytes(response.told_by);
  }
  out.Int64(static_cast<int64_t>(life.links.size()));
  for (const WarningId& link : life.links) out.Bytes(link.str());
  out.Int64(static_cast<int64_t>(life.predecessors.size()));
  for (const WarningId& predecessor : life.predecessors) out.Bytes(predecessor.str());
  const Quiet quiet = life.quiet.value_or(Quiet());
  out.Int64(life.quiet ? 1 : 0)
      .Int64(static_cast<int64_t>(quiet.reason))
      .Bytes(quiet.by)
      .TimeOf(quiet.until)
      .TimeOf(life.rang);
  out.Int64(static_cast<int64_t>(life.seen.size()));
  for (const auto& [id, outcome] : life.seen) {
    out.Bytes(id).Int64(static_cast<int64_t>(outcome));
  }
  return out.Take();
}

absl::StatusOr<Lifecycle> DecodeLifecycle(std::string_view bytes) {
  CanonicalReader in(bytes);
  Lifecycle life;
  bool good = in.Int64() == kFormat;
  life.state = ReadEnum(in, LifecycleState::kResolved, good);
  life.actions = in.Int64();
  life.acknowledged_by = in.Bytes();
  life.acknowledged_desk = in.Bytes();
  life.acknowledged = in.TimeOf();
  life.acknowledgement_expires = in.TimeOf();
  const int64_t revision = in.Int64();
  life.waiting_since = in.TimeOf();
  life.owner = in.Bytes();
  life.assigned_by = in.Bytes();
  life.level = ReadEnum(in, EscalationLevel::kChiefOfStaff, good);
  life.escalated = in.TimeOf();
  life.escalated_by = in.Bytes();
  life.resolved_by = in.Bytes();
  life.resolved = in.TimeOf();
  const int64_t resolved_revision = in.Int64();
  life.verdict = ReadEnum(in, Verdict::kFalseAlarm, good);
  life.verdict_by = in.Bytes();
  life.comment = in.Bytes();
  life.comment_by = in.Bytes();
  for (int64_t left = ReadCount(in, good); left > 0 && in.ok(); --left) {
    std::string unit = in.Bytes();
    Response response;
    response.tasked = in.TimeOf();
    response.on_scene = in.TimeOf();
    response.ended = in.TimeOf();
    response.result = in.Bytes();
    response.told_by = in.Bytes();
    life.responses.emplace(std::move(unit), std::move(response));
  }
  for (int64_t left = ReadCount(in, good); left > 0 && in.ok(); --left) {
    life.links.emplace(in.Bytes());
  }
  for (int64_t left = ReadCount(in, good); left > 0 && in.ok(); --left) {
    life.predecessors.emplace(in.Bytes());
  }
  const bool is_quiet = in.Int64() != 0;
  Quiet quiet;
  quiet.reason = ReadEnum(in, QuietReason::kDigested, good);
  quiet.by = in.Bytes();
  quiet.until = in.TimeOf();
  if (is_quiet) life.quiet = std::move(quiet);
  life.rang = in.TimeOf();
  for (int64_t left = ReadCount(in, good); left > 0 && in.ok(); --left) {
    std::string id = in.Bytes();
    life.seen.emplace(std::move(id), ReadEnum(in, Outcome::kGone, good));
  }
  good = good && in.ok() && in.done() && life.actions >= 0 && revision >= 0 &&
         revision <= INT32_MAX && resolved_revision >= 0 && resolved_revision <= INT32_MAX &&
         life.state != LifecycleState::kUnspecified && life.level != EscalationLevel::kUnspecified;
  if (!good) return absl::DataLossError("the stored bytes are of no lifecycle");
  life.acknowledged_revision = static_cast<int32_t>(revision);
  life.resolved_revision = static_cast<int32_t>(resolved_revision);
  return life;
}

}  // namespace tocsin
