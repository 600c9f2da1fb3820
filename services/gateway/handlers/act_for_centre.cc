#include <utility>

#include "gateway/centre_request.h"
#include "gateway/service.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/lifecycle/centre.h"

namespace tocsin::gateway {
namespace {

constexpr char kMethod[] = "ActForCentre";

absl::Status Answer(const Room& room, const Principal& caller, Outcome outcome,
                    v1::ActForCentreResponse& response) {
  switch (outcome) {
    case Outcome::kGone:
      return absl::FailedPreconditionError(
          "detail: there is no such silence or offer any more, or it is for another");
    case Outcome::kTooMany:
      return absl::ResourceExhaustedError(StrCat("detail: a centre has at most ", kMostSilences,
                                                 " silences and ", kMostDesks, " desks at a time"));
    case Outcome::kMalformed:
      return absl::InvalidArgumentError("hand_over.to: must be another person");
    default:
      *response.mutable_centre() = room.doors.Centre(caller);
      response.set_changed(outcome == Outcome::kApplied);
      return absl::OkStatus();
  }
}

// Who it is that acts: the certificate's person, or who is logged on at the desk that it is of.
absl::StatusOr<CentreAction> ActionOf(const Room& room, const Principal& caller,
                                      const v1::ActForCentreRequest& request) {
  CentreAction action;
  action.acted = room.clock();
  TOCSIN_RETURN_IF_ERROR(Check(request, action.acted));
  action.detail = DetailOf(request, action.acted);
  action.action_id = request.action_id();
  action.mission = caller.mission;
  // A person and a device may have the same name.
  action.desk = caller.role == Role::kWatchDesk ? caller.name : StrCat("own/", caller.name);
  action.comment = request.comment();
  if (auto* log_on = std::get_if<LogOn>(&action.detail)) {
    if (caller.role != Role::kWatchDesk && log_on->person.empty()) log_on->person = caller.name;
    if (caller.role != Role::kWatchDesk && log_on->person != caller.name) {
      return absl::InvalidArgumentError("log_on.person: another than the certificate's");
    }
    if (log_on->person.empty()) {
      return absl::InvalidArgumentError("log_on.person: a desk has to say who it is");
    }
    action.person = log_on->person;
    return action;
  }
  TOCSIN_ASSIGN_OR_RETURN(action.person, room.doors.PersonOf(caller));
  return action;
}

absl::Status Complete(const Room& room, const Principal& caller, const std::string& action_id,
                      const absl::Status& written, v1::ActForCentreResponse& response) {
  TOCSIN_RETURN_IF_ERROR(written);
  const auto outcome = room.doors.OutcomeOf(action_id);
  return Answer(room, caller, outcome.value_or(Outcome::kMalformed), response);
}

}  // namespace

grpc::ServerUnaryReactor* Service::ActForCentre(grpc::CallbackServerContext* context,
                                                const v1::ActForCentreRequest* request,
                                                v1::ActForCentreResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const enum Act act =
      request->detail().has_countersign() ? Act::kCountersign : Act::kActOnWarnings;
  const absl::StatusOr<Principal> caller = CallerOf(room_, *context, act);
  if (!caller.ok()) return Finish(room_, kMethod, reactor, caller.status());
  if (const auto outcome = room_.doors.OutcomeOf(request->action_id())) {
    return Finish(room_, kMethod, reactor, Answer(room_, *caller, *outcome, *response));
  }
  const absl::StatusOr<CentreAction> action = ActionOf(room_, *caller, *request);
  if (!action.ok()) return Finish(room_, kMethod, reactor, action.status());
  room_.in_flight.Begin();
  room_.actions.Write(*action, [this, reactor, response, caller = *caller,
                                action_id = request->action_id()](const absl::Status& written) {
    Finish(room_, kMethod, reactor, Complete(room_, caller, action_id, written, *response));
    room_.in_flight.End();
  });
  return reactor;
}

}  // namespace tocsin::gateway
