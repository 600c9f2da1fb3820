#include <cstdlib>

#include <absl/strings/numbers.h>

#include "tocsinctl/commands/commands.h"
#include "tocsinctl/commands/speed.h"
#include "tocsinctl/player.h"
#include "tocsinctl/world.h"

namespace tocsin::ctl {
namespace {

struct PlayArguments {
  std::string file;
  std::string speed = "max";
  double margin_s = 60;
  std::string filed, positions;
};

int RunPlay(Session& session, const PlayArguments& arguments) {
  const absl::StatusOr<const Context*> context = session.context();
  if (!context.ok()) {
    return FailUsage(context.status());
  }
  const auto world = World::Load((*context)->rules_dir);
  if (!world.ok()) {
    return FailUsage(world.status());
  }
  const absl::StatusOr<Offers> offers = LoadPlay(arguments.file, (*world)->import());
  if (!offers.ok()) {
    return FailUsage(offers.status());
  }
  ReportFiles(*offers, 20);
  PlayerOptions options;
  options.speed = SpeedOf(arguments.speed);
  options.margin = Duration(static_cast<int64_t>(arguments.margin_s * 1e6));
  options.filed = arguments.filed;
  options.positions = arguments.positions;
  const absl::StatusOr<PlayerSummary> summary = Play(session, *offers, options);
  if (!summary.ok()) {
    return Fail(summary.status());
  }
  PrintSummary(*summary, session.json());
  return summary->unexpected == 0 ? kOk : kRefused;
}

}  // namespace

void AddPlay(CLI::App& app, Run& run) {
  CLI::App* const command =
      app.add_subcommand("play", "Offers all files of a play to all missions in one time order");
  const auto arguments = std::make_shared<PlayArguments>();
  command->add_option("file", arguments->file, "The play, e.g. data/exercise/play.yaml")
      ->required();
  AddSpeed(*command, arguments->speed);
  command
      ->add_option("--margin", arguments->margin_s,
                   "Scenario seconds that it may run ahead of what is not acknowledged")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str();
  command->add_option(
      "--filed", arguments->filed,
      "Writes each event with its receipt and time of acknowledgement, one JSON a line");
  command->add_option(
      "--positions", arguments->positions,
      "Writes the last position in each source partition, for watch --until-evaluated");
  command->footer(
      "Services that go away are waited for (--retry, then exit status 3), and what they had not\n"
      "acknowledged is offered again, which has no second effect. Exit status 1 if an outcome is "
      "not\n"
      "what the record expects.\n\n"
      "  tocsinctl play data/exercise/play.yaml --filed filed.ndjson --positions positions.json\n"
      "  tocsinctl play data/exercise/play.yaml --speed 86400      # a day a second");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunPlay(session, *arguments); };
  });
}

}  // namespace tocsin::ctl
