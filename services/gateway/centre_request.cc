#include "gateway/centre_request.h"

#include <algorithm>

#include "gateway/act_request.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/lifecycle/centre.h"
#include "lib/sharing/decide.h"
#include "lib/wire/centre.h"

namespace tocsin::gateway {
namespace {

constexpr int kMostEntries = 200;

// When the silence ends; kUnknownTime where it does not say.
Time EndOf(const v1::Silence& silence, Time now) {
  return silence.lasts_s() > 0 ? now + std::chrono::seconds(silence.lasts_s())
                               : FromMicros(silence.expires_us());
}

absl::Status CheckSilence(const v1::Silence& silence, const std::string& reason, Time now) {
  TOCSIN_RETURN_IF_ERROR(Check(silence.filter()));
  if (reason.empty()) return absl::InvalidArgumentError("comment: a silence without a reason");
  const int64_t longest = std::chrono::duration_cast<std::chrono::seconds>(kLongestSilence).count();
  if (silence.lasts_s() < 0 || silence.lasts_s() > longest) {
    return absl::InvalidArgumentError(
        StrCat("silence.lasts_s: must be 1 to ", longest, " seconds, or 0"));
  }
  if (silence.lasts_s() > 0 && silence.expires_us() != 0) {
    return absl::InvalidArgumentError("silence.lasts_s: expires_us is given as well");
  }
  if (silence.lasts_s() == 0 && silence.expires_us() <= 0) {
    return absl::InvalidArgumentError("silence.expires_us: a silence has an end");
  }
  const Time end = EndOf(silence, now);
  if (end <= now) return absl::InvalidArgumentError("silence.expires_us: has passed already");
  if (end - now > kLongestSilence) {
    return absl::InvalidArgumentError("silence.expires_us: more than 7 days from now");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Check(const v1::SilenceFilter& filter) {
  for (const auto& [field, entries] :
       {std::pair("warning_ids", filter.warning_ids_size()),
        std::pair("rule_ids", filter.rule_ids_size()), std::pair("areas", filter.areas_size())}) {
    if (entries > kMostEntries) {
      return absl::InvalidArgumentError(
          StrCat("filter.", field, ": ", entries, " entries are more than ", kMostEntries));
    }
  }
  if (filter.warning_ids().empty() && filter.rule_ids().empty() && filter.areas().empty()) {
    return absl::InvalidArgumentError(
        "filter: must name warnings, rules or areas; a silence of everything is none");
  }
  if (!v1::Severity_IsValid(filter.severity_max())) {
    return absl::InvalidArgumentError("filter.severity_max: is no severity");
  }
  return absl::OkStatus();
}

absl::Status Check(const v1::ActForCentreRequest& request, Time now) {
  TOCSIN_RETURN_IF_ERROR(CheckActionId(request.action_id()));
  TOCSIN_RETURN_IF_ERROR(CheckComment(request.comment()));
  const v1::CentreDetail& detail = request.detail();
  switch (detail.what_case()) {
    case v1::CentreDetail::kSilence:
      return CheckSilence(detail.silence(), request.comment(), now);
    case v1::CentreDetail::kCountersign:
      return detail.countersign().silence_id().empty()
                 ? absl::InvalidArgumentError("countersign.silence_id: is missing")
                 : absl::OkStatus();
    case v1::CentreDetail::kEndSilence:
      return detail.end_silence().silence_id().empty()
                 ? absl::InvalidArgumentError("end_silence.silence_id: is missing")
                 : absl::OkStatus();
    case v1::CentreDetail::kLogOn:
      return detail.log_on().person().empty() || IsPersonName(detail.log_on().person())
                 ? absl::OkStatus()
                 : absl::InvalidArgumentError(
                       "log_on.person: must be 1 to 64 of [a-z0-9.-], beginning with a letter or "
                       "digit");
    case v1::CentreDetail::kHandOver:
      if (!IsPersonName(detail.hand_over().to())) {
        return absl::InvalidArgumentError(
            "hand_over.to: must be 1 to 64 of [a-z0-9.-], beginning with a letter or digit");
      }
      return request.comment().empty()
                 ? absl::InvalidArgumentError("comment: a watch is handed over with a note")
                 : absl::OkStatus();
    case v1::CentreDetail::kSignHandOver:
      return detail.sign_hand_over().offer_id().empty()
                 ? absl::InvalidArgumentError("sign_hand_over.offer_id: is missing")
                 : absl::OkStatus();
    case v1::CentreDetail::kLogOff:
      return absl::OkStatus();
    case v1::CentreDetail::WHAT_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("detail: nothing to do that this gateway knows");
}

CentreDetail DetailOf(const v1::ActForCentreRequest& request, Time now) {
  v1::CentreDetail detail = request.detail();
  if (detail.has_silence()) {
    detail.mutable_silence()->set_expires_us(ToMicros(EndOf(detail.silence(), now)));
  }
  return FromProto(detail);
}

}  // namespace tocsin::gateway
