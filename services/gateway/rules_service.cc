#include "gateway/rules_service.h"

#include <utility>

#include <absl/time/clock.h>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {
namespace {

v1::PublicationKind KindOf(PublicationKind kind) {
  switch (kind) {
    case PublicationKind::kFirst:
      return v1::PUBLICATION_KIND_FIRST;
    case PublicationKind::kProposal:
      return v1::PUBLICATION_KIND_PROPOSAL;
    case PublicationKind::kAcceptance:
      return v1::PUBLICATION_KIND_ACCEPTANCE;
  }
  return v1::PUBLICATION_KIND_UNSPECIFIED;
}

v1::ProposalState StateOf(const KeptProposal& kept, const Activation& active) {
  switch (kept.state) {
    case ProposalState::kOpen:
      return kept.proposal.base_digest == BasisOf(active) ? v1::PROPOSAL_STATE_OPEN
                                                          : v1::PROPOSAL_STATE_OVERTAKEN;
    case ProposalState::kConfirmed:
      return v1::PROPOSAL_STATE_CONFIRMED;
    case ProposalState::kRefused:
      return v1::PROPOSAL_STATE_REFUSED;
  }
  return v1::PROPOSAL_STATE_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<Principal> RulesCallerOf(const RulesRoom& room,
                                        const grpc::CallbackServerContext& context, Act act) {
  TOCSIN_ASSIGN_OR_RETURN(Principal caller, CallerOf(room.room, context, act));
  if (!room.ready) {
    return absl::UnavailableError("the gateway is still reading the rules; try again");
  }
  return caller;
}

Person PersonOf(const Principal& caller) { return {caller.mission, caller.name}; }

Time NowOnThisMachine() { return FromMicros(absl::ToUnixMicros(absl::Now())); }

v1::PublicationEntry ToProto(const PublicationEntry& entry) {
  v1::PublicationEntry proto;
  proto.set_kind(KindOf(entry.kind));
  proto.set_digest(entry.activation.digest);
  proto.set_base_digest(BasisOf(entry.activation));
  proto.set_at_us(ToMicros(entry.at));
  if (entry.kind == PublicationKind::kProposal) {
    *proto.mutable_proposal() = ToProto(entry.proposal);
    *proto.mutable_confirmation() = ToProto(entry.confirmation);
  }
  for (const RuleId& rule : entry.added) proto.add_added(rule.str());
  for (const RuleId& rule : entry.changed) proto.add_changed(rule.str());
  for (const RuleId& rule : entry.removed) proto.add_removed(rule.str());
  for (const std::string& kind : entry.documents) proto.add_documents(kind);
  if (entry.kind == PublicationKind::kAcceptance) {
    *proto.mutable_acceptance() = ToProto(entry.acceptance);
  }
  return proto;
}

v1::KeptProposal ToProto(const KeptProposal& kept, const Activation& active) {
  v1::KeptProposal proto;
  *proto.mutable_proposal() = ToProto(kept.proposal);
  proto.set_state(StateOf(kept, active));
  if (kept.state != ProposalState::kOpen) {
    *proto.mutable_decision() = ToProto(kept.decision);
  }
  return proto;
}

absl::StatusOr<v1::KeptProposal> FindKept(const std::string& id, const ReadState& state) {
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<Activation> active, InEffect(state));
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<KeptProposal> kept, FindProposal(id, state));
  if (!kept) return absl::NotFoundError(StrCat("proposal_id: there is no proposal '", id, "'"));
  return ToProto(*kept, active.value_or(Activation{}));
}

grpc::ServerUnaryReactor* RulesService::Write(const char* method, grpc::ServerUnaryReactor* reactor,
                                              const std::vector<RulesInput>& records, Tell tell) {
  // The log decides; this only keeps it free of what is known to be refused.
  if (const absl::Status known = room_.log.Try(records); !known.ok()) {
    return Finish(room_.room, method, reactor, known);
  }
  room_.room.in_flight.Begin();
  room_.writer.Write(
      records, [this, method, reactor, tell = std::move(tell)](const absl::Status& judged) {
        Finish(room_.room, method, reactor, judged.ok() ? room_.log.Read(tell) : judged);
        room_.room.in_flight.End();
      });
  return reactor;
}

}  // namespace tocsin::gateway
