#include "lib/rendering/rule_phrases.h"

#include <vector>

#include "lib/base/text.h"
#include "lib/rendering/movement_phrases.h"
#include "lib/rendering/phrases.h"

namespace tocsin {
namespace {

// The words for the values of the key and, without a value there, for all that the warning is
// about.
std::string About(const WarningContent& content, const std::string& field,
                  const std::string& section, const auto& all, const Catalogue& catalogue) {
  if (const auto it = content.key.find(field); it != content.key.end()) {
    return catalogue.Words(section, it->second);
  }
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const auto& id : all) names.push_back(catalogue.Words(section, id.str()));
  return ListPhrase(names, catalogue);
}

}  // namespace

const std::string& HeadlinePattern(const RuleTexts& rule, const WarningContent& content) {
  if (content.absence_state == "unknown" && !rule.headline_unknown.empty()) {
    return rule.headline_unknown;
  }
  if (content.absence_state == "resolved" && !rule.headline_resolved.empty()) {
    return rule.headline_resolved;
  }
  const bool one = !content.measures.empty() && content.measures[0].value == 1;
  return one && !rule.headline_one.empty() ? rule.headline_one : rule.headline;
}

std::map<std::string, std::string> TemplateValues(const WarningContent& content,
                                                  const absl::TimeZone& zone,
                                                  const Catalogue& catalogue) {
  // Attributes of the key as they are, the fields that have words in words.
  std::map<std::string, std::string> values = content.key;
  values["area"] = About(content, "area", "areas", content.areas, catalogue);
  values["corridor"] = About(content, "corridor", "corridors", content.corridors, catalogue);
  for (const auto& [field, section] : {std::pair("actor", "actors"), {"mission", "missions"}}) {
    if (const auto it = content.key.find(field); it != content.key.end()) {
      values[field] = catalogue.Words(section, it->second);
    }
  }
  if (const auto movement = MovementPhrasesOf(content, catalogue)) {
    values["heading"] = movement->heading;
    values["speed"] = movement->speed;
    values["arrivals"] = ListPhrase(movement->arrivals, catalogue);
  }
  const auto span = [&](Duration duration) { return SpanPhrase(duration, catalogue); };
  for (const Measure& measure : content.measures) {
    const std::chrono::seconds value(measure.value);
    if (measure.name == "span_s") values["span"] = span(value);
    if (measure.name == "gap_s") values["gap"] = span(value);
  }
  if (!content.measures.empty()) {
    values["count"] = StrCat(content.measures[0].value);
    values["least"] = StrCat(content.measures[0].threshold);
  }
  // Reports that know only the day have one time.
  const Duration width = content.episode.width();
  values["window"] = span(width > Duration(0) ? width : std::chrono::hours(24));
  values["since"] = TimePhrase(content.episode.from, zone, catalogue);
  if (content.onset != kUnknownTime) {
    values["deadline"] = TimePhrase(content.onset, zone, catalogue);
  }
  return values;
}

}  // namespace tocsin
