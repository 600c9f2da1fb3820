#include "gateway/act_request.h"

#include <algorithm>

#include <absl/strings/ascii.h>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/sharing/decide.h"
#include "lib/wire/lifecycle.h"

namespace tocsin::gateway {
namespace {

constexpr size_t kLongestActionId = 128;
constexpr size_t kLongestComment = 2000;
constexpr size_t kLongestUnit = 80;
constexpr int64_t kLongestLease = int64_t{30} * 24 * 3600;

bool HasControl(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

absl::Status Check(const v1::Respond& respond) {
  if (respond.unit().empty() || respond.unit().size() > kLongestUnit ||
      HasControl(respond.unit())) {
    return absl::InvalidArgumentError(
        StrCat("respond.unit: must be 1 to ", kLongestUnit, " bytes of one line"));
  }
  if (respond.stage() == v1::RESPONSE_STAGE_UNSPECIFIED ||
      !v1::ResponseStage_IsValid(respond.stage())) {
    return absl::InvalidArgumentError("respond.stage: must be tasked, on scene or result");
  }
  if (respond.at_us() < 0) {
    return absl::InvalidArgumentError("respond.at_us: before 1970");
  }
  return absl::OkStatus();
}

absl::Status Check(const v1::Acknowledge& acknowledge) {
  if (acknowledge.expires_us() < 0) {
    return absl::InvalidArgumentError("acknowledge.expires_us: before 1970");
  }
  if (acknowledge.lasts_s() < 0 || acknowledge.lasts_s() > kLongestLease) {
    return absl::InvalidArgumentError(
        StrCat("acknowledge.lasts_s: must be 1 to ", kLongestLease, " seconds, or 0"));
  }
  if (acknowledge.lasts_s() > 0 && acknowledge.expires_us() > 0) {
    return absl::InvalidArgumentError("acknowledge.lasts_s: expires_us is given as well");
  }
  return absl::OkStatus();
}

absl::Status CheckDetail(const v1::ActRequest& request) {
  const v1::ActionDetail& detail = request.detail();
  switch (detail.what_case()) {
    case v1::ActionDetail::kAcknowledge:
      return Check(detail.acknowledge());
    case v1::ActionDetail::kAssign:
      if (!detail.assign().person().empty() && !IsPersonName(detail.assign().person())) {
        return absl::InvalidArgumentError(
            "assign.person: must be 1 to 64 of [a-z0-9.-], beginning with a letter or digit, or "
            "empty "
            "for nobody");
      }
      return absl::OkStatus();
    case v1::ActionDetail::kRemark:
      return request.comment().empty()
                 ? absl::InvalidArgumentError("comment: a remark without words")
                 : absl::OkStatus();
    case v1::ActionDetail::kEscalate:
      if (detail.escalate().to() <= v1::ESCALATION_LEVEL_DUTY_OFFICER ||
          !v1::EscalationLevel_IsValid(detail.escalate().to())) {
        return absl::InvalidArgumentError(
            "escalate.to: must be deputy, chief JOC or chief of staff");
      }
      return absl::OkStatus();
    case v1::ActionDetail::kMark:
      return v1::Verdict_IsValid(detail.mark().verdict())
                 ? absl::OkStatus()
                 : absl::InvalidArgumentError(
                       "mark.verdict: must be useful or a false alarm, or "
                       "unspecified to take it back");
    case v1::ActionDetail::kRespond:
      return Check(detail.respond());
    case v1::ActionDetail::kResolve:
    case v1::ActionDetail::kReopen:
    case v1::ActionDetail::kLink:
      return absl::OkStatus();
    case v1::ActionDetail::kLapse:
    case v1::ActionDetail::kInherit:
    case v1::ActionDetail::kQuieten:
    case v1::ActionDetail::kWake:
    case v1::ActionDetail::WHAT_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("detail: nothing to do that this gateway knows");
}

}  // namespace

absl::Status CheckActionId(const std::string& id) {
  const bool good =
      !id.empty() && id.size() <= kLongestActionId && std::all_of(id.begin(), id.end(), [](char c) {
        return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == ':' || c == '/' || c == '-';
      });
  if (!good) {
    return absl::InvalidArgumentError(
        StrCat("action_id: must be 1 to ", kLongestActionId, " of [A-Za-z0-9._:/-]"));
  }
  return absl::OkStatus();
}

absl::Status CheckComment(const std::string& comment) {
  if (comment.size() <= kLongestComment) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat("comment: longer than ", kLongestComment, " bytes"));
}

absl::Status Check(const v1::ActRequest& request) {
  TOCSIN_RETURN_IF_ERROR(CheckActionId(request.action_id()));
  TOCSIN_RETURN_IF_ERROR(CheckComment(request.comment()));
  if (request.has_expect() && request.expect() < 0) {
    return absl::InvalidArgumentError("expect: less than nothing");
  }
  return CheckDetail(request);
}

ActionDetail DetailOf(const v1::ActRequest& request, Time now) {
  v1::ActionDetail detail = request.detail();
  if (detail.has_acknowledge() && detail.acknowledge().lasts_s() > 0) {
    detail.mutable_acknowledge()->set_expires_us(
        ToMicros(now + std::chrono::seconds(detail.acknowledge().lasts_s())));
  }
  if (detail.has_respond() && detail.respond().at_us() == 0) {
    detail.mutable_respond()->set_at_us(ToMicros(now));
  }
  return FromProto(detail);
}

}  // namespace tocsin::gateway
