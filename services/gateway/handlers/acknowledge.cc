#include <algorithm>
#include <utility>

#include <absl/strings/ascii.h>
#include <absl/time/clock.h>

#include "gateway/actions_wire.h"
#include "gateway/service.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"

namespace tocsin::gateway {
namespace {

constexpr char kMethod[] = "Acknowledge";
constexpr size_t kLongestActionId = 128;
constexpr size_t kLongestComment = 2000;

absl::Status Check(const v1::AcknowledgeRequest& request) {
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
  return absl::OkStatus();
}

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

absl::Status Answer(const Lifecycle& lifecycle, Outcome outcome,
                    v1::AcknowledgeResponse& response) {
  if (outcome == Outcome::kExpectMismatch) return SomebodyElseWasFirst(lifecycle);
  // Also where another had acknowledged it before: the answer says who.
  *response.mutable_lifecycle() = ToProto(lifecycle);
  return absl::OkStatus();
}

Action ActionOf(const Principal& caller, const v1::AcknowledgeRequest& request,
                const v1::WarningView& view) {
  Action action;
  action.action_id = request.action_id();
  action.mission = caller.mission;
  action.warning = WarningId(view.warning().id());
  action.kind = ActionKind::kAcknowledge;
  action.person = caller.name;
  action.desk = caller.mission.str();
  action.comment = request.comment();
  action.expect = request.has_expect() ? request.expect() : -1;
  action.warning_revision = view.warning().revision();
  action.acted = FromMicros(absl::ToUnixMicros(absl::Now()));
  action.status = static_cast<Status>(view.warning().status());
  action.exercise_id = view.warning().exercise_id();
  return action;
}

// The part before writing: the warning, or the answer if there is nothing to write.
absl::StatusOr<v1::WarningView> Prepare(const Room& room, const Principal& caller,
                                        const v1::AcknowledgeRequest& request) {
  TOCSIN_RETURN_IF_ERROR(Check(request));
  return room.doors.Get(caller, request.warning_id());
}

// The part after it, when the view has the action or cannot be waited for.
absl::Status Complete(const Room& room, const v1::WarningView& view, const std::string& action_id,
                      const absl::Status& written, v1::AcknowledgeResponse& response) {
  TOCSIN_RETURN_IF_ERROR(written);
  const Lifecycle lifecycle = room.doors.LifecycleOf(view);
  const auto outcome = OutcomeOf(lifecycle, action_id);
  return outcome ? Answer(lifecycle, *outcome, response)
                 : absl::InternalError("the action was read back and ignored");
}

}  // namespace

grpc::ServerUnaryReactor* Service::Acknowledge(grpc::CallbackServerContext* context,
                                               const v1::AcknowledgeRequest* request,
                                               v1::AcknowledgeResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<Principal> caller = CallerOf(room_, *context, Act::kAcknowledge);
  if (!caller.ok()) return Finish(room_, kMethod, reactor, caller.status());
  const absl::StatusOr<v1::WarningView> view = Prepare(room_, *caller, *request);
  if (!view.ok()) return Finish(room_, kMethod, reactor, view.status());

  const Lifecycle lifecycle = room_.doors.LifecycleOf(*view);
  if (const auto outcome = OutcomeOf(lifecycle, request->action_id())) {
    return Finish(room_, kMethod, reactor, Answer(lifecycle, *outcome, *response));
  }
  // The log decides; this only keeps it free of what is known to be refused.
  if (request->has_expect() && request->expect() != lifecycle.actions) {
    return Finish(room_, kMethod, reactor, SomebodyElseWasFirst(lifecycle));
  }
  room_.in_flight.Begin();
  room_.actions.Write(ActionOf(*caller, *request, *view), [this, reactor, response, view = *view,
                                                           action_id = request->action_id()](
                                                              const absl::Status& written) {
    Finish(room_, kMethod, reactor, Complete(room_, view, action_id, written, *response));
    room_.in_flight.End();
  });
  return reactor;
}

}  // namespace tocsin::gateway
