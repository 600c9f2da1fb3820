#include <algorithm>

#include "gateway/rules_service.h"
#include "lib/base/status_macros.h"

namespace tocsin::gateway {
namespace {

absl::Status Answer(const ReadState& state, v1::HistoryResponse& response) {
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<Activation> active, InEffect(state));
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<PublicationEntry> history, PublicationHistory(state));
  for (const PublicationEntry& entry : history) *response.add_entries() = ToProto(entry);
  TOCSIN_ASSIGN_OR_RETURN(std::vector<KeptProposal> proposals, Proposals(state));
  std::stable_sort(proposals.begin(), proposals.end(),
                   [](const KeptProposal& a, const KeptProposal& b) {
                     return a.proposal.proposed < b.proposal.proposed;
                   });
  for (const KeptProposal& kept : proposals) {
    *response.add_proposals() = ToProto(kept, active.value_or(Activation{}));
  }
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* RulesService::History(grpc::CallbackServerContext* context,
                                                const v1::HistoryRequest* /*request*/,
                                                v1::HistoryResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::Status status = RulesCallerOf(room_, *context, Act::kReadRules).status();
  if (status.ok()) {
    status = room_.log.Read([&](const ReadState& state) { return Answer(state, *response); });
  }
  return Finish(room_.room, "History", reactor, status);
}

}  // namespace tocsin::gateway
