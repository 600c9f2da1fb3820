// What a change of rules found, told at once: a warning each would be a storm (ground rules:
// Extreme singly, the rest as one digest).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "lib/rendering/render_warning.h"

namespace tocsin {

class Digest {
 public:
  // Found by a change of rules, and not worth an alert of its own.
  static bool Takes(const Warning& warning);

  void Add(const WarningView& view, const RenderContext& context);
  bool empty() const { return warnings_.empty(); }

  // A heading with the number of warnings, then a line for each rule: how many of which severity,
  // how many ended, and the names of those that stand. Begins anew.
  std::vector<std::string> Take(const Catalogue& catalogue);

 private:
  struct Line {
    std::map<Severity, int64_t, std::greater<>> standing;
    int64_t ended = 0;
    std::vector<std::string> names;  // of those that stand, in the order of their coming
  };
  // By warning: an update on the way replaces what was there.
  struct Entry {
    std::string rule, name;
    Severity severity = Severity::kUnspecified;
    bool ended = false;
  };
  std::map<WarningId, Entry> warnings_;
};

}  // namespace tocsin
