#include "lib/correlation/silence.h"

#include <algorithm>

namespace tocsin {

Silence SilenceOf(const CompiledRule& rule, const Tick& tick) {
  Silence silence;
  for (const SourceTime& source : tick.sources) {
    if (!rule.ReadsFrom(source.source)) continue;
    const std::optional<Time> known = KnownUpTo(tick, source);
    silence.unknown = silence.unknown || !known;
    // What cannot be read does not hold a deadline that the clock is past by the margin.
    const Time upto = known.value_or(ClockOf(tick, source) - tick.margin);
    silence.passed = std::min(silence.passed.value_or(kNever), upto);
  }
  silence.decided = silence.passed;
  if (!silence.unknown) silence.read = silence.passed;
  return silence;
}

}  // namespace tocsin
