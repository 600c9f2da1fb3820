#include "lib/correlation/horizon.h"

#include <algorithm>

#include "lib/base/text.h"
#include "lib/correlation/compiled.h"

namespace tocsin {

LongestRule FindLongestRule(const Pack& pack) {
  LongestRule longest;
  const std::unique_ptr<const CompiledPack> compiled = Compile(pack);
  for (const auto& [spec, rules] : compiled->specs) {
    if (rules.horizon <= longest.horizon) continue;
    // The horizon belongs to all rules of a key; whoever has to change something needs a name.
    const auto furthest = std::max_element(
        rules.rules.begin(), rules.rules.end(),
        [](const CompiledRule& a, const CompiledRule& b) { return a.horizon < b.horizon; });
    longest = {furthest->rule->id.str(), rules.horizon};
  }
  return longest;
}

absl::Status CheckRetention(const LongestRule& longest,
                            const std::map<std::string, std::chrono::milliseconds>& retention) {
  const auto needed = std::chrono::ceil<std::chrono::milliseconds>(longest.horizon);
  std::string problems;
  for (const auto& [topic, kept] : retention) {
    if (kept.count() < 0 || kept >= needed) continue;
    problems +=
        StrCat(problems.empty() ? "" : "; ", "topic ", topic, ": retention.ms is ", kept.count(),
               ", and rule ", longest.rule, " needs at least ", needed.count(), " (",
               std::chrono::ceil<std::chrono::days>(needed).count(), " days)");
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      StrCat(problems, ". With less, a lost state could not be made again from the log"));
}

}  // namespace tocsin
