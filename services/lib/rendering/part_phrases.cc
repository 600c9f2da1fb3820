#include "lib/rendering/part_phrases.h"

#include <algorithm>
#include <map>
#include <optional>

#include "lib/base/text.h"
#include "lib/rendering/phrases.h"

namespace tocsin {
namespace {

class Parts {
 public:
  Parts(const WarningContent& content, bool all_shown, const absl::TimeZone& zone,
        const Catalogue& catalogue)
      : content_(content),
        all_shown_(all_shown),
        zone_(zone),
        catalogue_(catalogue),
        rule_(catalogue.Rule(content.rule_id.str())) {}

  PartPhrases Steps() const {
    PartPhrases phrases;
    phrases.part_of.assign(content_.evidence.size(), 0);
    if (!rule_.each.empty()) {
      for (size_t i = 0; i < content_.evidence.size(); ++i) {
        // Others may lie between these.
        phrases.part_of[i] = all_shown_ ? i + 1 : 0;
        phrases.parts.push_back(StrCat(all_shown_ ? StrCat(i + 1, " ") : "", rule_.each, ", ",
                                       One(content_.evidence[i])));
      }
      return phrases;
    }
    struct Step {
      std::string words;
      std::vector<size_t> items;
    };
    std::vector<Step> steps;
    for (const auto& [selection, words] : rule_.steps) {
      Step step{words, {}};
      for (size_t i = 0; i < content_.evidence.size(); ++i) {
        if (content_.evidence[i].selection == selection) step.items.push_back(i);
      }
      steps.push_back(std::move(step));
    }
    if (rule_.any_order) {
      std::stable_sort(steps.begin(), steps.end(), [&](const Step& a, const Step& b) {
        return !a.items.empty() && !b.items.empty() &&
               Begins(content_.evidence[a.items[0]]) < Begins(content_.evidence[b.items[0]]);
      });
    }
    for (const Step& step : steps) {
      const size_t number = phrases.parts.size() + 1;
      for (const size_t item : step.items) phrases.part_of[item] = number;
      phrases.parts.push_back(StrCat(number, " ", step.words, ", ", Several(step.items)));
    }
    return phrases;
  }

  PartPhrases Sides() const {
    PartPhrases phrases;
    phrases.part_of.assign(content_.evidence.size(), 0);
    if (rule_.sides.empty()) return phrases;
    std::map<std::string, const Evidence*> latest;
    if (!all_shown_ && rule_.sides == "area") {
      for (const AreaId& area : content_.areas) latest[Words("areas", area.str())] = nullptr;
    }
    for (const Evidence& item : content_.evidence) {
      if (rule_.sides == "mission") {
        latest[Words("missions", item.identity.mission.str())] = &item;
      } else {
        for (const AreaId& area : item.areas) latest[Words("areas", area.str())] = &item;
      }
    }
    for (const auto& [side, item] : latest) {
      phrases.parts.push_back(
          StrCat(side, ": ", item == nullptr ? Words("words", "not_shown") : Declared(*item)));
    }
    return phrases;
  }

 private:
  std::string Words(const std::string& section, const std::string& code) const {
    return catalogue_.Words(section, code);
  }

  // What is expected, declared or planned counts from when it is to hold, which an item does not
  // say. Of one such item a bound of the episode does, if no other item explains that bound.
  std::optional<Time> Holds(const Evidence& item) const {
    if (item.nature == Nature::kObserved) return item.observed.from;
    if (!all_shown_) return std::nullopt;
    bool earliest = true;
    bool latest = true;
    for (const Evidence& other : content_.evidence) {
      if (&other == &item) continue;
      if (other.nature != Nature::kObserved) return std::nullopt;
      earliest = earliest && content_.episode.from < other.observed.from;
      latest = latest && content_.episode.to > other.observed.from;
    }
    if (earliest) return content_.episode.from;
    if (latest) return content_.episode.to;
    return std::nullopt;
  }
  Time Begins(const Evidence& item) const { return Holds(item).value_or(item.observed.from); }

  std::string When(const Evidence& item) const {
    std::string observed = IntervalPhrase(item.observed, zone_, catalogue_);
    const std::optional<Time> holds = Holds(item);
    if (holds == item.observed.from) return observed;
    std::string reported =
        Fill(Words("words", item.nature == Nature::kDeclared ? "declared" : "reported"),
             {{"time", observed}});
    if (!holds) return reported;
    return StrCat(
        Fill(Words("words", "holds_from"), {{"time", TimePhrase(*holds, zone_, catalogue_)}}), ", ",
        reported);
  }

  std::string One(const Evidence& item) const {
    return StrCat(Words("missions", item.identity.mission.str()), " ", item.identity.id.str(), ", ",
                  When(item));
  }

  // What it declares comes first.
  std::string Declared(const Evidence& item) const {
    std::string declared;
    for (const auto& [name, value] : item.attributes) {
      declared += StrCat(AttributePhrase(name, value, catalogue_), ", ");
    }
    return declared + One(item);
  }

  std::string Several(const std::vector<size_t>& items) const {
    if (items.empty()) return Words("words", "not_shown");
    if (items.size() == 1) return One(content_.evidence[items[0]]);
    return Fill(Words("words", "items"), {{"count", StrCat(items.size())},
                                          {"first", When(content_.evidence[items.front()])},
                                          {"last", When(content_.evidence[items.back()])}});
  }

  const WarningContent& content_;
  bool all_shown_;
  const absl::TimeZone& zone_;
  const Catalogue& catalogue_;
  const RuleTexts& rule_;
};

}  // namespace

PartPhrases StepPhrases(const WarningContent& content, bool all_shown, const absl::TimeZone& zone,
                        const Catalogue& catalogue) {
  return Parts(content, all_shown, zone, catalogue).Steps();
}

PartPhrases SidePhrases(const WarningContent& content, bool all_shown, const absl::TimeZone& zone,
                        const Catalogue& catalogue) {
  return Parts(content, all_shown, zone, catalogue).Sides();
}

}  // namespace tocsin
