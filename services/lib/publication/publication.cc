#include "lib/publication/publication.h"

#include <algorithm>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/publication/kept.h"
#include "lib/publication/next.h"
#include "lib/rules/document_store.h"

namespace tocsin {

using publication_internal::AcceptanceDocument;
using publication_internal::AllLive;
using publication_internal::CheckBudgets;
using publication_internal::CheckOverrides;
using publication_internal::CheckVersions;
using publication_internal::FindAcceptance;
using publication_internal::KeepAcceptance;
using publication_internal::KeepEntry;
using publication_internal::KeepProposal;
using publication_internal::MakeActivation;
using publication_internal::StaysLive;
using publication_internal::TellDifference;

namespace {

constexpr size_t kLongestId = 64;
constexpr size_t kLongestReason = 2000;

absl::Status CheckId(std::string_view field, const std::string& id) {
  const bool good =
      !id.empty() && id.size() <= kLongestId && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
      });
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError(
      StrCat(field, ": must be 1 to ", kLongestId, " lower-case letters, digits or '-'"));
}

absl::Status CheckPerson(std::string_view field, const Person& person) {
  if (!person.mission.empty() && !person.name.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat(field, ": names nobody"));
}

absl::Status CheckReason(std::string_view field, const std::string& reason, bool needed) {
  if (reason.size() > kLongestReason) {
    return absl::InvalidArgumentError(StrCat(field, ": longer than ", kLongestReason, " bytes"));
  }
  if (!needed || !reason.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat(field, ": is missing; say why"));
}

absl::StatusOr<Activation> SomethingInEffect(std::string_view field, const ReadState& state) {
  TOCSIN_ASSIGN_OR_RETURN(std::optional<Activation> active, InEffect(state));
  if (active) return *std::move(active);
  return absl::InvalidArgumentError(
      StrCat(field, ": no rules are in effect yet; those of the deployment come first"));
}

absl::Status CheckBase(const Proposal& proposal, const Activation& active) {
  const std::string basis = BasisOf(active);
  if (proposal.base_digest == basis) return absl::OkStatus();
  return absl::InvalidArgumentError(
      StrCat("proposal.base_digest: is ", proposal.base_digest, ", and in effect is ", basis,
             ": somebody else was first; look at what changed, and propose it again from there"));
}

// Equal but for the moment: the same request, tried again.
bool SameButTime(Proposal a, const Proposal& b) {
  a.proposed = b.proposed;
  return a == b;
}

}  // namespace

absl::StatusOr<std::optional<Activation>> Publication::Step(const RulesInput& record,
                                                            State& state) const {
  return std::visit([&](const auto& one) { return StepOne(one, state); }, record);
}

absl::StatusOr<Pack> Publication::Judge(std::string_view field,
                                        const std::vector<DocumentRef>& documents,
                                        const std::vector<MissionId>& live,
                                        const ReadState& state) const {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<Document> found,
                          FindDocuments(field, documents, state));
  absl::StatusOr<Pack> pack = ParsePack(found, live);
  absl::Status status = pack.status();
  if (status.ok()) status = CheckNoDrafts(*pack);
  if (status.ok()) status = check_(*pack);
  if (status.ok()) return pack;
  return absl::InvalidArgumentError(StrCat(field, ": ", status.message()));
}

Publication::Effect Publication::StepOne(const Document& document, State& state) const {
  TOCSIN_RETURN_IF_ERROR(KeepDocument(document, state));
  return std::nullopt;
}

Publication::Effect Publication::StepOne(const Activation& activation, State& state) const {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<PublicationEntry> history, PublicationHistory(state));
  if (!history.empty()) {
    // A deployment starts again with what it shipped, whatever has followed since.
    if (history.front().activation.digest == activation.digest) return std::nullopt;
    return absl::InvalidArgumentError(
        StrCat("activation: rules are in effect, begun with ", history.front().activation.digest,
               "; a change of them is a proposal that a second person confirms"));
  }
  PublicationEntry entry;
  entry.activation = MakeActivation(activation.documents, activation.live_missions);
  TOCSIN_RETURN_IF_ERROR(Judge("activation.documents", entry.activation.documents,
                               entry.activation.live_missions, state)
                             .status());
  if (entry.activation.digest != activation.digest) {
    return absl::InvalidArgumentError(
        "activation.digest: is not the digest of its documents and live missions");
  }
  KeepEntry(entry, state);
  return entry.activation;
}

Publication::Effect Publication::StepOne(const Proposal& proposal, State& state) const {
  TOCSIN_RETURN_IF_ERROR(CheckId("proposal.id", proposal.id));
  TOCSIN_RETURN_IF_ERROR(CheckPerson("proposal.author", proposal.author));
  TOCSIN_RETURN_IF_ERROR(CheckReason("proposal.reason", proposal.reason, /*needed=*/true));
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<KeptProposal> known,
                          FindProposal(proposal.id, state));
  if (known) {
    if (SameButTime(known->proposal, proposal)) return std::nullopt;
    return absl::InvalidArgumentError(
        StrCat("proposal.id: ", proposal.id, " is the id of another proposal"));
  }
  TOCSIN_ASSIGN_OR_RETURN(const Activation active, SomethingInEffect("proposal", state));
  TOCSIN_RETURN_IF_ERROR(CheckBase(proposal, active));
  if (ProposedPart(proposal.documents) != proposal.documents) {
    return absl::InvalidArgumentError(
        "proposal.documents: has an acceptance, and which rules are live for a JOC it says itself");
  }
  if (DigestOf(proposal.documents, proposal.live_missions) == proposal.base_digest) {
    return absl::InvalidArgumentError(
        "proposal.documents: are those that are in effect; nothing is different");
  }
  TOCSIN_RETURN_IF_ERROR(
      CheckOverrides("proposal.author", proposal.author, active, proposal.documents));
  if (proposal.live_missions.empty()) {
    return absl::InvalidArgumentError("proposal.live_missions: is empty");
  }
  TOCSIN_ASSIGN_OR_RETURN(const Pack after, Judge("proposal.documents", proposal.documents,
                                                  proposal.live_missions, state));
  TOCSIN_ASSIGN_OR_RETURN(const Pack before, PackOf(active, state));
  TOCSIN_RETURN_IF_ERROR(CheckVersions(before, after));
  if (proposal.burden) TOCSIN_RETURN_IF_ERROR(CheckBudgets(after, *proposal.burden));
  KeepProposal({.proposal = proposal, .state = ProposalState::kOpen, .decision = {}}, state);
  return std::nullopt;
}

Publication::Effect Publication::StepOne(const Confirmation& confirmation, State& state) const {
  TOCSIN_RETURN_IF_ERROR(CheckPerson("confirmation.by", confirmation.by));
  TOCSIN_RETURN_IF_ERROR(CheckReason("confirmation.reason", confirmation.reason, false));
  TOCSIN_ASSIGN_OR_RETURN(std::optional<KeptProposal> kept,
                          FindProposal(confirmation.proposal_id, state));
  if (!kept) {
    return absl::InvalidArgumentError(
        StrCat("confirmation.proposal_id: there is no proposal '", confirmation.proposal_id, "'"));
  }
  if (kept->state != ProposalState::kOpen) {
    const Confirmation& decision = kept->decision;
    if (decision.confirmed == confirmation.confirmed && decision.by == confirmation.by) {
      return std::nullopt;
    }
    return absl::InvalidArgumentError(
        StrCat("confirmation.proposal_id: ", confirmation.proposal_id, " has been ",
               decision.confirmed ? "confirmed" : "refused", " by ", NameOf(decision.by)));
  }
  kept->decision = confirmation;
  if (!confirmation.confirmed) {
    kept->state = ProposalState::kRefused;
    KeepProposal(*kept, state);
    return std::nullopt;
  }
  const Proposal& proposal = kept->proposal;
  if (confirmation.by == proposal.author) {
    return absl::InvalidArgumentError(StrCat("confirmation.by: ", NameOf(confirmation.by),
                                             " is the author; a second person confirms"));
  }
  TOCSIN_ASSIGN_OR_RETURN(const Activation active, SomethingInEffect("confirmation", state));
  TOCSIN_RETURN_IF_ERROR(CheckBase(proposal, active));
  TOCSIN_RETURN_IF_ERROR(
      CheckOverrides("confirmation.by", confirmation.by, active, proposal.documents));
  TOCSIN_ASSIGN_OR_RETURN(const Pack before, PackOf(active, state));
  TOCSIN_ASSIGN_OR_RETURN(const Pack after, Judge("proposal.documents", proposal.documents,
                                                  proposal.live_missions, state));
  std::vector<DocumentRef> documents = proposal.documents;
  for (const MissionId& mission : after.live_missions) {
    const std::set<RuleId> live = StaysLive(before, after, mission);
    if (!before.accepted.contains(mission) && live == AllLive(after)) continue;
    const Document document = AcceptanceDocument(mission, live, active);
    TOCSIN_RETURN_IF_ERROR(KeepDocument(document, state));
    documents.push_back(RefOf(document));
  }
  PublicationEntry entry{.kind = PublicationKind::kProposal,
                         .activation = MakeActivation(std::move(documents), after.live_missions),
                         .at = confirmation.decided,
                         .proposal = proposal,
                         .confirmation = confirmation,
                         .added = {},
                         .changed = {},
                         .removed = {},
                         .documents = {},
                         .acceptance = {}};
  TellDifference(before, after, active, entry);
  kept->state = ProposalState::kConfirmed;
  KeepProposal(*kept, state);
  KeepEntry(entry, state);
  return entry.activation;
}

Publication::Effect Publication::StepOne(const Acceptance& acceptance, State& state) const {
  TOCSIN_RETURN_IF_ERROR(CheckId("acceptance.id", acceptance.id));
  TOCSIN_RETURN_IF_ERROR(CheckPerson("acceptance.by", acceptance.by));
  if (acceptance.by.mission != acceptance.mission) {
    return absl::InvalidArgumentError(StrCat("acceptance.by: ", NameOf(acceptance.by),
                                             " is not of ", acceptance.mission.str(),
                                             ", and a JOC takes a rule live for itself only"));
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<Acceptance> known,
                          FindAcceptance(acceptance.id, state));
  if (known) {
    if (known->rule == acceptance.rule && known->mission == acceptance.mission &&
        known->live == acceptance.live && known->by == acceptance.by) {
      return std::nullopt;
    }
    return absl::InvalidArgumentError(
        StrCat("acceptance.id: ", acceptance.id, " is the id of another acceptance"));
  }
  TOCSIN_ASSIGN_OR_RETURN(const Activation active, SomethingInEffect("acceptance", state));
  TOCSIN_ASSIGN_OR_RETURN(const Pack pack, PackOf(active, state));
  if (std::find(pack.live_missions.begin(), pack.live_missions.end(), acceptance.mission) ==
      pack.live_missions.end()) {
    return absl::InvalidArgumentError(StrCat("acceptance.mission: ", acceptance.mission.str(),
                                             " is not a mission that rules are live for"));
  }
  const Rule* const rule = pack.FindRule(acceptance.rule);
  if (rule == nullptr) {
    return absl::InvalidArgumentError(
        StrCat("acceptance.rule_id: there is no rule '", acceptance.rule.str(), "' in effect"));
  }
  if (!rule->base.empty()) {
    return absl::InvalidArgumentError(
        StrCat("acceptance.rule_id: ", acceptance.rule.str(), " is a mission's own form of ",
               rule->base.str(), ", and live where that is; accept ", rule->base.str()));
  }
  if (rule->shadow) {
    return absl::InvalidArgumentError(StrCat("acceptance.rule_id: ", acceptance.rule.str(),
                                             " is in shadow: its authors publish it live first"));
  }
  if (pack.HasTaken(acceptance.mission, *rule) == acceptance.live) {
    KeepAcceptance(acceptance, state);
    return std::nullopt;
  }
  std::set<RuleId> live = StaysLive(pack, pack, acceptance.mission);
  acceptance.live ? static_cast<void>(live.insert(rule->id))
                  : static_cast<void>(live.erase(rule->id));
  const Document document = AcceptanceDocument(acceptance.mission, live, active);
  std::vector<DocumentRef> documents = active.documents;
  std::erase_if(documents, [&](const DocumentRef& ref) {
    return ref.kind == document.kind && ref.name == document.name;
  });
  documents.push_back(RefOf(document));
  PublicationEntry entry;
  entry.kind = PublicationKind::kAcceptance;
  entry.activation = MakeActivation(std::move(documents), active.live_missions);
  entry.at = acceptance.accepted;
  entry.acceptance = acceptance;
  TOCSIN_RETURN_IF_ERROR(KeepDocument(document, state));
  KeepAcceptance(acceptance, state);
  KeepEntry(entry, state);
  return entry.activation;
}

}  // namespace tocsin
