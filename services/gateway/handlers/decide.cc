#include "gateway/rules_service.h"
#include "lib/base/status_macros.h"

namespace tocsin::gateway {
namespace {

constexpr char kMethod[] = "Decide";

absl::Status Answer(const std::string& id, const ReadState& state, v1::DecideResponse& response) {
  TOCSIN_ASSIGN_OR_RETURN(*response.mutable_proposal(), FindKept(id, state));
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<PublicationEntry> history, PublicationHistory(state));
  for (const PublicationEntry& entry : history) {
    if (entry.kind == PublicationKind::kProposal && entry.proposal.id == id) {
      *response.mutable_entry() = ToProto(entry);
    }
  }
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* RulesService::Decide(grpc::CallbackServerContext* context,
                                               const v1::DecideRequest* request,
                                               v1::DecideResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<Principal> caller = RulesCallerOf(room_, *context, Act::kPublishRules);
  if (!caller.ok()) return Finish(room_.room, kMethod, reactor, caller.status());
  Confirmation confirmation;
  confirmation.proposal_id = request->proposal_id();
  confirmation.confirmed = request->confirm();
  confirmation.by = PersonOf(*caller);
  confirmation.reason = request->reason();
  confirmation.decided = NowOnThisMachine();
  return Write(kMethod, reactor, {confirmation},
               [response, id = confirmation.proposal_id](const ReadState& state) {
                 return Answer(id, state, *response);
               });
}

}  // namespace tocsin::gateway
