#include "told.h"

#include <algorithm>

#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"

namespace tocsin::simulation {

std::string CheckSilence(const Warning& warning, const Shape& shape,
                         const std::vector<const RouterTaskCore*>& routers) {
  if (warning.message_type != MessageType::kAlert || warning.content.absence_state != "silent") {
    return {};
  }
  const Time deadline = warning.content.onset;
  for (size_t r = 0; r < routers.size(); ++r) {
    const Router& router = routers[r]->router();
    const std::vector<SourceTime> known = router.sources();
    for (const SourceId& source : SourcesOf(shape, static_cast<int32_t>(r)).own) {
      if (!source.topic.ends_with("sensors.v1")) continue;
      const auto it = std::find_if(known.begin(), known.end(),
                                   [&](const SourceTime& one) { return one.source == source; });
      const Time accepted = it == known.end() ? kUnknownTime : it->last_accepted;
      if (deadline < std::max(accepted, router.clock() - kMargin)) continue;
      return StrCat("calls a feed silent that router task ", r, " has not read so far of ",
                    source.topic, "[", source.partition, "]");
    }
  }
  return {};
}

std::string Describe(const Warning& warning) {
  const char* const types[] = {"?", "alerts", "updates", "cancels", "expires"};
  std::string text = StrCat("a correlator ", types[static_cast<int>(warning.message_type)],
                            " warning ", warning.id.str(), " revision ", warning.revision,
                            " of rule ", warning.content.rule_id.str());
  for (const auto& [name, value] : warning.content.key) text += StrCat(" ", name, "=", value);
  text += StrCat(" with ", warning.content.evidence.size(), " items of evidence");
  if (warning.caused_by.has_value()) text += StrCat(" because of ", warning.caused_by->id.str());
  if (warning.found_by_backfill) text += ", found by backfill";
  if (!warning.end_reason.empty()) text += StrCat(", ended: ", warning.end_reason);
  if (!warning.merged_into.empty()) text += StrCat(", merged into ", warning.merged_into);
  if (!warning.split_from.empty()) text += StrCat(", split from ", warning.split_from);
  return text;
}

}  // namespace tocsin::simulation
