// A timeline of a rule through the room, and whether what came is what was expected.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/importing/timelines.h"
#include "lib/rules/pack.h"

namespace tocsin {

struct TimelineResult {
  // What was expected and did not come, and what came and was not expected; none: it passed. Each
  // names all that it is compared by.
  std::vector<std::string> missing, unexpected;
  // Reports that ingest would refuse. A timeline with any did not pass.
  std::vector<std::string> refused;
  bool passed() const { return missing.empty() && unexpected.empty() && refused.empty(); }
};

// The rule alone (rules/stages.h, DocumentsOf), with the registers of the pack. NotFound: the pack
// has no such rule.
absl::StatusOr<TimelineResult> RunTimeline(const std::vector<Document>& documents,
                                           const std::shared_ptr<const Pack>& pack,
                                           const std::string& rule, const Timeline& timeline);

}  // namespace tocsin
