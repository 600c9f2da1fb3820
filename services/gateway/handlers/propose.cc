#include <algorithm>

#include "gateway/rules_service.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/correlation/horizon.h"
#include "lib/rules/document_store.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {
namespace {

constexpr char kMethod[] = "Propose";

struct Prepared {
  Proposal proposal;
  std::vector<RulesInput> records;  // documents that are not there yet, then the proposal
};

// A rule that reaches back further than the topics are kept would lose what it needs with the
// state.
absl::Status CheckHorizon(const std::vector<Document>& documents,
                          const std::vector<MissionId>& live, const RulesLog& log) {
  const RulesLog::Retention retention = log.retention();
  if (retention.empty()) {
    return absl::UnavailableError("for how long topics are kept is not known yet; try again");
  }
  const absl::StatusOr<Pack> pack = ParsePack(documents, live);
  if (!pack.ok()) return absl::OkStatus();  // said by whoever judges the proposal
  const absl::Status kept = CheckRetention(FindLongestRule(*pack), retention);
  return kept.ok() ? kept : absl::InvalidArgumentError(StrCat("documents: ", kept.message()));
}

absl::StatusOr<Prepared> Prepare(const RulesRoom& room, const Principal& caller,
                                 const v1::ProposeRequest& request) {
  Prepared prepared;
  Proposal& proposal = prepared.proposal;
  proposal.id = request.proposal_id();
  proposal.base_digest = request.base_digest();
  proposal.author = PersonOf(caller);
  proposal.reason = request.reason();
  proposal.proposed = NowOnThisMachine();
  if (request.has_burden()) {
    TOCSIN_ASSIGN_OR_RETURN(proposal.burden, FromProto(request.burden()));
  }
  for (const std::string& mission : request.live_missions()) {
    proposal.live_missions.emplace_back(mission);
  }
  if (proposal.live_missions.empty()) {
    TOCSIN_RETURN_IF_ERROR(room.log.Read([&](const ReadState& state) -> absl::Status {
      TOCSIN_ASSIGN_OR_RETURN(const std::optional<Activation> active, InEffect(state));
      if (active) proposal.live_missions = active->live_missions;
      return absl::OkStatus();
    }));
  }
  std::sort(proposal.live_missions.begin(), proposal.live_missions.end());
  std::vector<Document> documents;
  for (const v1::Document& one : request.documents()) {
    TOCSIN_ASSIGN_OR_RETURN(Document document, FromProto(one));
    proposal.documents.push_back(RefOf(document));
    if (!room.log.Has(document)) prepared.records.emplace_back(document);
    documents.push_back(std::move(document));
  }
  std::sort(proposal.documents.begin(), proposal.documents.end());
  TOCSIN_RETURN_IF_ERROR(CheckHorizon(documents, proposal.live_missions, room.log));
  prepared.records.emplace_back(proposal);
  return prepared;
}

}  // namespace

grpc::ServerUnaryReactor* RulesService::Propose(grpc::CallbackServerContext* context,
                                                const v1::ProposeRequest* request,
                                                v1::ProposeResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<Principal> caller = RulesCallerOf(room_, *context, Act::kPublishRules);
  if (!caller.ok()) return Finish(room_.room, kMethod, reactor, caller.status());
  const absl::StatusOr<Prepared> prepared = Prepare(room_, *caller, *request);
  if (!prepared.ok()) return Finish(room_.room, kMethod, reactor, prepared.status());
  return Write(kMethod, reactor, prepared->records,
               [response, id = prepared->proposal.id](const ReadState& state) -> absl::Status {
                 TOCSIN_ASSIGN_OR_RETURN(*response->mutable_proposal(), FindKept(id, state));
                 return absl::OkStatus();
               });
}

}  // namespace tocsin::gateway
