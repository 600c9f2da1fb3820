// The router: see app.h.
#include <string>

#include "lib/service/service.h"
#include "router/app.h"
#include "router/options.h"

namespace tocsin {
namespace {

int Main(int argc, char** argv) {
  const std::stop_source stop = StopOnSignals();
  int exit_code = -1;
  const absl::StatusOr<nlohmann::json> json =
      ReadOptions(RouterOptionsSpec(), argc, argv, exit_code);
  if (exit_code >= 0) return exit_code;
  InitLog("router");
  const auto fail = [](const absl::Status& status) {
    Log(LogLevel::kError, "router ends", {{"error", std::string(status.message())}});
    return 1;
  };
  if (!json.ok()) return fail(json.status());
  const absl::StatusOr<RouterServiceOptions> options = ParseRouterOptions(*json);
  if (!options.ok()) return fail(options.status());
  InitLog("router", options->log_level);
  const absl::StatusOr<std::unique_ptr<Ops>> ops =
      Ops::Start(options->ops_address, options->ops_port);
  if (!ops.ok()) return fail(ops.status());
  const absl::Status status = RunRouter(*options, **ops, stop.get_token());
  // A stop before Kafka was there is a stop all the same.
  if (!status.ok() && !(absl::IsCancelled(status) && stop.stop_requested())) return fail(status);
  Log(LogLevel::kInfo, "stopped");
  return 0;
}

}  // namespace
}  // namespace tocsin

int main(int argc, char** argv) { return tocsin::Main(argc, argv); }
