#include "gateway/rules_service.h"
#include "lib/base/status_macros.h"

namespace tocsin::gateway {
namespace {

constexpr char kMethod[] = "Accept";

absl::Status Answer(const RuleId& id, const ReadState& state, v1::AcceptResponse& response) {
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<Activation> active, InEffect(state));
  if (!active) return absl::InternalError("nothing is in effect after an acceptance");
  TOCSIN_ASSIGN_OR_RETURN(const Pack pack, PackOf(*active, state));
  response.set_digest(active->digest);
  const Rule* const rule = pack.FindRule(id);
  for (const MissionId& mission : pack.live_missions) {
    if (rule != nullptr && pack.HasTaken(mission, *rule)) response.add_live_for(mission.str());
  }
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* RulesService::Accept(grpc::CallbackServerContext* context,
                                               const v1::AcceptRequest* request,
                                               v1::AcceptResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<Principal> caller = RulesCallerOf(room_, *context, Act::kAcceptRules);
  if (!caller.ok()) return Finish(room_.room, kMethod, reactor, caller.status());
  Acceptance acceptance;
  acceptance.id = request->acceptance_id();
  acceptance.rule = RuleId(request->rule_id());
  acceptance.mission = room_.room.mission;
  acceptance.live = request->live();
  acceptance.by = PersonOf(*caller);
  acceptance.accepted = NowOnThisMachine();
  return Write(kMethod, reactor, {acceptance},
               [response, rule = acceptance.rule](const ReadState& state) {
                 return Answer(rule, state, *response);
               });
}

}  // namespace tocsin::gateway
