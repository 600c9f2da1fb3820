// Timelines of a rule: given these reports, these warnings. docs/rules.md, Timelines, is the
// format.
//
// Pure, as importing.h: bad entries are problems with line, path and reason.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/importing/record.h"

namespace tocsin {

// What one warning should be; what is absent or empty is not asked.
struct ExpectedWarning {
  int64_t line = 0;
  Interval issued;  // first issued within: a day, a minute or a second
  std::map<std::string, std::string> key;
  std::string severity, certainty;                   // of its last revision, as all that follows
  std::string state;                                 // standing, expired, cancelled or merged
  std::string absence;                               // silent, unknown or resolved
  std::optional<std::vector<std::string>> to;        // addressees, sorted
  std::optional<std::vector<std::string>> evidence;  // ids, sorted
};

struct Timeline {
  std::string name;
  int64_t line = 0;
  std::vector<RecordItem> items;
  Time until = kUnknownTime;  // time goes on to here; unknown: to the last report
  std::vector<ExpectedWarning> expect;
};

struct Timelines {
  std::string rule;
  std::vector<Timeline> timelines;
  std::vector<ImportProblem> problems;  // a file with any is not to be run
};

Timelines ReadTimelines(std::string_view yaml, const ImportWorld& world);

}  // namespace tocsin
