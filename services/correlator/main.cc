#include "correlator/app.h"
#include "correlator/options.h"
#include "lib/service/service.h"

int main(int argc, char** argv) {
  int exit_code = -1;
  const auto json = tocsin::ReadOptions(tocsin::CorrelatorOptionsSpec(), argc, argv, exit_code);
  if (exit_code >= 0) return exit_code;
  tocsin::InitLog("correlator");
  const auto fail = [](const absl::Status& status) {
    tocsin::Log(tocsin::LogLevel::kError, "the correlator ends",
                {{"reason", std::string(status.message())}});
    return 1;
  };
  if (!json.ok()) return fail(json.status());
  const auto options = tocsin::ParseCorrelatorOptions(*json);
  if (!options.ok()) return fail(options.status());
  tocsin::InitLog("correlator", options->log_level);

  const std::stop_source stop = tocsin::StopOnSignals();
  const auto ops = tocsin::Ops::Start(options->ops_address, options->ops_port);
  if (!ops.ok()) return fail(ops.status());
  const absl::Status status = tocsin::RunCorrelator(*options, **ops, stop);
  return status.ok() ? 0 : fail(status);
}
