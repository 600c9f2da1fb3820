#include <utility>

#include "gateway/act_request.h"
#include "gateway/service.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/wire/lifecycle.h"

namespace tocsin::gateway {
namespace {

constexpr char kMethod[] = "Act";

absl::Status SomebodyElseWasFirst(const Lifecycle& lifecycle) {
  return absl::FailedPreconditionError(
      StrCat("expect: does not hold, ", lifecycle.actions,
             " actions have been applied; somebody else was first"));
}

// What the log made of the action; nothing where it has not been read.
std::optional<Outcome> OutcomeOf(const Lifecycle& lifecycle, const std::string& action_id) {
  const auto seen = lifecycle.seen.find(action_id);
  return seen == lifecycle.seen.end() ? std::nullopt : std::optional(seen->second);
}

absl::Status Answer(const Lifecycle& lifecycle, Outcome outcome, v1::ActResponse& response) {
  switch (outcome) {
    case Outcome::kExpectMismatch:
      return SomebodyElseWasFirst(lifecycle);
    case Outcome::kResolved:
      return absl::FailedPreconditionError(StrCat("detail: the warning was resolved by ",
                                                  lifecycle.resolved_by,
                                                  "; it has to be reopened first"));
    case Outcome::kTooMany:
      return absl::ResourceExhaustedError(StrCat("detail: a warning has at most ", kMostUnits,
                                                 " units and ", kMostLinks, " links"));
    default:
      // Also where it was so already: the answer says by whom.
      *response.mutable_lifecycle() = ToProto(lifecycle);
      response.set_changed(outcome == Outcome::kApplied);
      return absl::OkStatus();
  }
}

// What is written, of a request that was checked, on a warning that the caller has got.
absl::StatusOr<Action> ActionOf(const Room& room, const Principal& caller,
                                const v1::ActRequest& request, const v1::WarningView& view) {
  const v1::Warning& warning = view.warning();
  v1::ActRequest resolved = request;
  if (resolved.detail().has_link()) {
    const auto other = room.doors.Get(caller, request.detail().link().warning_id());
    if (!other.ok()) {
      return absl::Status(other.status().code(), StrCat("link.", other.status().message()));
    }
    if (other->warning().id() == warning.id()) {
      return absl::InvalidArgumentError("link.warning_id: the warning itself");
    }
    resolved.mutable_detail()->mutable_link()->set_warning_id(other->warning().id());
  }
  if (request.has_revision() &&
      (request.revision() < 1 || request.revision() > warning.revision())) {
    return absl::InvalidArgumentError(
        StrCat("revision: must be 1 to ", warning.revision(), ", the last one"));
  }
  Action action;
  action.acted = room.clock();
  action.detail = DetailOf(resolved, action.acted);
  action.action_id = request.action_id();
  action.mission = caller.mission;
  action.warning = WarningId(warning.id());
  TOCSIN_ASSIGN_OR_RETURN(action.person, room.doors.PersonOf(caller));
  action.desk = caller.role == Role::kWatchDesk ? caller.name : caller.mission.str();
  action.comment = request.comment();
  action.expect = request.has_expect() ? request.expect() : -1;
  action.warning_revision = request.has_revision() ? request.revision() : warning.revision();
  action.status = static_cast<Status>(warning.status());
  action.exercise_id = warning.exercise_id();
  return action;
}

// The part before writing: the warning, or the answer if there is nothing to write.
absl::StatusOr<v1::WarningView> Prepare(const Room& room, const Principal& caller,
                                        const v1::ActRequest& request) {
  TOCSIN_RETURN_IF_ERROR(Check(request));
  return room.doors.Get(caller, request.warning_id());
}

// The part after it, when the view has the action or cannot be waited for.
absl::Status Complete(const Room& room, const v1::WarningView& view, const std::string& action_id,
                      const absl::Status& written, v1::ActResponse& response) {
  TOCSIN_RETURN_IF_ERROR(written);
  const Lifecycle lifecycle = room.doors.LifecycleOf(view);
  const auto outcome = OutcomeOf(lifecycle, action_id);
  return outcome ? Answer(lifecycle, *outcome, response)
                 : absl::InternalError("the action was read back and ignored");
}

}  // namespace

grpc::ServerUnaryReactor* Service::Act(grpc::CallbackServerContext* context,
                                       const v1::ActRequest* request, v1::ActResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<Principal> caller = CallerOf(room_, *context, Act::kActOnWarnings);
  if (!caller.ok()) return Finish(room_, kMethod, reactor, caller.status());
  const absl::StatusOr<v1::WarningView> view = Prepare(room_, *caller, *request);
  if (!view.ok()) return Finish(room_, kMethod, reactor, view.status());
  const absl::StatusOr<Action> action = ActionOf(room_, *caller, *request, *view);
  if (!action.ok()) return Finish(room_, kMethod, reactor, action.status());

  const Lifecycle lifecycle = room_.doors.LifecycleOf(*view);
  if (const auto outcome = OutcomeOf(lifecycle, request->action_id())) {
    return Finish(room_, kMethod, reactor, Answer(lifecycle, *outcome, *response));
  }
  // The log decides; this only keeps it free of what is known to be refused.
  if (request->has_expect() && request->expect() != lifecycle.actions) {
    return Finish(room_, kMethod, reactor, SomebodyElseWasFirst(lifecycle));
  }
  room_.in_flight.Begin();
  room_.actions.Write(*action, [this, reactor, response, view = *view,
                                action_id = request->action_id()](const absl::Status& written) {
    Finish(room_, kMethod, reactor, Complete(room_, view, action_id, written, *response));
    room_.in_flight.End();
  });
  return reactor;
}

}  // namespace tocsin::gateway
