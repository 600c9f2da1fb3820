#include "lib/rendering/render_warning.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>

#include "lib/base/text.h"
#include "lib/domain/rule_form.h"
#include "lib/rendering/codes.h"
#include "lib/rendering/life_phrases.h"
#include "lib/rendering/movement_phrases.h"
#include "lib/rendering/part_phrases.h"
#include "lib/rendering/phrases.h"
#include "lib/rendering/rule_phrases.h"

namespace tocsin {
namespace {

std::string Kilometres(int64_t metres) {
  return absl::StrFormat("%.1f", static_cast<double>(metres) / 1000);
}

class Renderer {
 public:
  Renderer(const WarningView& view, const RenderContext& context)
      : view_(view),
        warning_(view.warning),
        content_(view.warning.content),
        context_(context),
        rule_(context.catalogue.Rule(content_.rule_id.str())) {}

  std::string FirstLine() const {
    std::string line = Heading();
    line += StrCat(WarningName(warning_, context_), ", ",
                   Words("severity", Code(kSeverity, content_.severity)), ": ", Headline());
    // Of silence that has no place the headline has said the last there was.
    const bool said =
        !HasPlaces() && (content_.absence_state == "silent" || content_.absence_state == "unknown");
    if (const Evidence* latest = Latest(); latest != nullptr && !said) {
      line += StrCat("; ", Word("latest"), " ", PlaceAnd(*latest), When(latest->observed));
    }
    line += StrCat("; ", Words("certainty", Code(kCertainty, content_.certainty)));
    if (content_.onset != kUnknownTime) {
      // What is expected or planned may hold only from a time to come. A deadline that passed has
      // passed: the time of issue is that of the last report read and may lie before it.
      const bool by_deadline = !content_.absence_state.empty() || !rule_.sides.empty();
      const bool to_come = !by_deadline && warning_.message_type != MessageType::kExpire &&
                           warning_.issued != kUnknownTime && content_.onset > warning_.issued;
      line += StrCat("; ", Word(to_come ? "from" : "since"), " ",
                     TimePhrase(content_.onset, context_.zone, context_.catalogue));
    }
    if (warning_.message_type != MessageType::kAlert) {
      line += StrCat(" [", Words("messages", Code(kMessage, warning_.message_type)), "]");
    }
    return line;
  }

  std::vector<std::string> Lines() const {
    std::vector<std::string> lines = {FirstLine()};
    if (!warning_.end_reason.empty()) {
      lines.push_back(
          StrCat("  ", Word("ended"), ": ", Words("endings", warning_.end_reason),
                 warning_.merged_into.empty() ? "" : " (",
                 warning_.merged_into.empty()
                     ? ""
                     : Fill(Word("merged"), {{"warning", warning_.merged_into}}) + ")"));
    }
    if (!warning_.split_from.empty()) {
      lines.push_back(StrCat("  ", Fill(Word("split"), {{"warning", warning_.split_from}})));
    }
    if (warning_.found_by_backfill) lines.push_back(StrCat("  ", Word("found_by_backfill")));
    lines.push_back(StrCat("  ", Word("basis"), ": ", Basis()));
    if (!warning_.rests_on.empty()) lines.push_back(StrCat("  ", RestsOnLine()));
    const PartPhrases steps =
        StepPhrases(content_, view_.withheld.empty(), context_.zone, context_.catalogue);
    const PartPhrases sides =
        SidePhrases(content_, view_.withheld.empty(), context_.zone, context_.catalogue);
    for (const auto& [word, parts] : {std::pair("steps", &steps), {"sides", &sides}}) {
      if (parts->parts.empty()) continue;
      lines.push_back(StrCat("  ", Word(word), ": ", absl::StrJoin(parts->parts, "; ")));
    }
    if (!rule_.absent.empty()) lines.push_back(StrCat("  ", NotFollowed()));
    const size_t items = content_.evidence.size();
    const size_t left_out = context_.most_evidence == 0 || items <= context_.most_evidence
                                ? 0
                                : items - context_.most_evidence;
    if (left_out > 0) {
      lines.push_back(StrCat("    ", Fill(Word("more"), {{"count", StrCat(left_out)}})));
    }
    for (size_t i = left_out; i < items; ++i) {
      const size_t step = steps.part_of[i];
      lines.push_back(StrCat("    ", step > 0 ? StrCat("[", step, "] ") : "",
                             EvidenceLine(content_.evidence[i])));
    }
    if (!rule_.unknown.empty()) {
      lines.push_back(StrCat("  ", Word("unknown"), ": ", rule_.unknown));
    }
    if (content_.unverified) {
      lines.push_back(StrCat("  ", Word("unverified"), ": ",
                             Fill(Word("verify"), {{"missions", Missions(Verifiers())}})));
    }
    for (const WithheldItems& withheld : view_.withheld) {
      lines.push_back(StrCat(
          "  ", Word("withheld"), ": ",
          Fill(Word("withheld_item"),
               {{"count", StrCat(withheld.items)}, {"mission", Mission(withheld.originator)}}),
          " (", Words("reasons", withheld.reason), ")"));
    }
    const std::string& action =
        content_.absence_state == "resolved" && !rule_.action_resolved.empty()
            ? rule_.action_resolved
            : rule_.action;
    lines.push_back(StrCat("  ", Word("action"), ": ",
                           Words("responses", Code(kResponse, content_.response)), " (",
                           Words("urgency", Code(kUrgency, content_.urgency)), ")",
                           action.empty() ? "" : ". ", action));
    lines.push_back(StrCat("  ", Word("contact"), ": ",
                           Fill(Word("duty_desks"), {{"missions", Missions(Callees())}}),
                           rule_.ask.empty() ? "" : "; ", rule_.ask));
    for (const std::string& phrase : LifePhrases(view_.life, context_.zone, context_.catalogue)) {
      lines.push_back(StrCat("  ", phrase));
    }
    for (std::string& line : lines) {
      line = OneLine(std::move(line));
    }
    return lines;
  }

  // "EXERCISE UNVERIFIED ".
  std::string Heading() const {
    std::string heading;
    if (content_.status != Status::kActual) {
      const std::string status = Words("status", Code(kStatus, content_.status));
      heading += status.empty() ? "" : status + " ";
    }
    if (content_.unverified) {
      heading += Word("unverified") + " ";
    }
    return heading;
  }

  std::string Headline() const {
    const std::string& pattern = HeadlinePattern(rule_, content_);
    return pattern.empty()
               ? Title()
               : Fill(pattern, TemplateValues(content_, context_.zone, context_.catalogue));
  }

 private:
  // The rule's own, in the reader's language if it has one in that.
  std::string Title() const {
    const std::map<std::string, std::string>& titles = view_.warning.rule_title;
    auto title = titles.find(context_.catalogue.language());
    if (title == titles.end()) title = titles.begin();
    return title == titles.end() ? content_.rule_id.str() : title->second;
  }
  std::string Word(const std::string& code) const { return Words("words", code); }
  std::string Words(const std::string& section, const std::string& code) const {
    return context_.catalogue.Words(section, code);
  }
  std::string Mission(const MissionId& mission) const { return Words("missions", mission.str()); }
  std::string Missions(const std::set<MissionId>& missions) const {
    std::vector<std::string> names;
    names.reserve(missions.size());
    for (const MissionId& mission : missions) {
      names.push_back(Mission(mission));
    }
    return ListPhrase(names, context_.catalogue);
  }
  std::string When(const Interval& interval) const {
    return IntervalPhrase(interval, context_.zone, context_.catalogue);
  }
  std::string Place(const Evidence& evidence) const {
    return evidence.point.has_value() ? PlacePhrase(*evidence.point, evidence.uncertainty_m,
                                                    context_.gazetteer, context_.catalogue)
                                      : Word("no_place");
  }

  // A report about a place or a group happened somewhere; one of a feed or an asset need not say
  // where.
  bool HasPlaces() const {
    return content_.key.contains("area") || content_.key.contains("corridor") ||
           content_.key.contains("actor");
  }

  std::string PlaceAnd(const Evidence& evidence) const {
    return evidence.point.has_value() || HasPlaces() ? StrCat(Place(evidence), ", ") : "";
  }

  const Evidence* Latest() const {
    const Evidence* latest = nullptr;
    for (const Evidence& evidence : content_.evidence) {
      if (latest == nullptr || std::pair(evidence.observed.from, evidence.identity) >
                                   std::pair(latest->observed.from, latest->identity)) {
        latest = &evidence;
      }
    }
    return latest;
  }

  // "Not followed: arrival of a deployment, looked for up to ...; silent: ...".
  std::string NotFollowed() const {
    return Fill(Word("not_followed"),
                {{"what", rule_.absent},
                 {"since", TimePhrase(content_.episode.to, context_.zone, context_.catalogue)},
                 {"deadline", TimePhrase(content_.onset, context_.zone, context_.catalogue)},
                 {"state", Words("not_followed", content_.absence_state)}});
  }

  // "Rests on: UNAMID 0143 (contact-silent); UNAMID 0150 (hot-route)".
  std::string RestsOnLine() const {
    std::vector<std::string> others;
    for (const RestsOn& other : warning_.rests_on) {
      Warning named;
      named.number = other.number;
      others.push_back(StrCat(WarningName(named, context_), " (", other.rule.str(), ")"));
    }
    return StrCat(Word("rests_on"), ": ", absl::StrJoin(others, "; "));
  }

  std::vector<std::string> MeasureParts() const {
    std::vector<std::string> parts;
    if (!rule_.basis.empty()) {
      return {Fill(rule_.basis, TemplateValues(content_, context_.zone, context_.catalogue))};
    }
    if (std::optional<MovementPhrases> movement = MovementPhrasesOf(content_, context_.catalogue)) {
      parts = {StrCat(Word("course"), " ", movement->heading), movement->speed};
      for (std::string& arrival : movement->arrivals) parts.push_back(std::move(arrival));
      return parts;
    }
    for (const Measure& measure : content_.measures) {
      // A single step spans no time.
      if (measure.name == "span_s" && rule_.steps.size() == 1) continue;
      if (measure.name == "evidence_left_out") {
        parts.push_back(Fill(Word("left_out"), {{"count", StrCat(measure.value)}}));
        continue;
      }
      const auto shown = [&](int64_t value) {
        if (measure.name.ends_with("_s")) {
          return SpanPhrase(std::chrono::seconds(value), context_.catalogue);
        }
        return measure.name.ends_with("_m") ? StrCat(Kilometres(value), " ", Word("km"))
                                            : StrCat(value);
      };
      parts.push_back(StrCat(Words("measures", measure.name), " ", shown(measure.value), " (",
                             Fill(Threshold(measure.name), {{"count", shown(measure.threshold)}}),
                             ")"));
    }
    return parts;
  }

  std::string Threshold(const std::string& measure) const {
    return context_.catalogue.Has("thresholds", measure) ? Words("thresholds", measure)
                                                         : Word("threshold");
  }

  std::string Basis() const {
    std::vector<std::string> parts = MeasureParts();
    if (!content_.absence_state.empty() && rule_.absent.empty()) {
      parts.push_back(Words("absence", content_.absence_state));
    }
    const RuleForm form = FormOf(content_.rule_id);
    parts.push_back(Fill(Word(form.mission.empty() ? "rule" : "rule_form"),
                         {{"rule", form.rule.str()},
                          {"version", StrCat(content_.rule_version)},
                          {"mission", form.mission.empty() ? "" : Mission(form.mission)}}));
    std::string basis;
    for (const std::string& part : parts) {
      basis += StrCat(basis.empty() ? "" : "; ", part);
    }
    return basis;
  }

  std::string EvidenceLine(const Evidence& evidence) const {
    std::string line = StrCat(Mission(evidence.identity.mission), " ", evidence.identity.id.str());
    if (evidence.revision > 1) {
      line += StrCat(" (", Word("revision"), " ", evidence.revision, ")");
    }
    line += StrCat(": ", Words("types", evidence.type));
    for (const auto& [name, value] : evidence.attributes) {
      line += StrCat(", ", AttributePhrase(name, value, context_.catalogue));
    }
    if (evidence.nature != Nature::kObserved) {
      line += StrCat(", ", Words("natures", Code(kNature, evidence.nature)));
    }
    line += StrCat(", ", When(evidence.observed));
    if (evidence.point.has_value() || HasPlaces()) line += StrCat(", ", Place(evidence));
    if (evidence.distance_m >= 0) {
      line += StrCat(", ", Fill(Word("from_partner"), {{"km", Kilometres(evidence.distance_m)}}));
    }
    for (const ActorId& actor : evidence.actors) {
      line += StrCat(", ", Words("actors", actor.str()));
    }
    const std::array<std::pair<const char*, std::optional<int64_t>>, 4> people = {
        {{"killed", evidence.people.killed},
         {"injured", evidence.people.injured},
         {"displaced", evidence.people.displaced},
         {"affected", evidence.people.affected}}};
    for (const auto& [code, count] : people) {
      if (count.value_or(0) > 0) {
        line += StrCat(", ", *count, " ", Words("people", code));
      }
    }
    const std::string grading = evidence.grading.reliability + evidence.grading.credibility;
    return grading.empty() ? line : StrCat(line, ", ", grading);
  }

  // Who filed it, and whose areas it lies in: a mission's first area has its name.
  std::set<MissionId> Verifiers() const {
    std::set<MissionId> missions;
    for (const Evidence& evidence : content_.evidence) {
      missions.insert(evidence.identity.mission);
      for (const AreaId& area : evidence.areas) {
        if (context_.catalogue.Has("missions", area.str())) {
          missions.insert(MissionId(area.str()));
        }
      }
    }
    return missions.empty()
               ? std::set<MissionId>(content_.addressees.begin(), content_.addressees.end())
               : missions;
  }

  // Whom to call: those who filed what it rests on, withheld or not; else those who were warned
  // too.
  std::set<MissionId> Callees() const {
    std::set<MissionId> missions;
    for (const Evidence& evidence : content_.evidence) {
      missions.insert(evidence.identity.mission);
    }
    for (const WithheldItems& withheld : view_.withheld) {
      missions.insert(withheld.originator);
    }
    return missions.empty()
               ? std::set<MissionId>(content_.addressees.begin(), content_.addressees.end())
               : missions;
  }

  const WarningView& view_;
  const Warning& warning_;
  const WarningContent& content_;
  const RenderContext& context_;
  const RuleTexts& rule_;
};

}  // namespace

std::string WarningName(const Warning& warning, const RenderContext& context) {
  return absl::StrFormat("%s %04d", context.catalogue.Words("missions", context.reader.str()),
                         warning.number);
}

std::string Heading(const WarningView& view, const RenderContext& context) {
  return Renderer(view, context).Heading();
}

std::string Headline(const WarningView& view, const RenderContext& context) {
  return OneLine(Renderer(view, context).Headline());
}

std::string FirstLine(const WarningView& view, const RenderContext& context) {
  return RenderWarning(view, context).front();
}

std::vector<std::string> RenderWarning(const WarningView& view, const RenderContext& context) {
  return Renderer(view, context).Lines();
}

}  // namespace tocsin
