#include <iostream>

#include <absl/strings/str_join.h>

#include "tocsinctl/commands/commands.h"
#include "tocsinctl/commands/gateway.h"
#include "tocsinctl/output.h"
#include "tocsinctl/texts.h"

namespace tocsin::ctl {
namespace {

struct WarningArguments {
  std::vector<std::string> name;  // "143", "UNAMID 0143" in one or two words, or the id
  std::string warning() const { return absl::StrJoin(name, " "); }
};

int RunShow(Session& session, const WarningArguments& arguments) {
  const absl::StatusOr<std::string> mission = session.Mission();
  if (!mission.ok()) {
    return FailUsage(mission.status());
  }
  const absl::StatusOr<std::unique_ptr<Texts>> texts = TextsOf(session);
  if (!texts.ok()) {
    return FailUsage(texts.status());
  }
  const auto stub = Gateway(session, *mission);
  if (!stub.ok()) {
    return FailUsage(stub.status());
  }
  v1::GetRequest request;
  request.set_warning_id(arguments.warning());
  v1::GetResponse response;
  const absl::Status status = session.Call(
      [&](grpc::ClientContext& call) { return (*stub)->Get(&call, request, &response); });
  if (!status.ok()) {
    return Fail(status);
  }
  if (session.json()) {
    std::cout << Dump(ToJson(response.view())) << "\n";
    return kOk;
  }
  for (const std::string& line : (*texts)->Lines(response.view())) {
    std::cout << line << "\n";
  }
  const v1::Warning& warning = response.view().warning();
  std::cout << "  id " << warning.id() << ", revision " << warning.revision() << ", issued "
            << Zulu(warning.issued_us()) << ", expires " << Zulu(warning.expires_us()) << "\n";
  return kOk;
}

}  // namespace

void AddShow(CLI::App& app, Run& run) {
  CLI::App* const command =
      app.add_subcommand("show", "One warning: why it fired, and what is withheld");
  const auto arguments = std::make_shared<WarningArguments>();
  command
      ->add_option("warning", arguments->name, "Its number, as 143 or \"UNAMID 0143\", or its id")
      ->required();
  command->footer(
      "Rule, thresholds, each piece of evidence with time and distance, what is withheld and whom "
      "to\n"
      "ask for it. Exit status 4 also for a warning that you may not see.\n\n"
      "  tocsinctl show --mission unamid 143");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunShow(session, *arguments); };
  });
}

}  // namespace tocsin::ctl
