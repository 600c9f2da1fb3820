// What an activation is followed by: pure functions of packs.
#pragma once

#include <set>
#include <string_view>
#include <vector>

#include "lib/publication/publication.h"

namespace tocsin::publication_internal {

// The rules that stay live for the mission when `after` follows `before`: what was live for it, and
// is neither gone nor in shadow.
std::set<RuleId> StaysLive(const Pack& before, const Pack& after, const MissionId& mission);

// What is live for a mission that has taken all that is not in shadow. Missions' own forms are live
// with their rules, and not among them.
std::set<RuleId> AllLive(const Pack& pack);

// The document that takes these rules live for the mission: the one in effect if it says so
// already, else its next version.
Document AcceptanceDocument(const MissionId& mission, const std::set<RuleId>& live,
                            const Activation& in_effect);

// An activation of these documents, with its digest.
Activation MakeActivation(std::vector<DocumentRef> documents, std::vector<MissionId> live);

// Fills in what was added, changed and removed.
void TellDifference(const Pack& before, const Pack& after, const Activation& was,
                    PublicationEntry& entry);

// InvalidArgument names the JOC, the figure and the budget that it exceeds. A change that leaves a
// JOC with no more than it has now is never refused for it.
absl::Status CheckBudgets(const Pack& pack, const Burden& burden);

// A mission's own forms of rules are its own: InvalidArgument names a mission whose overrides are
// not what is in effect, unless the person is of that mission.
absl::Status CheckOverrides(std::string_view field, const Person& person, const Activation& before,
                            const std::vector<DocumentRef>& after);

// InvalidArgument names a rule that means something else under the version that is in effect.
absl::Status CheckVersions(const Pack& before, const Pack& after);

}  // namespace tocsin::publication_internal
