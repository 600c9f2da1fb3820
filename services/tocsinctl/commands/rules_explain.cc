#include <algorithm>
#include <iostream>
#include <memory>
#include <utility>

#include <absl/strings/str_join.h>

#include "lib/backtest/lines.h"
#include "lib/backtest/replay.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/packfiles/load.h"
#include "tocsinctl/backtest.h"
#include "tocsinctl/commands/rules_files.h"
#include "tocsinctl/distance_words.h"
#include "tocsinctl/output.h"
#include "tocsinctl/topic_reports.h"
#include "tocsinctl/world.h"

namespace tocsin::ctl {
namespace {

struct ExplainArguments {
  std::string folder = "rules", rule, at, exercise, filer;
  std::vector<std::string> events, missions;
  bool topics = false;
  size_t most = 10;
};

std::string NameOf(const Identity& event) {
  return StrCat(event.mission.str(), "/", event.id.str());
}

std::string FieldsOf(const KeyDistance& distance) {
  std::string text;
  for (const auto& [field, value] : distance.parts.fields) {
    text += StrCat(text.empty() ? "" : " ", field, "=", value);
  }
  return text.empty() ? "everywhere" : text;
}

void Print(const Rule& rule, const std::vector<KeyDistance>& distances, size_t most,
           const Catalogue& catalogue) {
  std::vector<std::vector<std::string>> rows = {
      {"KEY", "MEASURE", "IS", "FIRES AT", "STANDS", "ON"}};
  for (const KeyDistance& distance : distances) {
    if (rows.size() > most) break;
    std::vector<std::string> ids;
    for (const Identity& member : distance.members) ids.push_back(NameOf(member));
    rows.push_back({FieldsOf(distance), distance.measure.name, StrCat(distance.measure.value),
                    distance.measure.threshold > 0 ? StrCat(distance.measure.threshold) : "-",
                    distance.standing ? "yes" : "no", absl::StrJoin(ids, " ")});
  }
  PrintTable(rows);
  for (size_t i = 0; i < std::min(most, distances.size()); ++i) {
    const std::vector<std::string> lines = DistanceWords(rule, distances[i], catalogue);
    if (lines.empty()) continue;
    std::cout << "\n" << FieldsOf(distances[i]) << "\n";
    for (const std::string& line : lines) std::cout << "  " << line << "\n";
  }
  if (distances.size() > most) {
    std::cout << "and " << distances.size() - most << " keys that are further away\n";
  }
}

nlohmann::json Json(const KeyDistance& distance) {
  nlohmann::json json = {{"key", std::map<std::string, std::string>(distance.parts.fields.begin(),
                                                                    distance.parts.fields.end())},
                         {"measure", distance.measure.name},
                         {"value", distance.measure.value},
                         {"threshold", distance.measure.threshold},
                         {"standing", distance.standing},
                         {"evidence", nlohmann::json::array()}};
  for (const Identity& member : distance.members) json["evidence"].push_back(NameOf(member));
  for (const StepMet& step : distance.steps) {
    nlohmann::json& one = json["steps"].emplace_back();
    one = {{"selection", step.selection}, {"by", nullptr}};
    if (step.by)
      one = {{"selection", step.selection}, {"by", NameOf(*step.by)}, {"time", Rfc3339(step.time)}};
  }
  for (const SideDeclared& side : distance.sides) {
    json["sides"].push_back({{"side", side.side},
                             {"value", side.value},
                             {"by", NameOf(side.by)},
                             {"since", Rfc3339(side.since)},
                             {"until", Rfc3339(side.until)}});
  }
  if (distance.course) {
    json["course"] = {{"speed_m_per_h", distance.course->speed_m_per_h},
                      {"speed_error_m_per_h", distance.course->speed_error_m_per_h},
                      {"heading_deg", distance.course->heading_deg},
                      {"heading_error_deg", distance.course->heading_error_deg}};
  }
  for (const AreaId& area : distance.ahead) json["ahead"].push_back(area.str());
  if (distance.past_least > 0) {
    json["past"] = {{"buckets", distance.past}, {"needs", distance.past_least}};
  }
  if (!distance.missing.empty()) json["missing"] = distance.missing;
  if (distance.since) json["since"] = Rfc3339(*distance.since);
  if (distance.until) json["until"] = Rfc3339(*distance.until);
  return json;
}

// Of a folder without words, codes are shown.
absl::StatusOr<Catalogue> WordsOf(const std::string& folder) {
  const std::string path = StrCat(folder, "/catalogue/en.yaml");
  const absl::StatusOr<std::string> text = ReadWholeFile(path);
  if (!text.ok()) return Catalogue();
  absl::StatusOr<Catalogue> catalogue = Catalogue::Parse(*text);
  if (catalogue.ok()) return catalogue;
  return absl::InvalidArgumentError(StrCat(path, ": ", std::string(catalogue.status().message())));
}

absl::StatusOr<Time> At(const std::string& text) {
  if (text == "now") return FromMicros(NowMicros());
  TOCSIN_ASSIGN_OR_RETURN(const When when, ParseWhen(text, absl::UTCTimeZone()));
  return when.interval.to;
}

int RunExplain(Session& session, const ExplainArguments& arguments) {
  if (arguments.topics == !arguments.events.empty()) {
    return FailUsage(absl::InvalidArgumentError("give --events FILE or --topics"));
  }
  BacktestOptions options;
  options.files = arguments.events;
  options.import.status = arguments.exercise.empty() ? Status::kActual : Status::kExercise;
  options.import.exercise_id = arguments.exercise;
  options.import.filer = MissionId(arguments.filer);
  if (!arguments.at.empty()) {
    const absl::StatusOr<Time> at = At(arguments.at);
    if (!at.ok()) return FailUsage(at.status());
    options.to = *at;
  }
  TopicReports topics;
  if (arguments.topics) {
    absl::StatusOr<TopicReports> read =
        ReadTopicsOf(session, arguments.missions, arguments.exercise);
    if (absl::IsInvalidArgument(read.status())) return FailUsage(read.status());
    if (!read.ok()) return Fail(read.status());
    topics = *std::move(read);
    ReportTopics(topics);
    options.filed = &topics.reports;
  }
  absl::StatusOr<std::unique_ptr<World>> rules = World::Load(arguments.folder);
  if (!rules.ok()) return FailUsage(rules.status());
  const absl::StatusOr<Loaded> loaded = LoadHistory(*std::move(rules), options);
  if (!loaded.ok()) return FailUsage(loaded.status());
  const absl::StatusOr<Catalogue> catalogue = WordsOf(arguments.folder);
  if (!catalogue.ok()) return FailUsage(catalogue.status());
  const World& world = *loaded->world;
  std::vector<KeyDistance> distances;
  ReplayOptions replay;
  replay.until = options.to;
  replay.at_end = [&](Room& room, Time now) -> absl::Status {
    TOCSIN_ASSIGN_OR_RETURN(distances, room.Distances(world.pack(), RuleId(arguments.rule), now));
    return absl::OkStatus();
  };
  const absl::Status status = Replay(world.documents(), world.pack(), loaded->history.reports,
                                     replay, [](Time, const Warning&) {});
  if (!status.ok()) return FailUsage(status);
  if (session.json()) {
    for (const KeyDistance& distance : distances) std::cout << Dump(Json(distance)) << "\n";
  } else {
    const Rule& rule =
        *std::find_if(world.pack().rules.begin(), world.pack().rules.end(),
                      [&](const Rule& one) { return one.id.str() == arguments.rule; });
    Print(rule, distances, arguments.most, *catalogue);
  }
  return kOk;
}

}  // namespace

void AddRulesExplain(CLI::App& command, Run& run) {
  CLI::App* const explain =
      command.add_subcommand("explain", "How far each key of a rule was from a warning");
  const auto arguments = std::make_shared<ExplainArguments>();
  explain->add_option("rule", arguments->rule, "Id of the rule")->required();
  explain->add_option("--rules", arguments->folder, "Rules folder")->capture_default_str();
  explain->add_option("--events", arguments->events, "Files of reports, as for backtest");
  explain->add_flag("--topics", arguments->topics, "Instead of files: as for backtest");
  explain->add_option("--missions", arguments->missions, "As for backtest")->delimiter(',');
  explain->add_option("--at", arguments->at,
                      "A day (its end), a time or now; default: the last report");
  explain->add_option("--exercise", arguments->exercise, "As for backtest");
  explain->add_option("--filer", arguments->filer, "As for backtest");
  explain->add_option("--most", arguments->most, "Shows so many keys")->capture_default_str();
  explain->footer(
      "From what had been reported by then: what the rule measures, and the least that fires. "
      "Counts\n"
      "of the window that ends then; near: selections with an event within its time; absence:\n"
      "seconds since the newest event; sequences: steps that are met while the rest may still "
      "come,\n"
      "and the silence after them; divergence: seconds of disagreement; movement: sightings that\n"
      "count; surge: the bucket that runs, against what its past makes it need. Below it what is\n"
      "there, by what, what is missing, and until when. Why a warning stands, or did, is told by\n"
      "show.\n\n"
      "  tocsinctl rules explain attacks-near-border --events data/ucdp/ucdp_ged_2008_2009.csv \\\n"
      "    --filer unmis --at 2009-01-15\n"
      "  tocsinctl rules explain attacks-near-border --topics --at now");
  explain->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunExplain(session, *arguments); };
  });
}

}  // namespace tocsin::ctl
