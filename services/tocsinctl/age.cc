#include "tocsinctl/age.h"

#include "lib/base/text.h"

namespace tocsin::ctl {

bool SaysScenarioClock(std::string_view metrics) {
  constexpr std::string_view kName = "tocsin_router_scenario_clock ";
  while (!metrics.empty()) {
    const size_t end = metrics.find('\n');
    const std::string_view line = metrics.substr(0, end);
    if (line.starts_with(kName)) {
      return line.substr(kName.size()).starts_with("1");
    }
    metrics.remove_prefix(end == std::string_view::npos ? metrics.size() : end + 1);
  }
  return false;
}

std::string AgeOf(int64_t up_to_us, int64_t now_us, bool scenario) {
  if (up_to_us == 0) {
    return "-";
  }
  if (scenario) {
    return "scenario clock";
  }
  const int64_t seconds = (now_us - up_to_us) / 1'000'000;
  return seconds < 0           ? "-"
         : seconds < 120       ? StrCat(seconds, " s")
         : seconds < 2 * 3600  ? StrCat(seconds / 60, " min")
         : seconds < 48 * 3600 ? StrCat(seconds / 3600, " h")
                               : StrCat(seconds / 86'400, " days");
}

}  // namespace tocsin::ctl
