#include <iostream>

#include <absl/strings/str_join.h>

#include "tocsin/v1/sitrep_ingest_service.grpc.pb.h"
#include "tocsinctl/commands/commands.h"
#include "tocsinctl/output.h"

namespace tocsin::ctl {
namespace {

int RunTriage(Session& session) {
  const absl::StatusOr<std::string> mission = session.Mission();
  if (!mission.ok()) {
    return FailUsage(mission.status());
  }
  const auto channel =
      session.Channel(*mission, "sitrep_ingest", {"watch-officer", "reporting-officer"});
  if (!channel.ok()) {
    return FailUsage(channel.status());
  }
  const auto stub = v1::SitrepIngestService::NewStub(*channel);
  std::vector<std::vector<std::string>> rows = {{"ID", "REV", "TYPE", "OBSERVED", "PLACE", "WHY"}};
  v1::ListTriageRequest request;
  do {
    v1::ListTriageResponse response;
    const absl::Status status = session.Call([&](grpc::ClientContext& context) {
      return stub->ListTriage(&context, request, &response);
    });
    if (!status.ok()) {
      return Fail(status);
    }
    for (const v1::Event& event : response.events()) {
      if (session.json()) {
        std::cout << Dump(ToJson(event)) << "\n";
      }
      rows.push_back({event.id(), std::to_string(event.revision()), event.type(),
                      Zulu(event.observed().interval().from_us()), event.place().name(),
                      absl::StrJoin(event.flags(), ", ")});
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  if (!session.json()) {
    if (rows.size() == 1) {
      std::cout << "nothing on the triage list of " << *mission << "\n";
    } else {
      PrintTable(rows);
    }
  }
  return kOk;
}

}  // namespace

void AddTriage(CLI::App& app, Run& run) {
  CLI::App* const command =
      app.add_subcommand("triage", "Reports that were accepted with flags and wait for a person");
  command->footer(
      "Mend one with correct or regrade, or take it back with withdraw.\n\n"
      "  tocsinctl triage --mission binuca");
  command->callback([&run] { run = &RunTriage; });
}

}  // namespace tocsin::ctl
