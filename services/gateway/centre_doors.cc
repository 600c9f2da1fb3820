// The doors to what holds at the JOC as a whole.
#include <algorithm>
#include <map>

#include "gateway/centre_request.h"
#include "gateway/doors.h"
#include "gateway/how_many.h"
#include "gateway/render.h"
#include "gateway/view.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/lifecycle/quiet.h"
#include "lib/wire/centre.h"
#include "lib/wire/warning_kind.h"

namespace tocsin::gateway {
namespace {

constexpr Duration kLastDay = std::chrono::hours(24);
constexpr Duration kLastWatch = std::chrono::hours(12);

bool Waits(const v1::WarningView& view) {
  return view.lifecycle().state() == v1::LIFECYCLE_STATE_NEW;
}

}  // namespace

v1::Centre Doors::Centre(const Principal& principal) const {
  v1::Centre centre = ToProto(*view_.centre(), clock_());
  for (v1::ActiveSilence& silence : *centre.mutable_silences()) {
    auto& ids = *silence.mutable_filter()->mutable_warning_ids();
    ids.erase(
        std::remove_if(ids.begin(), ids.end(),
                       [&](const std::string& id) { return !NumberOf(principal, WarningId(id)); }),
        ids.end());
  }
  return centre;
}

std::optional<Outcome> Doors::OutcomeOf(const std::string& action_id) const {
  return tocsin::OutcomeOf(*view_.centre(), action_id);
}

absl::StatusOr<std::string> Doors::PersonOf(const Principal& caller) const {
  if (caller.role != Role::kWatchDesk) return caller.name;
  const auto centre = view_.centre();
  const auto found = centre->on_watch.find(caller.name);
  if (found == centre->on_watch.end()) {
    return absl::FailedPreconditionError(
        StrCat("nobody is logged on at the desk ", caller.name, "; log on first"));
  }
  return found->second.person;
}

absl::StatusOr<v1::PreviewSilenceResponse> Doors::Preview(
    const Principal& principal, const v1::PreviewSilenceRequest& request) const {
  TOCSIN_RETURN_IF_ERROR(Check(request.filter()));
  TOCSIN_ASSIGN_OR_RETURN(const int most, HowMany("most", request.most()));
  const SilenceFilter filter = FromProto(request.filter());
  const Time day_ago = clock_() - kLastDay;
  v1::PreviewSilenceResponse response;
  view_.ScanNewest("", [&](std::string_view, const View::Record& record) {
    if (!Selects(filter, AudibleOf(record.warning))) return true;
    std::optional<v1::WarningView> shown = Show(principal, record.warning);
    if (!shown) return true;
    if (view_.FirstIssued(WarningId(record.warning.id())) >= day_ago) {
      response.set_last_day_count(response.last_day_count() + 1);
    }
    if (!Stands(*shown)) return true;
    response.set_standing_count(response.standing_count() + 1);
    if (record.warning.severity() >= v1::SEVERITY_EXTREME) {
      response.set_extreme_count(response.extreme_count() + 1);
    }
    if (response.standing_size() < most) *response.add_standing() = *std::move(shown);
    return true;
  });
  return response;
}

absl::StatusOr<v1::ShiftResponse> Doors::Shift(const Principal& principal,
                                               const v1::ShiftRequest& request) const {
  TOCSIN_ASSIGN_OR_RETURN(const int most, HowMany("most", request.most()));
  if (request.since_us() < 0) return absl::InvalidArgumentError("since_us: before 1970");
  const auto& last = view_.centre()->handed_over;
  const Time since = request.since_us() > 0 ? FromMicros(request.since_us())
                     : last                 ? last->was_signed
                                            : clock_() - kLastWatch;
  v1::ShiftResponse response;
  response.set_since_us(ToMicros(since));
  *response.mutable_centre() = Centre(principal);
  std::multimap<int64_t, v1::ShiftEntry> latest;  // by time
  view_.ScanNewest("", [&](std::string_view, const View::Record& record) {
    const std::optional<v1::WarningView> shown = Show(principal, record.warning);
    if (!shown) return true;
    const v1::Warning& warning = shown->warning();
    if (Stands(*shown) && warning.status() == v1::STATUS_ACTUAL) {
      response.set_standing(response.standing() + 1);
      if (Waits(*shown)) response.set_waiting(response.waiting() + 1);
    }
    VisitHistory(principal, WarningId(warning.id()), 0, [&](size_t, v1::WarningHistoryEntry entry) {
      if (entry.logged_us() < ToMicros(since)) return true;
      if (entry.has_revision()) DropEvidence(*entry.mutable_revision());
      v1::ShiftEntry one;
      one.set_warning_id(warning.id());
      one.set_number(warning.number());
      *one.mutable_entry() = std::move(entry);
      latest.emplace(one.entry().logged_us(), std::move(one));
      if (latest.size() <= static_cast<size_t>(most)) return true;
      latest.erase(latest.begin());
      response.set_left_out(response.left_out() + 1);
      return true;
    });
    return true;
  });
  for (auto& [logged, entry] : latest) *response.add_entries() = std::move(entry);
  return response;
}

}  // namespace tocsin::gateway
