// Reports of any order as the history that the missions would have had: judged as ingest judges
// them, stamped with the time at which each was known, and in one order that does not depend on the
// order in which they came.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/importing/record.h"
#include "lib/rules/pack.h"

namespace tocsin {

struct Report {
  Event event;
  Stream stream = Stream::kSitrep;
  std::string origin;  // "events.csv:12", for messages
};

struct History {
  std::vector<Report> reports;        // filled, merged and stamped; by accept time, then identity
  std::vector<std::string> problems;  // origin and reason of each that ingest would refuse
  int64_t repeated = 0;               // a revision that was there already, whatever it says
};

// An event counts as known when it was reported, or else at the end of the time at which it was
// observed, and a revision never before the one that it follows. Of two that claim the same
// revision the earlier counts, and of equal times the lesser by content.
History MakeHistory(std::vector<Report> reports, const std::shared_ptr<const Pack>& pack);

// The same of what ingest has judged, stamped and kept: each counts as known when it was accepted.
// Whose mission the pack does not know is a problem.
History FiledHistory(std::vector<Report> reports, const Pack& pack);

}  // namespace tocsin
