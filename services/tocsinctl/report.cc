#include "tocsinctl/report.h"

#include <iostream>
#include <iterator>
#include <random>

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>
#include <google/protobuf/util/json_util.h>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/importing/record.h"
#include "lib/packfiles/load.h"
#include "lib/rules/pack.h"
#include "tocsinctl/output.h"
#include "tocsinctl/world.h"

namespace tocsin::ctl {
namespace {

absl::Status Bad(const std::string& flag, const std::string& what) {
  return absl::InvalidArgumentError(StrCat(flag, ": ", what));
}

absl::StatusOr<v1::Event> ReadFrom(const std::string& from) {
  v1::Event event;
  if (from.empty()) {
    return event;
  }
  std::string text;
  if (from == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    TOCSIN_ASSIGN_OR_RETURN(text, ReadWholeFile(from));
  }
  const auto status = google::protobuf::util::JsonStringToMessage(text, &event);
  if (!status.ok()) {
    return Bad("--from", StrCat(from, " is no event in protobuf JSON: ", status.ToString()));
  }
  return event;
}

absl::Status SetTimes(const ReportArguments& arguments, const absl::TimeZone& zone,
                      v1::Event& event) {
  if (!arguments.when.empty()) {
    When when;
    if (arguments.when == "now") {
      const Time now = FromMicros(NowMicros());
      when = {{now, now}, TimePrecision::kInstant};
    } else {
      absl::StatusOr<When> parsed = ParseWhen(arguments.when, zone);
      if (!parsed.ok()) {
        return Bad("--when", std::string(parsed.status().message()));
      }
      when = *parsed;
    }
    v1::ObservedTime& observed = *event.mutable_observed();
    observed.mutable_interval()->set_from_us(ToMicros(when.interval.from));
    observed.mutable_interval()->set_to_us(ToMicros(when.interval.to));
    observed.set_precision(static_cast<v1::TimePrecision>(when.precision));
    observed.set_zone(arguments.zone);
  }
  if (!arguments.valid.empty()) {
    const absl::StatusOr<When> valid = ParseWhen(arguments.valid, zone);
    if (!valid.ok()) {
      return Bad("--valid", std::string(valid.status().message()));
    }
    event.mutable_valid()->set_from_us(ToMicros(valid->interval.from));
    event.mutable_valid()->set_to_us(ToMicros(valid->interval.to));
  }
  if (!arguments.reported.empty()) {
    const absl::StatusOr<When> reported = ParseWhen(arguments.reported, zone);
    if (!reported.ok()) {
      return Bad("--reported", std::string(reported.status().message()));
    }
    event.set_reported_us(ToMicros(reported->interval.from));
  }
  return absl::OkStatus();
}

absl::Status SetPlace(const ReportArguments& arguments, v1::Event& event) {
  if (arguments.lat.has_value() != arguments.lon.has_value()) {
    return Bad("--lat", "needs --lon, and the other way round");
  }
  if (!arguments.where.empty()) {
    event.mutable_place()->set_name(arguments.where);
  }
  if (arguments.lat.has_value()) {
    event.mutable_place()->mutable_point()->set_latitude(*arguments.lat);
    event.mutable_place()->mutable_point()->set_longitude(*arguments.lon);
  }
  if (arguments.within_km.has_value()) {
    event.mutable_place()->set_uncertainty_m(*arguments.within_km * 1000);
  }
  if (!arguments.pcode.empty()) {
    event.mutable_place()->set_pcode(arguments.pcode);
  }
  return absl::OkStatus();
}

absl::Status SetSource(const ReportArguments& arguments, v1::Event& event) {
  const auto set = [&](const std::string& text, auto setter) {
    if (!text.empty()) {
      (event.mutable_source()->*setter)(text);
    }
  };
  set(arguments.source_kind, &v1::Source::set_kind<const std::string&>);
  set(arguments.component, &v1::Source::set_component<const std::string&>);
  set(arguments.protected_id, &v1::Source::set_protected_id<const std::string&>);
  set(arguments.how, &v1::Source::set_how_obtained<const std::string&>);
  set(arguments.relayed_from, &v1::Source::set_relayed_from<const std::string&>);
  if (!arguments.same_incident.empty()) {
    const size_t slash = arguments.same_incident.find('/');
    if (slash == std::string::npos) {
      return Bad("--same-incident", "is not MISSION/ID");
    }
    v1::Identity& same = *event.mutable_source()->mutable_same_incident_as();
    same.set_mission(arguments.same_incident.substr(0, slash));
    same.set_id(arguments.same_incident.substr(slash + 1));
  }
  if (!arguments.grading.empty()) {
    Grading grading;
    if (!ParseGrading(arguments.grading, grading)) {
      return Bad("--grading", "is no grading from A1 to F6");
    }
    event.mutable_grading()->set_reliability(grading.reliability);
    event.mutable_grading()->set_credibility(grading.credibility);
  }
  return absl::OkStatus();
}

absl::Status SetLabel(const ReportArguments& arguments, v1::Event& event) {
  if (arguments.classification.empty() && arguments.tlp.empty() &&
      arguments.releasable_to.empty() && arguments.caveats.empty()) {
    return absl::OkStatus();
  }
  v1::Label& label = *event.mutable_label();
  v1::Classification classification = label.classification();
  v1::Tlp tlp = label.tlp();
  if (!arguments.classification.empty() &&
      !v1::Classification_Parse(
          StrCat("CLASSIFICATION_", absl::AsciiStrToUpper(arguments.classification)),
          &classification)) {
    return Bad("--classification", "is none of unclassified, confidential, strictly_confidential");
  }
  if (!arguments.tlp.empty() &&
      !v1::Tlp_Parse(StrCat("TLP_", absl::AsciiStrToUpper(arguments.tlp)), &tlp)) {
    return Bad("--tlp", "is none of clear, green, amber, amber_strict, red");
  }
  label.set_classification(classification);
  label.set_tlp(tlp);
  for (const std::string& mission : arguments.releasable_to) {
    label.add_releasable_to(mission);
  }
  for (const std::string& caveat : arguments.caveats) {
    label.add_caveats(caveat);
  }
  return absl::OkStatus();
}

absl::Status SetRest(const ReportArguments& arguments, v1::Event& event) {
  if (!arguments.nature.empty()) {
    event.set_nature(static_cast<v1::Nature>(ParseNature(arguments.nature)));
  }
  for (const std::string& who : arguments.who) {
    const size_t colon = who.rfind(':');
    v1::Actor& actor = *event.add_actors();
    actor.set_name(who.substr(0, colon));
    actor.set_role(colon == std::string::npos ? "subject" : who.substr(colon + 1));
  }
  const auto count = [&](const std::optional<int64_t>& value, auto setter) {
    if (value.has_value()) {
      (event.mutable_people()->*setter)(*value);
    }
  };
  count(arguments.killed, &v1::People::set_killed);
  count(arguments.injured, &v1::People::set_injured);
  count(arguments.displaced, &v1::People::set_displaced);
  count(arguments.affected, &v1::People::set_affected);
  for (const std::string& attribute : arguments.attributes) {
    const size_t equal = attribute.find('=');
    if (equal == std::string::npos || equal == 0) {
      return Bad("--attribute", "is not NAME=VALUE");
    }
    (*event.mutable_attributes())[attribute.substr(0, equal)] = attribute.substr(equal + 1);
  }
  for (const std::string& reference : arguments.references) {
    event.add_references(reference);
  }
  if (!arguments.text.empty()) {
    v1::Text& text = *event.add_texts();
    text.set_language(arguments.language.empty() ? "en" : arguments.language);
    text.set_text(arguments.text);
  }
  if (!arguments.exercise.empty()) {
    event.set_status(v1::STATUS_EXERCISE);
    event.set_exercise_id(arguments.exercise);
  }
  return absl::OkStatus();
}

}  // namespace

void AddReportFlags(CLI::App& command, ReportArguments& arguments) {
  command.add_option("--from", arguments.from,
                     "The event as protobuf JSON, from a file or - for standard input; flags win");
  command.add_option("--what", arguments.what, "Type, e.g. security.attack, displacement.flow");
  command.add_option("--where", arguments.where, "Place as it was reported, in words");
  command.add_option(
      "--when", arguments.when,
      "2009-03-04 (that local day), 2009-03-04T14:30Z, two of these with .. between, or now");
  command.add_option("--how", arguments.how,
                     "observed, interviewed, heard, intercepted, measured, published");
  command.add_option("--who", arguments.who, "A party as NAME or NAME:ROLE; several are possible");
  command.add_option("--id", arguments.id,
                     "Your own id for it (file: one is made if it is not given)");
  command.add_option("--lat", arguments.lat, "Latitude in degrees");
  command.add_option("--lon", arguments.lon, "Longitude in degrees");
  command.add_option("--within-km", arguments.within_km,
                     "It lies within so many kilometres of the point");
  command.add_option("--pcode", arguments.pcode, "OCHA P-code of the place");
  command.add_option("--nature", arguments.nature, "observed, expected, declared or planned")
      ->check(CLI::IsMember({"observed", "expected", "declared", "planned"}));
  command.add_option("--valid", arguments.valid,
                     "When it holds, for what is not observed; as --when");
  command.add_option("--reported", arguments.reported, "When it was told");
  command.add_option("--zone", arguments.zone, "IANA zone of the place (default: the desk's)");
  command.add_option("--killed", arguments.killed, "People killed");
  command.add_option("--injured", arguments.injured, "People injured");
  command.add_option("--displaced", arguments.displaced, "People displaced");
  command.add_option("--affected", arguments.affected, "People affected otherwise");
  command.add_option("--source", arguments.source_kind,
                     "person, patrol, sensor, open_source, partner or dataset");
  command.add_option("--component", arguments.component,
                     "military, police, civil_affairs, dss, ...");
  command.add_option("--protected-id", arguments.protected_id, "Pseudonym of the source");
  command.add_option("--relayed-from", arguments.relayed_from, "Whom it was relayed from");
  command.add_option("--same-incident", arguments.same_incident,
                     "MISSION/ID of another report of the same incident");
  command.add_option("--grading", arguments.grading, "Admiralty code, e.g. B2");
  command.add_option("--classification", arguments.classification,
                     "unclassified, confidential or strictly_confidential");
  command.add_option("--tlp", arguments.tlp, "clear, green, amber, amber_strict or red");
  command.add_option("--releasable-to", arguments.releasable_to, "Missions that may have it")
      ->delimiter(',');
  command.add_option("--caveat", arguments.caveats, "Handling caveats")->delimiter(',');
  command.add_option("--attribute", arguments.attributes, "A field of the type as NAME=VALUE");
  command.add_option("--reference", arguments.references, "A document, URL or other report");
  command.add_option("--text", arguments.text, "The report's own text; it stays in the mission");
  command.add_option("--language", arguments.language, "Language of the text (default: en)");
  command.add_option("--exercise", arguments.exercise, "Part of this exercise");
}

absl::StatusOr<v1::Event> ToEvent(const ReportArguments& arguments, const absl::TimeZone& desk) {
  TOCSIN_ASSIGN_OR_RETURN(v1::Event event, ReadFrom(arguments.from));
  absl::TimeZone zone = desk;
  if (!arguments.zone.empty()) {
    const std::optional<absl::TimeZone> found = FindTimeZone(arguments.zone);
    if (!found.has_value()) {
      return Bad("--zone", StrCat(arguments.zone, " is no IANA zone"));
    }
    zone = *found;
  }
  if (!arguments.id.empty()) {
    event.set_id(arguments.id);
  }
  if (!arguments.what.empty()) {
    event.set_type(arguments.what);
  }
  TOCSIN_RETURN_IF_ERROR(SetTimes(arguments, zone, event));
  TOCSIN_RETURN_IF_ERROR(SetPlace(arguments, event));
  TOCSIN_RETURN_IF_ERROR(SetSource(arguments, event));
  TOCSIN_RETURN_IF_ERROR(SetLabel(arguments, event));
  TOCSIN_RETURN_IF_ERROR(SetRest(arguments, event));
  return event;
}

absl::TimeZone DeskZone(Session& session, const std::string& mission) {
  const absl::StatusOr<const Context*> context = session.context();
  if (context.ok()) {
    if (const auto documents = LoadPackFiles((*context)->rules_dir); documents.ok()) {
      if (const absl::StatusOr<Pack> pack = ParsePack(*documents, {}); pack.ok()) {
        const auto desk = pack->desks.find(MissionId(mission));
        if (desk != pack->desks.end()) {
          return FindTimeZone(desk->second.zone).value_or(absl::UTCTimeZone());
        }
      }
    }
  }
  return absl::UTCTimeZone();
}

int PrintReceipt(const Session& session, const std::string& mission, const v1::Receipt& receipt) {
  const bool good =
      receipt.outcome() == v1::OUTCOME_ACCEPTED || receipt.outcome() == v1::OUTCOME_DUPLICATE;
  if (session.json()) {
    std::cout << Dump(ToJson(receipt)) << "\n";
  } else {
    std::cout << mission << " " << receipt.id() << " revision " << receipt.revision() << ": "
              << Word(v1::Outcome_Name(receipt.outcome()), "OUTCOME_");
    if (receipt.has_position()) {
      std::cout << " (" << receipt.position().topic() << "[" << receipt.position().partition()
                << "] " << receipt.position().offset() << ")";
    }
    std::cout << "\n";
    for (const std::string& flag : receipt.flags()) {
      std::cout << "  on the triage list: " << flag << "\n";
    }
    for (const v1::FieldError& error : receipt.errors()) {
      std::cout << "  " << error.field() << ": " << error.reason() << "\n";
    }
  }
  return good ? kOk : receipt.outcome() == v1::OUTCOME_UNAVAILABLE ? kUnavailable : kRefused;
}

std::string RandomHex() {
  std::random_device device;
  return absl::StrFormat("%08x%04x", device(), device() & 0xFFFFU);
}

}  // namespace tocsin::ctl
