#include <iostream>

#include "lib/base/text.h"
#include "tocsinctl/commands/commands.h"
#include "tocsinctl/commands/gateway.h"
#include "tocsinctl/filter.h"
#include "tocsinctl/output.h"
#include "tocsinctl/texts.h"

namespace tocsin::ctl {
namespace {

struct ListArguments {
  FilterArguments filter;
  bool all = false;
};

// Who has it: "officer-1", "resolved by officer-1", or nobody.
std::string Holder(const v1::Lifecycle& life) {
  switch (life.state()) {
    case v1::LIFECYCLE_STATE_RESOLVED:
      return StrCat("resolved by ", life.resolved_by());
    case v1::LIFECYCLE_STATE_ACKNOWLEDGED:
      return life.owner().empty() ? life.acknowledged_by() : life.owner();
    default:
      return life.owner().empty() ? "-" : life.owner();
  }
}

std::vector<std::string> Row(const Texts& texts, const v1::WarningView& view) {
  const v1::Warning& warning = view.warning();
  return {texts.Name(view),
          Word(v1::Severity_Name(warning.severity()), "SEVERITY_"),
          Word(v1::Certainty_Name(warning.certainty()), "CERTAINTY_"),
          Word(v1::MessageType_Name(warning.message_type()), "MESSAGE_TYPE_"),
          Holder(view.lifecycle()),
          Zulu(warning.onset_us()),
          texts.Headline(view)};
}

int RunList(Session& session, const ListArguments& arguments) {
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
  v1::ListRequest request;
  *request.mutable_filter() = ToFilter(arguments.filter);
  request.mutable_filter()->set_open_only(!arguments.all);
  request.set_page_size(500);
  std::vector<std::vector<std::string>> rows = {
      {"WARNING", "SEVERITY", "CERTAINTY", "STATE", "WHO HAS IT", "SINCE", "WHAT"}};
  do {
    v1::ListResponse response;
    const absl::Status status = session.Call(
        [&](grpc::ClientContext& call) { return (*stub)->List(&call, request, &response); });
    if (!status.ok()) {
      return Fail(status);
    }
    for (const v1::WarningView& view : response.warnings()) {
      if (session.json()) {
        std::cout << Dump(ToJson(view)) << "\n";
      } else {
        rows.push_back(Row(**texts, view));
      }
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  if (!session.json()) {
    if (rows.size() == 1) {
      std::cout << "no warnings stand for " << *mission << "\n";
    } else {
      PrintTable(rows);
    }
  }
  return kOk;
}

}  // namespace

void AddList(CLI::App& app, Run& run) {
  CLI::App* const command = app.add_subcommand("list", "The warnings that stand, newest first");
  const auto arguments = std::make_shared<ListArguments>();
  AddFilter(*command, arguments->filter);
  command->add_flag("--all", arguments->all,
                    "With those that have ended, and those that this centre has resolved");
  command->footer(
      "With --json one warning with its evidence a line.\n\n"
      "  tocsinctl list --mission unamid\n"
      "  tocsinctl list --mission unamid --status exercise --all --json");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunList(session, *arguments); };
  });
}

}  // namespace tocsin::ctl
