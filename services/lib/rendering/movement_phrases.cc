#include "lib/rendering/movement_phrases.h"

#include <map>

#include <absl/strings/str_format.h>

#include "lib/base/text.h"
#include "lib/rendering/gazetteer.h"
#include "lib/rendering/phrases.h"

namespace tocsin {
namespace {

constexpr std::string_view kFirst = "eta_first_s:";
constexpr std::string_view kLast = "eta_last_s:";

std::string KilometresAnHour(int64_t metres) {
  return absl::StrFormat("%.1f", static_cast<double>(metres) / 1000);
}

}  // namespace

std::optional<MovementPhrases> MovementPhrasesOf(const WarningContent& content,
                                                 const Catalogue& catalogue) {
  std::map<std::string, int64_t> measured;
  for (const Measure& measure : content.measures) measured[measure.name] = measure.value;
  if (!measured.contains("speed_m_per_h") || !measured.contains("heading_deg")) {
    return std::nullopt;
  }
  const auto word = [&](const std::string& code) { return catalogue.Words("words", code); };
  // On the circle, whatever a record says.
  const int64_t heading = (measured["heading_deg"] % 360 + 360) % 360;
  MovementPhrases phrases;
  phrases.heading =
      Fill(word("heading"), {{"direction", word(CompassPoint(static_cast<double>(heading)))},
                             {"degrees", absl::StrFormat("%03d", heading)},
                             {"error", StrCat(measured["heading_error_deg"])}});
  phrases.speed =
      Fill(word("speed"), {{"speed", KilometresAnHour(measured["speed_m_per_h"])},
                           {"error", KilometresAnHour(measured["speed_error_m_per_h"])}});
  const Time last_seen = content.episode.to;
  for (const auto& [name, first] : measured) {
    if (!name.starts_with(kFirst)) continue;
    const std::string area = name.substr(kFirst.size());
    const int64_t last = measured[StrCat(kLast, area)];
    // The band is never told narrower than it is.
    const std::chrono::seconds from(first), to(last);
    const int64_t most = std::chrono::ceil<std::chrono::hours>(to).count();
    phrases.arrivals.push_back(Fill(
        word("arrival"), {{"area", catalogue.Words("areas", area)},
                          {"least", StrCat(std::chrono::floor<std::chrono::hours>(from).count())},
                          {"most", StrCat(most)},
                          {"hours", word(most == 1 ? "hour" : "hours")},
                          {"from", ZuluPhrase(last_seen + from)},
                          {"to", ZuluPhrase(last_seen + to)}}));
  }
  return phrases;
}

}  // namespace tocsin
