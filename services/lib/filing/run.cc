#include "lib/filing/run.h"

#include <grpcpp/impl/service_type.h>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"

namespace tocsin {
namespace {

constexpr char kServing[] = "serving";

absl::Status Serve(const IngestProgram& program, const IngestOptions& options,
                   const nlohmann::json& json, const std::stop_source& stop) {
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<Ops> ops,
                          Ops::Start(options.ops.address, options.ops.port));
  ops->SetReady(kServing, false);
  // Before anything that takes time: bad certificates are found at once.
  TOCSIN_ASSIGN_OR_RETURN(auto credentials, MakeServerCredentials(options.tls));
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<Ingest> ingest,
                          Ingest::Start(options, program.stream, *ops, stop));
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<grpc::Service> service,
                          program.make(ingest.get(), json));
  TOCSIN_ASSIGN_OR_RETURN(
      RunningServer server,
      StartServer(options.listen.address, options.listen.port, credentials, {service.get()}));
  ops->SetReady(kServing, true);
  Log(LogLevel::kInfo, "serving",
      {{"mission", options.mission.str()}, {"port", server.port}, {"ops", ops->port()}});
  WaitForStop(stop.get_token());
  ops->SetReady(kServing, false);
  server.Stop(options.stop_grace);
  Log(LogLevel::kInfo, "drained");
  return ingest->failed() ? absl::InternalError("ended by a fatal error") : absl::OkStatus();
}

}  // namespace

int RunIngest(const IngestProgram& program, int argc, char** argv) {
  const std::stop_source stop = StopOnSignals();
  OptionsSpec spec;
  spec.program = program.name;
  spec.description = program.description;
  spec.defaults = program.defaults;
  spec.check = [&](const nlohmann::json& json) -> absl::Status {
    TOCSIN_RETURN_IF_ERROR(ParseIngestOptions(json).status());
    return program.make(nullptr, json).status();
  };
  int exit_code = -1;
  const absl::StatusOr<nlohmann::json> json = ReadOptions(spec, argc, argv, exit_code);
  if (exit_code >= 0 || !json.ok()) return exit_code >= 0 ? exit_code : 2;
  const absl::StatusOr<IngestOptions> options = ParseIngestOptions(*json);
  if (!options.ok()) return 2;  // cannot be: checked above
  InitLog(program.name, options->log_level);
  const absl::Status served = Serve(program, *options, *json, stop);
  if (!served.ok()) {
    Log(LogLevel::kError, "ended", {{"why", std::string(served.message())}});
    return 1;
  }
  Log(LogLevel::kInfo, "stopped");
  return 0;
}

}  // namespace tocsin
