#include "lib/domain/validate.h"

#include <algorithm>
#include <cmath>

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>

#include "lib/base/text.h"
#include "lib/domain/attribute_kind.h"
#include "lib/domain/utf8.h"

namespace tocsin {
namespace {

using std::chrono::sys_days;
using namespace std::chrono_literals;

constexpr Time kEarliest = sys_days(std::chrono::year(1900) / 1 / 1);
// Expected and planned events lie ahead, but not beyond any plan.
constexpr Duration kMaxPlan = std::chrono::hours(24 * 366 * 20);
constexpr Duration kWide = std::chrono::hours(24 * 32);
// Half of the Earth's circumference: farther away there is nothing.
constexpr double kMaxUncertainty = 20'100'000;

bool OneOf(std::string_view value, std::string_view letters) {
  return value.empty() || (value.size() == 1 && letters.find(value[0]) != std::string_view::npos);
}

template <class Enum>
bool Within(Enum value, Enum last) {
  return static_cast<int>(value) >= 0 && static_cast<int>(value) <= static_cast<int>(last);
}

// Collects what is wrong, field by field.
class Refusals {
 public:
  explicit Refusals(std::vector<FieldError>& errors) : errors_(errors) {}

  void Add(std::string field, std::string code, std::string reason) {
    errors_.push_back({std::move(field), std::move(reason), std::move(code)});
  }

  void Text(const std::string& field, std::string_view value, size_t most = kMaxStringBytes) {
    if (value.size() > most) {
      Add(field, "too_long", StrCat("has ", value.size(), " bytes, at most ", most, " are taken"));
    }
    if (!IsUtf8(value)) Add(field, "invalid_utf8", "is not valid UTF-8");
  }

  template <class Items>
  bool Count(const std::string& field, const Items& items) {
    if (items.size() <= kMaxItems) return true;
    Add(field, "too_many",
        StrCat("has ", items.size(), " items, at most ", kMaxItems, " are taken"));
    return false;
  }

  // Within low..high and a number.
  void Number(const std::string& field, double value, double low, double high) {
    if (std::isnan(value)) {
      Add(field, "out_of_range", "is not a number");
    } else if (value < low || value > high) {
      Add(field, "out_of_range", absl::StrFormat("%g is outside %.0f..%.0f", value, low, high));
    }
  }

  void PointOf(const std::string& field, const Point& point) {
    Number(field + ".latitude", point.latitude, -90, 90);
    Number(field + ".longitude", point.longitude, -180, 180);
  }

  void Times(const std::string& field, const Interval& interval, Time latest,
             std::string_view latest_is) {
    if (interval.from > interval.to) {
      Add(field, "reversed_interval", "ends before it begins");
      return;
    }
    if (interval.from < kEarliest) Add(field, "too_early", "lies before 1900");
    if (interval.to > latest) {
      Add(field, "too_far_in_future", StrCat("lies more than ", latest_is, " ahead"));
    }
  }

 private:
  std::vector<FieldError>& errors_;
};

class Judge {
 public:
  Judge(const Event& event, const FilingDesk& desk, const FilingRules& rules, Time now,
        Verdict& verdict)
      : event_(event),
        desk_(desk),
        rules_(rules),
        now_(now),
        no_(verdict.errors),
        flags_(verdict.flags) {}

  void Run() {
    Attribution();
    What();
    When();
    Where();
    Who();
    LabelOf();
    Texts();
    AttributesOf();
    std::sort(flags_.begin(), flags_.end());
    flags_.erase(std::unique(flags_.begin(), flags_.end()), flags_.end());
  }

 private:
  void Flag(const char* flag) { flags_.emplace_back(flag); }

  void Attribution() {
    const Identity& identity = event_.identity;
    if (identity.mission != desk_.mission) {
      no_.Add("mission", "wrong_mission",
              StrCat("must be ", desk_.mission.str(), ", the mission of the certificate"));
    }
    if (identity.id.empty()) {
      no_.Add("id", "required", "is missing; 1 to 128 characters of [A-Za-z0-9._:/-]");
    } else if (!IsEventId(identity.id.str())) {
      no_.Add("id", "bad_id", "must be 1 to 128 characters of [A-Za-z0-9._:/-]");
    }
    Revision();
    if (event_.accepted != kUnknownTime) {
      no_.Add("accepted_us", "not_allowed", "is set by ingest, not by a client");
    }
    if (!event_.flags.empty()) {
      no_.Add("flags", "not_allowed", "are set by ingest, not by a client");
    }
    StatusOf();
  }

  void Revision() {
    if (event_.revision < 1) {
      no_.Add("revision", "out_of_range", StrCat(event_.revision, " is less than 1"));
    }
    const bool first = event_.revision_kind == RevisionKind::kFile;
    if (!Within(event_.revision_kind, RevisionKind::kRegrade)) {
      no_.Add("revision_kind", "unknown_value", "is no kind of revision");
    } else if (event_.revision >= 1 && first != (event_.revision == 1)) {
      no_.Add("revision_kind", "bad_revision",
              first ? "a revision after the first is a correction, a withdrawal or a regrading"
                    : "revision 1 files the event; corrections begin with 2");
    }
    no_.Text("revision_reason", event_.revision_reason);
    if (event_.revision > 1 && event_.revision_reason.empty()) {
      no_.Add("revision_reason", "required", "is required from revision 2 on");
    }
  }

  void StatusOf() {
    if (event_.status == Status::kUnspecified || !Within(event_.status, Status::kDraft)) {
      no_.Add("status", "unknown_value", "is no CAP status");
    }
    no_.Text("exercise_id", event_.exercise_id, 128);
    const bool exercise = event_.status == Status::kExercise;
    if (exercise && event_.exercise_id.empty()) {
      no_.Add("exercise_id", "required", "is required with status Exercise");
    } else if (!exercise && !event_.exercise_id.empty()) {
      no_.Add("exercise_id", "not_allowed", "is for status Exercise only");
    }
  }

  void What() {
    no_.Text("type", event_.type, 128);
    if (event_.nature == Nature::kUnspecified || !Within(event_.nature, Nature::kPlanned)) {
      no_.Add("nature", "unknown_value", "is no nature of an event");
    }
    if (event_.type.empty() && event_.texts.empty()) {
      no_.Add("type", "required", "what happened is missing: give a type or a text");
    }
    const auto type = rules_.types.find(event_.type);
    if (type == rules_.types.end()) {
      Flag("unknown_type");
    } else if (!type->second.here) {
      Flag("wrong_stream");
    }
  }

  void When() {
    const Interval& observed = event_.observed;
    if (observed == Interval{}) {
      no_.Add("observed", "required", "when it happened is missing");
    } else if (event_.nature == Nature::kObserved) {
      no_.Times("observed", observed, now_ + kMaxAhead, "48 hours");
    } else {
      no_.Times("observed", observed, now_ + kMaxPlan, "20 years");
    }
    if (!Within(event_.precision, TimePrecision::kVague)) {
      no_.Add("observed.precision", "unknown_value", "is no precision of a time");
    }
    no_.Text("observed.zone", event_.zone, 128);
    if (event_.valid) no_.Times("valid", *event_.valid, now_ + kMaxPlan, "20 years");
    const Time reported = event_.reported;
    if (reported != kUnknownTime) {
      no_.Times("reported_us", {reported, reported}, now_ + kMaxAhead, "48 hours");
    }
    const bool seen_after_told =
        event_.nature == Nature::kObserved && reported != kUnknownTime && observed.from > reported;
    if (seen_after_told || event_.precision == TimePrecision::kVague ||
        (observed.from <= observed.to && WidthOf(observed) > kWide)) {
      Flag("doubtful_time");
    }
  }

  void Where() {
    const Place& place = event_.place;
    no_.Text("place.name", place.name);
    if (place.point) {
      no_.PointOf("place.point", *place.point);
    } else if (event_.type != "feed.heartbeat") {
      Flag("unresolved_place");
    }
    no_.Number("place.uncertainty_m", place.uncertainty_m, 0, kMaxUncertainty);
    if (no_.Count("place.candidates", place.candidates)) {
      for (size_t i = 0; i < place.candidates.size(); ++i) {
        const std::string at = StrCat("place.candidates[", i, "]");
        no_.Text(at + ".name", place.candidates[i].name);
        no_.Text(at + ".pcode", place.candidates[i].pcode, 128);
        no_.PointOf(at + ".point", place.candidates[i].point);
      }
    }
    no_.Text("place.pcode", place.pcode, 128);
    no_.Text("place.pcode_list_date", place.pcode_list_date, 128);
  }

  void Who() {
    if (no_.Count("actors", event_.actors)) {
      for (size_t i = 0; i < event_.actors.size(); ++i) ActorOf(event_.actors[i], i);
    }
    Number("people.killed", event_.people.killed);
    Number("people.injured", event_.people.injured);
    Number("people.displaced", event_.people.displaced);
    Number("people.affected", event_.people.affected);
    const Source& source = event_.source;
    no_.Text("source.kind", source.kind, 128);
    no_.Text("source.component", source.component, 128);
    no_.Text("source.protected_id", source.protected_id, 256);
    no_.Text("source.how_obtained", source.how_obtained);
    no_.Text("source.relayed_from", source.relayed_from, 256);
    if (source.same_incident_as) {
      if (*source.same_incident_as == event_.identity) {
        no_.Add("source.same_incident_as", "self_reference", "names the event itself");
      } else if (source.same_incident_as->mission.empty() ||
                 !IsEventId(source.same_incident_as->mission.str()) ||
                 !IsEventId(source.same_incident_as->id.str())) {
        no_.Add("source.same_incident_as", "bad_id", "must name a mission and an event id");
      }
    }
    if (!OneOf(event_.grading.reliability, "ABCDEF")) {
      no_.Add("grading.reliability", "unknown_value", "must be A to F or empty (Admiralty code)");
    }
    if (!OneOf(event_.grading.credibility, "123456")) {
      no_.Add("grading.credibility", "unknown_value", "must be 1 to 6 or empty (Admiralty code)");
    }
  }

  void ActorOf(const Actor& actor, size_t i) {
    const std::string at = StrCat("actors[", i, "]");
    no_.Text(at + ".name", actor.name);
    no_.Text(at + ".register_id", actor.register_id, 128);
    no_.Text(at + ".role", actor.role, 128);
    if (actor.role != "perpetrator" || !rules_.knows_actor) return;
    if (!rules_.knows_actor(actor.register_id.empty() ? actor.name : actor.register_id)) {
      Flag("unknown_actor");
    }
  }

  void Number(const char* field, const std::optional<int64_t>& count) {
    if (count && (*count < 0 || *count > kMaxPeople)) {
      no_.Add(field, "out_of_range", StrCat(*count, " is outside 0..", kMaxPeople));
    }
  }

  void LabelOf() {
    const Label& label = event_.label;
    const Label& floor = desk_.floor;
    if (label.originator != desk_.mission) {
      no_.Add("label.originator", "wrong_originator",
              StrCat("must be ", desk_.mission.str(), ": only the originator labels"));
    }
    if (!Within(label.classification, Classification::kStrictlyConfidential) ||
        label.classification == Classification::kUnspecified) {
      no_.Add("label.classification", "unknown_value", "is no UN classification");
    } else if (label.classification < floor.classification) {
      no_.Add("label.classification", "looser_label", "is looser than the desk's or feed's floor");
    }
    if (!Within(label.tlp, Tlp::kRed) || label.tlp == Tlp::kUnspecified) {
      no_.Add("label.tlp", "unknown_value", "is no TLP 2.0 label");
    } else if (label.tlp < floor.tlp) {
      no_.Add("label.tlp", "looser_label", "is looser than the desk's or feed's floor");
    }
    if (no_.Count("label.releasable_to", label.releasable_to)) {
      for (const MissionId& mission : label.releasable_to) {
        no_.Text("label.releasable_to", mission.str(), 128);
      }
    }
    const auto released = [&](const MissionId& mission) {
      const auto& to = floor.releasable_to;
      return to.empty() || std::find(to.begin(), to.end(), mission) != to.end() ||
             std::find(to.begin(), to.end(), MissionId("*")) != to.end();
    };
    if (!std::all_of(label.releasable_to.begin(), label.releasable_to.end(), released)) {
      no_.Add("label.releasable_to", "looser_label", "names a mission that the floor does not");
    }
    if (no_.Count("label.caveats", label.caveats)) {
      for (const std::string& caveat : label.caveats) no_.Text("label.caveats", caveat, 128);
    }
    for (const std::string& caveat : floor.caveats) {
      if (std::find(label.caveats.begin(), label.caveats.end(), caveat) == label.caveats.end()) {
        no_.Add("label.caveats", "looser_label",
                StrCat("must have ", caveat, ", as the floor has"));
      }
    }
  }

  void Texts() {
    size_t sum = 0;
    if (no_.Count("texts", event_.texts)) {
      for (size_t i = 0; i < event_.texts.size(); ++i) {
        no_.Text(StrCat("texts[", i, "].language"), event_.texts[i].language, 128);
        no_.Text(StrCat("texts[", i, "].text"), event_.texts[i].text, kMaxTextBytes);
        sum += event_.texts[i].text.size();
      }
    }
    if (sum > kMaxAllTextBytes) {
      no_.Add("texts", "too_long",
              StrCat("have ", sum, " bytes together, at most ", kMaxAllTextBytes, " are taken"));
    }
    if (no_.Count("references", event_.references)) {
      for (size_t i = 0; i < event_.references.size(); ++i) {
        no_.Text(StrCat("references[", i, "]"), event_.references[i]);
      }
    }
  }

  void AttributesOf() {
    if (!no_.Count("attributes", event_.attributes)) return;
    const auto type = rules_.types.find(event_.type);
    for (const auto& [name, value] : event_.attributes) {
      if (name.size() > 128 || !IsUtf8(name)) {
        no_.Add("attributes", "bad_name", "a name is not UTF-8 of at most 128 bytes");
        continue;
      }
      no_.Text(StrCat("attributes[", name, "]"), value);
      if (type == rules_.types.end()) continue;
      const auto kind = type->second.attributes.find(name);
      if (kind == type->second.attributes.end()) {
        Flag("unknown_attribute");
      } else if (!IsOfKind(value, kind->second)) {
        Flag("bad_attribute");
      }
    }
  }

  const Event& event_;
  const FilingDesk& desk_;
  const FilingRules& rules_;
  Time now_;
  Refusals no_;
  std::vector<std::string>& flags_;
};

}  // namespace

bool IsEventId(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("._:/-").find(c) != std::string_view::npos;
  });
}

Verdict Validate(const Event& event, const FilingDesk& desk, const FilingRules& rules, Time now) {
  Verdict verdict;
  Judge(event, desk, rules, now, verdict).Run();
  return verdict;
}

}  // namespace tocsin
