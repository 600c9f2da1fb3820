#include "gateway/act_request.h"

#include <algorithm>

#include <absl/strings/ascii.h>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/wire/lifecycle.h"

namespace tocsin::gateway {
namespace {

constexpr size_t kLongestActionId = 128;
constexpr size_t kLongestComment = 2000;
constexpr size_t kLongestUnit = 80;
constexpr size_t kLongestPerson = 64;
constexpr int64_t kLongestLease = int64_t{30} * 24 * 3600;

bool HasControl(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

// As in a certificate: 1 to 64 of [a-z0-9.-], beginning with a letter or digit.
bool IsPerson(const std::string& name) {
  return !name.empty() && name.size() <= kLongestPerson && name[0] != '.' && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '.' || c == '-';
         });
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
  switch (request.detail_case()) {
    case v1::ActRequest::kAcknowledge:
      return Check(request.acknowledge());
    case v1::ActRequest::kAssign:
      if (!request.assign().person().empty() && !IsPerson(request.assign().person())) {
        return absl::InvalidArgumentError(
            StrCat("assign.person: must be 1 to ", kLongestPerson,
                   " of [a-z0-9.-], beginning with a letter or digit, or empty for nobody"));
      }
      return absl::OkStatus();
    case v1::ActRequest::kRemark:
      return request.comment().empty()
                 ? absl::InvalidArgumentError("comment: a remark without words")
                 : absl::OkStatus();
    case v1::ActRequest::kEscalate:
      if (request.escalate().to() <= v1::ESCALATION_LEVEL_DUTY_OFFICER ||
          !v1::EscalationLevel_IsValid(request.escalate().to())) {
        return absl::InvalidArgumentError(
            "escalate.to: must be deputy, chief JOC or chief of staff");
      }
      return absl::OkStatus();
    case v1::ActRequest::kMark:
      return v1::Verdict_IsValid(request.mark().verdict())
                 ? absl::OkStatus()
                 : absl::InvalidArgumentError(
                       "mark.verdict: must be useful or a false alarm, or "
                       "unspecified to take it back");
    case v1::ActRequest::kRespond:
      return Check(request.respond());
    case v1::ActRequest::kResolve:
    case v1::ActRequest::kReopen:
    case v1::ActRequest::kLink:
      return absl::OkStatus();
    case v1::ActRequest::DETAIL_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("detail: nothing to do that this gateway knows");
}

}  // namespace

absl::Status Check(const v1::ActRequest& request) {
  const std::string& id = request.action_id();
  const bool good =
      !id.empty() && id.size() <= kLongestActionId && std::all_of(id.begin(), id.end(), [](char c) {
        return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == ':' || c == '/' || c == '-';
      });
  if (!good) {
    return absl::InvalidArgumentError(
        StrCat("action_id: must be 1 to ", kLongestActionId, " of [A-Za-z0-9._:/-]"));
  }
  if (request.comment().size() > kLongestComment) {
    return absl::InvalidArgumentError(StrCat("comment: longer than ", kLongestComment, " bytes"));
  }
  if (request.has_expect() && request.expect() < 0) {
    return absl::InvalidArgumentError("expect: less than nothing");
  }
  return CheckDetail(request);
}

ActionDetail DetailOf(const v1::ActRequest& request, Time now) {
  // The two messages have the same details, by number: what is in one goes into the other.
  v1::Action action;
  switch (request.detail_case()) {
    case v1::ActRequest::kAcknowledge:
      *action.mutable_acknowledge() = request.acknowledge();
      if (request.acknowledge().lasts_s() > 0) {
        action.mutable_acknowledge()->set_expires_us(
            ToMicros(now + std::chrono::seconds(request.acknowledge().lasts_s())));
      }
      break;
    case v1::ActRequest::kAssign:
      *action.mutable_assign() = request.assign();
      break;
    case v1::ActRequest::kRemark:
      *action.mutable_remark() = request.remark();
      break;
    case v1::ActRequest::kEscalate:
      *action.mutable_escalate() = request.escalate();
      break;
    case v1::ActRequest::kResolve:
      *action.mutable_resolve() = request.resolve();
      break;
    case v1::ActRequest::kReopen:
      *action.mutable_reopen() = request.reopen();
      break;
    case v1::ActRequest::kLink:
      *action.mutable_link() = request.link();
      break;
    case v1::ActRequest::kMark:
      *action.mutable_mark() = request.mark();
      break;
    case v1::ActRequest::kRespond:
      *action.mutable_respond() = request.respond();
      if (request.respond().at_us() == 0) action.mutable_respond()->set_at_us(ToMicros(now));
      break;
    case v1::ActRequest::DETAIL_NOT_SET:
      break;
  }
  return FromProto(action).detail;
}

}  // namespace tocsin::gateway
