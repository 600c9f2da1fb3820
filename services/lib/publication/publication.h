// Who may bring a change of rules about: draft, shadow, live for each JOC. A state machine over the
// records of fusion.rules.v1; docs/publishing-rules.md is what people are told of it.
//
//   the first activation   takes effect when nothing is: so a deployment begins
//   a proposal             waits, if it starts from what is in effect and its rules are sound
//   a confirmation         by another person than the author lets it take effect; a refusal, by
//                          anybody, ends it
//   an acceptance          of a rule by a JOC, for itself, takes it live there, or takes it back
//
// A mission's overrides are changed by two people of that mission, and by nobody else.
//
// A rule that a proposal adds, or takes out of shadow, is live nowhere until a JOC accepts it: each
// live mission gets a document "acceptance/<mission>" that lists what was live for it until then.
// A changed rule stays live where it was; one that was removed must be accepted again if it
// returns.
//
// Pure; whoever reads the same records comes to the same judgement: the router, which lets it take
// effect, each gateway, which tells who asked, and whoever reads the topic from its beginning.
// State in `State`, entries `d` (documents.h) and `p`. Not thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/base/state.h"
#include "lib/publication/records.h"
#include "lib/rules/pack.h"

namespace tocsin {

enum class PublicationKind { kFirst, kProposal, kAcceptance };

// One activation that took effect.
struct PublicationEntry {
  PublicationKind kind = PublicationKind::kFirst;
  Activation activation;
  Time at = kUnknownTime;  // of the confirmation or acceptance; unknown for the first
  // kProposal.
  Proposal proposal;
  Confirmation confirmation;
  std::vector<RuleId> added, changed, removed;  // sorted
  std::vector<std::string> documents;           // others that changed: "desks", "live_missions"
  // kAcceptance.
  Acceptance acceptance;
  friend bool operator==(const PublicationEntry&, const PublicationEntry&) = default;
};

enum class ProposalState { kOpen, kConfirmed, kRefused };
struct KeptProposal {
  Proposal proposal;
  ProposalState state = ProposalState::kOpen;
  Confirmation decision;  // if it is not open
  friend bool operator==(const KeptProposal&, const KeptProposal&) = default;
};

class Publication {
 public:
  // What a pack must pass besides parsing (its shapes make an index of places). Must give the same
  // answer wherever the topic is read.
  using PackCheck = std::function<absl::Status(const Pack&)>;
  explicit Publication(PackCheck check) : check_(std::move(check)) {}

  // The activation that takes effect with this record; absent if none does: a document, a proposal,
  // a refusal, or what has been done already. InvalidArgument says which field, and why; nothing is
  // written then.
  absl::StatusOr<std::optional<Activation>> Step(const RulesInput& record, State& state) const;

 private:
  using Effect = absl::StatusOr<std::optional<Activation>>;
  Effect StepOne(const Document& document, State& state) const;
  Effect StepOne(const Activation& activation, State& state) const;
  Effect StepOne(const Proposal& proposal, State& state) const;
  Effect StepOne(const Confirmation& confirmation, State& state) const;
  Effect StepOne(const Acceptance& acceptance, State& state) const;
  static Effect StepOne(const Throttle&, State&) { return std::nullopt; }
  // The pack of these documents, sound and without drafts.
  absl::StatusOr<Pack> Judge(std::string_view field, const std::vector<DocumentRef>& documents,
                             const std::vector<MissionId>& live, const ReadState& state) const;

  const PackCheck check_;
};

// What the records have come to. DataLoss: the state cannot be read.
absl::StatusOr<std::optional<Activation>> InEffect(const ReadState& state);
absl::StatusOr<std::vector<PublicationEntry>> PublicationHistory(const ReadState& state);
absl::StatusOr<std::optional<KeptProposal>> FindProposal(const std::string& id,
                                                         const ReadState& state);
// In the order of their ids.
absl::StatusOr<std::vector<KeptProposal>> Proposals(const ReadState& state);
// The pack of an activation whose documents are in the state.
absl::StatusOr<Pack> PackOf(const Activation& activation, const ReadState& state);

}  // namespace tocsin
