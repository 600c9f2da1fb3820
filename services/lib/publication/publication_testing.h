// For tests of what a change of rules does: as two people bring it about.
#pragma once

#include <string>
#include <vector>

#include "lib/publication/records.h"

namespace tocsin {

// From `before` to `next`. A rule that it adds is live for nobody, so the digest is another then.
inline std::vector<RulesInput> ChangeRecords(const Activation& before, const Activation& next) {
  const std::string id = "to-" + next.digest.substr(0, 12);
  Proposal proposal;
  proposal.id = id;
  proposal.documents = next.documents;
  proposal.live_missions = next.live_missions;
  proposal.base_digest = BasisOf(before);
  proposal.author = {MissionId("unamid"), "amina"};
  proposal.reason = "a test";
  Confirmation confirmation;
  confirmation.proposal_id = id;
  confirmation.confirmed = true;
  confirmation.by = {MissionId("unamid"), "brahim"};
  return {proposal, confirmation};
}

}  // namespace tocsin
