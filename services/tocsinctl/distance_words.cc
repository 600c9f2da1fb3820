#include "tocsinctl/distance_words.h"

#include "lib/base/text.h"
#include "lib/rendering/movement_phrases.h"
#include "lib/rendering/phrases.h"

namespace tocsin::ctl {
namespace {

class Words {
 public:
  Words(const Rule& rule, const KeyDistance& distance, const Catalogue& catalogue)
      : rule_(rule),
        distance_(distance),
        catalogue_(catalogue),
        texts_(catalogue.Rule(rule.id.str())) {}

  std::vector<std::string> Lines() {
    switch (rule_.kind) {
      case RuleKind::kSequence:
        OfSequence();
        break;
      case RuleKind::kDivergence:
        OfDivergence();
        break;
      case RuleKind::kMovement:
        OfMovement();
        break;
      case RuleKind::kSurge:
        if (!distance_.missing.empty()) {
          lines_.push_back(StrCat("nothing is expected yet: its past has ", distance_.past,
                                  " buckets and needs ", distance_.past_least));
        }
        lines_.push_back(StrCat("the bucket ends ", Until()));
        break;
      case RuleKind::kAbsence:
        lines_.push_back(StrCat("the next one is due by ", Until()));
        break;
      case RuleKind::kEventCount:
      case RuleKind::kValueCount:
        if (distance_.until) lines_.push_back(StrCat("the window ends ", Until()));
        break;
      case RuleKind::kNear:
      case RuleKind::kComposite:
        break;
    }
    return std::move(lines_);
  }

 private:
  std::string Until() const { return ZuluPhrase(*distance_.until); }
  std::string Event(const Identity& event) const {
    return StrCat(catalogue_.Words("missions", event.mission.str()), " ", event.id.str());
  }
  std::string Step(const std::string& selection) const {
    for (const auto& [name, words] : texts_.steps) {
      if (name == selection) return words;
    }
    return selection;
  }

  void OfSequence() {
    bool told = false;  // until when
    for (size_t i = 0; i < distance_.steps.size(); ++i) {
      const StepMet& step = distance_.steps[i];
      std::string line = StrCat(i + 1, " ", Step(step.selection), ": ");
      if (step.by) {
        line += StrCat(Event(*step.by), ", ", ZuluPhrase(step.time));
      } else if (rule_.sequence.ordered && told) {
        line += "missing";
      } else {
        line += StrCat("missing, counts if it happens by ", Until());
        told = true;
      }
      lines_.push_back(std::move(line));
    }
    if (rule_.sequence.then_no.empty()) return;
    const std::string avoided = texts_.absent.empty() ? rule_.sequence.then_no : texts_.absent;
    const int64_t steps = std::ssize(distance_.steps);
    if (distance_.measure.value < steps) {
      lines_.push_back(StrCat("then not: ", avoided, ", for ",
                              SpanPhrase(rule_.sequence.then_within, catalogue_)));
    } else if (distance_.measure.value == steps) {
      lines_.push_back(StrCat("then not: ", avoided, ", awaited until ", Until()));
    } else {
      lines_.push_back(StrCat("then not: ", avoided, ", did not come in time"));
    }
  }

  void OfDivergence() {
    const std::string section = rule_.divergence.sides == "area" ? "areas" : "missions";
    for (const SideDeclared& side : distance_.sides) {
      lines_.push_back(StrCat(catalogue_.Words(section, side.side), ": ",
                              AttributePhrase(rule_.divergence.field, side.value, catalogue_), ", ",
                              Event(side.by), ", since ", ZuluPhrase(side.since),
                              ", taken to stand until ", ZuluPhrase(side.until)));
    }
    if (!distance_.since) {
      lines_.emplace_back("they do not disagree");
    } else if (distance_.measure.value > distance_.measure.threshold) {
      lines_.push_back(StrCat("they disagree since ", ZuluPhrase(*distance_.since)));
    } else {
      lines_.push_back(StrCat("they disagree since ", ZuluPhrase(*distance_.since),
                              ", which warns if it lasts beyond ", Until()));
    }
  }

  void OfMovement() {
    if (distance_.course) {
      const Course& course = *distance_.course;
      WarningContent content;
      content.measures = {{"speed_m_per_h", course.speed_m_per_h, 0},
                          {"speed_error_m_per_h", course.speed_error_m_per_h, 0},
                          {"heading_deg", course.heading_deg, 0},
                          {"heading_error_deg", course.heading_error_deg, 0}};
      const MovementPhrases phrases = *MovementPhrasesOf(content, catalogue_);
      lines_.push_back(
          StrCat(catalogue_.Words("words", "course"), " ", phrases.heading, ", ", phrases.speed));
    }
    std::vector<std::string> areas;
    for (const AreaId& area : distance_.ahead) {
      areas.push_back(catalogue_.Words("areas", area.str()));
    }
    if (!areas.empty()) lines_.push_back(StrCat("ahead: ", ListPhrase(areas, catalogue_)));
    for (const std::string& missing : distance_.missing) lines_.push_back(Missing(missing));
    lines_.push_back(StrCat("the next sighting counts if it is by ", Until()));
  }

  std::string Missing(const std::string& code) const {
    if (code == "sightings") {
      return StrCat(distance_.measure.threshold - distance_.measure.value,
                    " more of the sightings that are needed");
    }
    if (code == "times") return "all sightings are of one time";
    if (code == "speed") {
      return "it may as well stand still: the speed is not more than twice its error";
    }
    return StrCat("no other area lies within ", SpanPhrase(rule_.movement.ahead, catalogue_),
                  " on its course");
  }

  const Rule& rule_;
  const KeyDistance& distance_;
  const Catalogue& catalogue_;
  const RuleTexts& texts_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> DistanceWords(const Rule& rule, const KeyDistance& distance,
                                       const Catalogue& catalogue) {
  return Words(rule, distance, catalogue).Lines();
}

}  // namespace tocsin::ctl
