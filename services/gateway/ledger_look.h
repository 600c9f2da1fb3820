// What the view has of a warning, as the ledger takes it: when each alerting revision was
// committed, and what people of the JOC did, which says that they have seen it. For nobody's eyes.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "gateway/noted.h"
#include "gateway/overdue.h"
#include "lib/domain/types.h"

namespace tocsin::gateway {

class View;

struct Looked {
  // Empty where the JOC may not see the warning: it is none of its business whether it arrives.
  std::vector<Noted> notes;
  std::optional<Standing> standing;  // without the state; the revision is the last one
};
Looked Look(const View& view, const WarningId& id);

// All that the view has.
std::set<WarningId> AllWarnings(const View& view);

}  // namespace tocsin::gateway
