#include "gateway/app.h"
#include "gateway/options.h"
#include "lib/service/service.h"

int main(int argc, char** argv) {
  namespace gateway = tocsin::gateway;
  int exit_code = -1;
  const auto json = tocsin::ReadOptions(gateway::Spec(), argc, argv, exit_code);
  if (exit_code >= 0) return exit_code;
  tocsin::InitLog("gateway");
  const auto fail = [](const absl::Status& status) {
    tocsin::Log(tocsin::LogLevel::kError, "the gateway ends",
                {{"reason", std::string(status.message())}});
    return 1;
  };
  if (!json.ok()) return fail(json.status());
  const auto options = gateway::Parse(*json);
  if (!options.ok()) return fail(options.status());
  tocsin::InitLog("gateway-" + options->mission.str(), options->log_level);

  const std::stop_source stop = tocsin::StopOnSignals();
  const auto ops = tocsin::Ops::Start(options->ops_address, options->ops_port);
  if (!ops.ok()) return fail(ops.status());
  const auto app = gateway::App::Start(*options, **ops, stop);
  if (!app.ok()) return stop.stop_requested() ? 0 : fail(app.status());
  tocsin::WaitForStop(stop.get_token());
  (*app)->Stop();
  return (*app)->failure().ok() ? 0 : fail((*app)->failure());
}
