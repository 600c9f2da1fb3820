// What publication keeps in the state. Entries:
//
//   pa           the activation in effect
//   ph number    the history
//   pp id        a proposal, and what became of it
//   pr id        an acceptance that has been judged, by its id
#pragma once

#include <optional>
#include <string>

#include <absl/status/statusor.h>

#include "lib/base/state.h"
#include "lib/publication/publication.h"

namespace tocsin::publication_internal {

void KeepProposal(const KeptProposal& proposal, State& state);
// The activation of the entry is in effect from here on.
void KeepEntry(const PublicationEntry& entry, State& state);
void KeepAcceptance(const Acceptance& acceptance, State& state);
absl::StatusOr<std::optional<Acceptance>> FindAcceptance(const std::string& id,
                                                         const ReadState& state);

}  // namespace tocsin::publication_internal
