#include <iostream>

#include <absl/strings/numbers.h>

#include "lib/wire/wire.h"
#include "tocsinctl/commands/commands.h"
#include "tocsinctl/commands/speed.h"
#include "tocsinctl/output.h"
#include "tocsinctl/player.h"
#include "tocsinctl/world.h"

namespace tocsin::ctl {

void AddSpeed(CLI::App& command, std::string& speed) {
  command
      .add_option("--speed", speed, "Scenario seconds per second, or max for as fast as it goes")
      ->capture_default_str()
      ->check([](const std::string& text) -> std::string {
        double value = 0;
        return text == "max" || (absl::SimpleAtod(text, &value) && value > 0 && value < 1e12)
                   ? ""
                   : "neither max nor a number greater than 0";
      });
}

double SpeedOf(const std::string& speed) {
  double value = 0;
  return speed != "max" && absl::SimpleAtod(speed, &value) ? value : 0;
}

namespace {

struct ImportArguments {
  std::string format, file;
  std::string exercise, filer, feed;
  std::string speed = "max";
  double margin_s = 60;
  int64_t shift_days = 0;
  bool dry_run = false;
  std::string filed, positions;
};

int DryRun(const Session& session, const Offers& offers) {
  for (const Offer& offer : offers.offers) {
    if (session.json()) {
      std::cout << Dump(ToJson(ToProto(offer.event))) << "\n";
    }
  }
  if (!session.json()) {
    std::map<std::string, int64_t> by_mission;
    for (const Offer& offer : offers.offers) {
      ++by_mission[offer.event.identity.mission.str()];
    }
    std::vector<std::vector<std::string>> rows = {{"MISSION", "EVENTS"}};
    for (const auto& [mission, count] : by_mission) {
      rows.push_back({mission, std::to_string(count)});
    }
    PrintTable(rows);
  }
  return kOk;
}

int RunImport(Session& session, const ImportArguments& arguments) {
  const absl::StatusOr<const Context*> context = session.context();
  if (!context.ok()) {
    return FailUsage(context.status());
  }
  const auto world = World::Load((*context)->rules_dir);
  if (!world.ok()) {
    return FailUsage(world.status());
  }
  PlaySource source;
  source.format = arguments.format == "ucdp"    ? SourceFormat::kUcdp
                  : arguments.format == "firms" ? SourceFormat::kFirms
                  : arguments.format == "lra"   ? SourceFormat::kLra
                                                : SourceFormat::kRecord;
  if (!arguments.feed.empty()) {
    source.firms.attributes["feed"] = arguments.feed;
    source.firms.source.protected_id = arguments.feed;
  }
  ImportOptions options;
  options.status = arguments.exercise.empty() ? Status::kActual : Status::kExercise;
  options.exercise_id = arguments.exercise;
  options.shift_days = arguments.shift_days;
  options.filer = MissionId(arguments.filer);
  Offers offers;
  const absl::Status added = AddSource(source, arguments.file, options, (*world)->import(), offers);
  if (!added.ok()) {
    return FailUsage(added);
  }
  SortOffers(offers);
  ReportFiles(offers, 50);
  const bool clean = offers.files[0].refused == 0 && offers.files[0].problems.empty();
  if (arguments.dry_run) {
    const int status = DryRun(session, offers);
    return clean ? status : kRefused;
  }
  PlayerOptions player;
  player.speed = SpeedOf(arguments.speed);
  player.margin = Duration(static_cast<int64_t>(arguments.margin_s * 1e6));
  player.filed = arguments.filed;
  player.positions = arguments.positions;
  const absl::StatusOr<PlayerSummary> summary = Play(session, offers, player);
  if (!summary.ok()) {
    return Fail(summary.status());
  }
  PrintSummary(*summary, session.json());
  return clean && summary->unexpected == 0 ? kOk : kRefused;
}

}  // namespace

void AddImport(CLI::App& app, Run& run) {
  CLI::App* const command = app.add_subcommand(
      "import", "Files every row of a foreign file as the mission in whose area it lies");
  const auto arguments = std::make_shared<ImportArguments>();
  command->add_option("format", arguments->format, "ucdp, firms, lra or record")
      ->required()
      ->check(CLI::IsMember({"ucdp", "firms", "lra", "record"}));
  command->add_option("file", arguments->file, "The file")->required();
  command->add_option("--exercise", arguments->exercise,
                      "Files everything as this exercise (default: as Actual)");
  command->add_option("--filer", arguments->filer,
                      "Mission that files what lies in no area (default: such rows are left out)");
  command->add_option("--feed", arguments->feed, "firms: id of the feed that sends the detections");
  command->add_option("--shift-days", arguments->shift_days, "Moves every date by so many days")
      ->check(CLI::Range(-kMostShiftDays, kMostShiftDays));
  AddSpeed(*command, arguments->speed);
  command
      ->add_option("--margin", arguments->margin_s,
                   "Scenario seconds that it may run ahead of what is not acknowledged")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str();
  command->add_option(
      "--filed", arguments->filed,
      "Writes each event with its receipt and time of acknowledgement, one JSON a line");
  command->add_option("--positions", arguments->positions,
                      "Writes the last position in each source partition");
  command->add_flag("--dry-run", arguments->dry_run,
                    "Files nothing; shows what would be filed (--json: every event)");
  command->footer(
      "A bad row is told with line, column and reason, counted, and left out; exit status 1 then.\n"
      "Importing a file again has no second effect.\n\n"
      "  tocsinctl import ucdp data/ucdp/ucdp_ged_2008_2009.csv --exercise EX-1 --filer unmis\n"
      "  tocsinctl import firms fires.csv --shift-days -3287 --speed 3600 --dry-run");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunImport(session, *arguments); };
  });
}

}  // namespace tocsin::ctl
