#include "tocsinctl/backtest.h"

#include <fstream>
#include <iostream>
#include <optional>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "tocsinctl/commands/commands.h"
#include "tocsinctl/output.h"
#include "tocsinctl/topic_reports.h"

namespace tocsin::ctl {
namespace {

struct BacktestArguments {
  std::string rules = "rules", compare;
  std::vector<std::string> events;
  std::vector<std::string> missions;
  std::string from, to, out, exercise, filer;
  bool topics = false, shadow = false;
};

absl::Status WriteLines(const std::string& path, const std::vector<WarningLine>& lines) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  for (const WarningLine& line : lines) file << ToNdjson(line) << "\n";
  file.close();
  return file ? absl::OkStatus() : absl::InvalidArgumentError(StrCat("cannot write ", path));
}

void ReportProblems(const BacktestResult& result) {
  Offers offers;
  offers.files = result.files;
  ReportFiles(offers, 20);
  constexpr size_t kMost = 20;
  for (size_t i = 0; i < result.problems.size() && i < kMost; ++i) {
    std::cerr << "  refused: " << result.problems[i] << "\n";
  }
  if (result.problems.size() > kMost) {
    std::cerr << "  and " << result.problems.size() - kMost << " more\n";
  }
}

int RunBacktest(Session& session, const BacktestArguments& arguments) {
  if (arguments.topics == !arguments.events.empty()) {
    return FailUsage(absl::InvalidArgumentError("give --events FILE or --topics"));
  }
  BacktestOptions options;
  options.files = arguments.events;
  options.import.status = arguments.exercise.empty() ? Status::kActual : Status::kExercise;
  options.import.exercise_id = arguments.exercise;
  options.import.filer = MissionId(arguments.filer);
  options.shadow = arguments.shadow;
  const absl::StatusOr<Time> from = Edge("--from", arguments.from, false);
  if (!from.ok()) return FailUsage(from.status());
  const absl::StatusOr<Time> to = Edge("--to", arguments.to, true);
  if (!to.ok()) return FailUsage(to.status());
  options.from = *from;
  options.to = *to;
  // Once for both rules folders: the topics go on.
  std::optional<TopicReports> topics;
  if (arguments.topics) {
    absl::StatusOr<TopicReports> read =
        ReadTopicsOf(session, arguments.missions, arguments.exercise);
    if (absl::IsInvalidArgument(read.status())) return FailUsage(read.status());
    if (!read.ok()) return Fail(read.status());
    topics = *std::move(read);
    ReportTopics(*topics);
    options.filed = &topics->reports;
  }
  const absl::StatusOr<BacktestResult> here = Backtest(arguments.rules, options);
  if (!here.ok()) return FailUsage(here.status());
  ReportProblems(*here);
  if (!arguments.out.empty()) {
    if (const absl::Status written = WriteLines(arguments.out, here->lines); !written.ok()) {
      return FailUsage(written);
    }
  }
  nlohmann::json json = BacktestJson(*here);
  if (topics) json["topics"] = TopicsJson(*topics);
  if (!session.json()) PrintBacktest(*here);
  if (!arguments.compare.empty()) {
    const absl::StatusOr<BacktestResult> there = Backtest(arguments.compare, options);
    if (!there.ok()) return FailUsage(there.status());
    const std::vector<Change> changes = Compare(here->lines, there->lines);
    json["compare"] = ChangesJson(changes);
    if (!session.json()) PrintChanges(changes, 20);
  }
  if (session.json()) std::cout << Dump(json) << "\n";
  const bool clean = here->clean() && (!topics || topics->clean());
  return clean ? kOk : kRefused;
}

}  // namespace

void AddBacktest(CLI::App& app, Run& run) {
  CLI::App* const command = app.add_subcommand(
      "backtest", "What rules would have warned of, over files of reports or a cluster's topics");
  const auto arguments = std::make_shared<BacktestArguments>();
  command->add_option("--rules", arguments->rules, "Rules folder")->capture_default_str();
  command->add_option(
      "--events", arguments->events,
      "UCDP GED, FIRMS and LRA CSV, exercise records and plays; several are possible");
  command->add_flag("--topics", arguments->topics,
                    "Instead of files: what the missions' topics hold, of the cluster that the "
                    "context names");
  command
      ->add_option("--missions", arguments->missions,
                   "Missions whose topics are read, a,b (default: those of the context)")
      ->delimiter(',');
  command->add_option("--out", arguments->out, "Writes the warnings, one JSON a line");
  command->add_option("--from", arguments->from,
                      "Leaves out what was issued before this day; its reports are read");
  command->add_option("--to", arguments->to, "Leaves out what was reported after this day");
  command->add_option("--exercise", arguments->exercise,
                      "Takes the reports as this exercise (default: as Actual); of topics only "
                      "those of this exercise (default: only Actual)");
  command->add_option("--filer", arguments->filer,
                      "Mission that files what lies in no area (default: such rows are left out)");
  command->add_flag("--shadow", arguments->shadow, "Rules in shadow, too, as if they were live");
  command->add_option("--compare", arguments->compare,
                      "Another rules folder: what it would have fired, earlier, later or no more");
  command->footer(
      "Reads only what had been reported by then: a report counts from the time it was reported,\n"
      "or from the end of the time it was observed. The same reports give the same bytes, in any\n"
      "order of rows and files.\n\n"
      "--out has one line for each warning and addressee, with the fields as of the moment at\n"
      "which it first went to this addressee (`issued`): what became known later, a correction\n"
      "or more evidence, is not in it. `expires` is null while a silence lasts; `area` has a "
      "circle\n"
      "that holds the evidence, wider by the corridor's width for a warning of a corridor, and "
      "the\n"
      "convex hull of the same as GeoJSON `geometry`. A warning that had expired when it was "
      "issued\n"
      "is counted and not written.\n\n"
      "--compare counts lines: the same, earlier, later, new, no more; joined: a warning of its "
      "own\n"
      "here, there one that stood went on; split: the other way round.\n\n"
      "--topics reads the reports that ingest accepted, from the first that is kept to where each\n"
      "topic ends now. Each counts from the time at which it was accepted. Labels and release "
      "rules\n"
      "do not hold on topics: whoever may read them sees every mission's reports, so only people\n"
      "with Kafka credentials of the deployment can do this.\n\n"
      "Exit status 1 if a row or record cannot be read or ingest would refuse a report.\n\n"
      "  tocsinctl backtest --rules rules --events data/ucdp/ucdp_ged_2008_2009.csv --filer unmis "
      "\\\n"
      "    --out warnings.ndjson\n"
      "  tocsinctl backtest --rules rules --topics --missions minurcat,unamid --out "
      "warnings.ndjson");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunBacktest(session, *arguments); };
  });
}

}  // namespace tocsin::ctl
