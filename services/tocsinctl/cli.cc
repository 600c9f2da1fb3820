#include "tocsinctl/cli.h"

#include <iostream>

#include <CLI/CLI.hpp>

#include "tocsinctl/commands/commands.h"

namespace tocsin::ctl {

int RunCli(int argc, char** argv, std::stop_token stop) {
  CLI::App app("Files reports, watches warnings and looks after a Tocsin deployment.", "tocsinctl");
  app.require_subcommand(1);
  app.fallthrough();  // the options below may stand before or after the subcommand
  app.set_version_flag("--version", TOCSIN_VERSION);
  Globals globals;
  app.add_option("--context", globals.context_path,
                 "File with endpoints, certificates and texts (TOCSIN_CONTEXT; default "
                 "$TOCSIN_HOME/local/tocsinctl.yaml)");
  app.add_flag("--json", globals.json, "For programs: one JSON value a line");
  app.add_option("--mission", globals.mission, "Whose service is called (TOCSIN_MISSION)");
  app.add_option(
      "--language", globals.language,
      "Language of the texts of warnings: en or fr (TOCSIN_LANGUAGE; default: the context's)");
  app.add_option("--as", globals.role,
                 "Role of the certificate to call with, e.g. watch-officer, liaison");
  app.add_option("--endpoint", globals.endpoint, "host:port instead of the context's");
  app.add_option("--ca", globals.ca, "PEM file instead of the context's");
  app.add_option("--cert", globals.certificate, "PEM file instead of the context's");
  app.add_option("--key", globals.key, "PEM file instead of the context's");
  CLI::Option* const retry = app.add_option("--retry", globals.retry_s,
                                            "Seconds to wait for a service that does not answer "
                                            "(20; play, import and watch 120)");
  retry->check(CLI::Range(0, 1'000'000));
  app.footer(
      "Exit status: 0 done; 1 refused, in conflict or not as it should be; 2 arguments, context "
      "or\n"
      "input file; 3 a service or Kafka does not answer; 4 not found; 5 not permitted; 130 "
      "interrupted.");

  Run run;
  AddFile(app, run);
  AddRaise(app, run);
  AddCorrect(app, run);
  AddWithdraw(app, run);
  AddRegrade(app, run);
  AddTriage(app, run);
  AddImport(app, run);
  AddPlay(app, run);
  AddWatch(app, run);
  AddList(app, run);
  AddShow(app, run);
  AddActs(app, run);
  AddCentre(app, run);
  AddHistory(app, run);
  AddLedger(app, run);
  AddTopics(app, run);
  AddStatus(app, run);
  AddBacktest(app, run);
  AddRules(app, run);
  AddRulesFiles(app, run);
  AddRulesPublish(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::RequiredError& e) {
    // A misspelt subcommand is not the same as none.
    if (app.get_subcommands().empty() && !app.remaining().empty()) {
      std::cerr << "there is no subcommand " << app.remaining().front()
                << "\nRun with --help for more information.\n";
    } else {
      app.exit(e);
    }
    return kUsage;
  } catch (const CLI::ParseError& e) {
    app.exit(e);
    return kUsage;
  }
  const bool patient =
      app.got_subcommand("play") || app.got_subcommand("import") || app.got_subcommand("watch");
  if (retry->count() == 0 && patient) {
    globals.retry_s = 120;
  }
  Session session(std::move(globals), std::move(stop));
  return run(session);
}

}  // namespace tocsin::ctl
