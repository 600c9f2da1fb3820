// A warning in words, for a person at one centre: codes in the log, words at the edge.
//
// Pure: the text depends on the arguments alone.
#pragma once

#include <string>
#include <vector>

#include <absl/time/time.h>

#include "lib/domain/warning.h"
#include "lib/lifecycle/lifecycle.h"
#include "lib/rendering/catalogue.h"
#include "lib/rendering/gazetteer.h"

namespace tocsin {

// Evidence that the reader may not see, and whom to ask for it.
struct WithheldItems {
  MissionId originator;
  std::string reason;
  int32_t items = 0;
};

// A warning as one centre may see it.
struct WarningView {
  Warning warning;
  std::vector<WithheldItems> withheld;
  Lifecycle life;  // at the reader's centre
};

struct RenderContext {
  const Catalogue& catalogue;
  const Gazetteer& gazetteer;
  MissionId reader;          // whose number the warning is called by
  absl::TimeZone zone;       // of the reader's desk, for local times
  size_t most_evidence = 0;  // the latest so many are shown, and how many more there are; 0: all
};

// "EXERCISE UNVERIFIED ", or empty: what every line about the warning begins with.
std::string Heading(const WarningView& view, const RenderContext& context);

// "UNAMID 0143".
std::string WarningName(const Warning& warning, const RenderContext& context);

// What has happened, without name, place and time: for tables.
std::string Headline(const WarningView& view, const RenderContext& context);

// Status if it is not Actual, UNVERIFIED, name, severity, what, where, when, how sure, since when.
std::string FirstLine(const WarningView& view, const RenderContext& context);

// The first line; basis with each piece of evidence; what is not known; what is withheld and whom
// to ask; what is suggested; whom to call. No line holds a line break.
std::vector<std::string> RenderWarning(const WarningView& view, const RenderContext& context);

}  // namespace tocsin
