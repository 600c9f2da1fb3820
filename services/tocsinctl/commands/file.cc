#include <iostream>
#include <map>

#include <absl/time/clock.h>

#include "lib/base/text.h"
#include "tocsin/v1/sitrep_ingest_service.grpc.pb.h"
#include "tocsinctl/commands/commands.h"
#include "tocsinctl/report.h"

namespace tocsin::ctl {
namespace {

using Stub = v1::SitrepIngestService::Stub;

// Calls sitrep-ingest of the mission; `call` gets the stub and fills the receipt.
int CallIngest(Session& session,
               const std::function<grpc::Status(Stub&, grpc::ClientContext&, v1::Receipt&)>& call) {
  const absl::StatusOr<std::string> mission = session.Mission();
  if (!mission.ok()) {
    return FailUsage(mission.status());
  }
  const auto channel =
      session.Channel(*mission, "sitrep_ingest", {"reporting-officer", "watch-officer"});
  if (!channel.ok()) {
    return FailUsage(channel.status());
  }
  const std::unique_ptr<Stub> stub = v1::SitrepIngestService::NewStub(*channel);
  v1::Receipt receipt;
  const absl::Status status =
      session.Call([&](grpc::ClientContext& context) { return call(*stub, context, receipt); });
  return status.ok() ? PrintReceipt(session, *mission, receipt) : Fail(status);
}

// Files it as a first revision, with an id if it has none; `prepare` has the last word on it.
int FileFirst(Session& session, const ReportArguments& arguments,
              const std::function<absl::Status(v1::Event&)>& prepare) {
  const absl::StatusOr<std::string> mission = session.Mission();
  if (!mission.ok()) {
    return FailUsage(mission.status());
  }
  absl::StatusOr<v1::Event> event = ToEvent(arguments, DeskZone(session, *mission));
  if (!event.ok()) {
    return FailUsage(event.status());
  }
  for (const auto& [flag, missing] :
       std::map<std::string, bool>{{"--what", event->type().empty()},
                                   {"--where", !event->has_place()},
                                   {"--when", !event->has_observed()},
                                   {"--how", event->source().how_obtained().empty()}}) {
    if (missing && arguments.from.empty()) {
      return FailUsage(absl::InvalidArgumentError(
          StrCat(flag, " is missing: a report needs what, where, when and how it is known")));
    }
  }
  if (event->id().empty()) {
    event->set_id(StrCat(*mission, "-",
                         absl::FormatTime("%Y%m%dT%H%M%SZ", absl::Now(), absl::UTCTimeZone()), "-",
                         RandomHex()));
  }
  event->set_revision(1);
  event->set_revision_kind(v1::REVISION_KIND_FILE);
  if (const absl::Status prepared = prepare(*event); !prepared.ok()) {
    return FailUsage(prepared);
  }
  return CallIngest(session, [&](Stub& stub, grpc::ClientContext& context, v1::Receipt& receipt) {
    v1::FileRequest request;
    *request.mutable_event() = *event;
    v1::FileResponse response;
    const grpc::Status status = stub.File(&context, request, &response);
    receipt = response.receipt();
    return status;
  });
}

int RunFile(Session& session, const ReportArguments& arguments) {
  return FileFirst(session, arguments, [](v1::Event&) { return absl::OkStatus(); });
}

// A report of type raised.warning: rules/pack/raised-*.yaml make the warning of it.
int RunRaise(Session& session, ReportArguments arguments, const std::string& severity) {
  arguments.what = "raised.warning";
  if (arguments.from.empty()) {
    if (arguments.when.empty()) arguments.when = "now";
    if (arguments.how.empty()) arguments.how = "observed";
  }
  std::string id;
  const int status = FileFirst(session, arguments, [&](v1::Event& event) {
    auto& attributes = *event.mutable_attributes();
    const auto given = attributes.find("severity");
    if (given != attributes.end() && given->second != severity) {
      return absl::InvalidArgumentError("--attribute: severity is said by --severity");
    }
    attributes["severity"] = severity;
    // Reports of one case are one warning; without a case each is one of its own.
    attributes.insert({"case", event.id()});
    id = event.id();
    return absl::OkStatus();
  });
  if (status == kOk && !session.json()) {
    std::cout
        << "  it becomes a " << severity
        << " warning at this mission and those that its label releases it to: tocsinctl list\n"
           "  to take it back: tocsinctl withdraw "
        << id << " --revision 2 --reason '...'\n";
  }
  return status;
}

struct RevisionArguments {
  std::string id, reason, grading;
  int32_t revision = 0;
};

void AddRevision(CLI::App& command, RevisionArguments& arguments) {
  command.add_option("id", arguments.id, "The report's id")->required();
  command
      .add_option("--revision", arguments.revision,
                  "The new revision: one more than the report's present one")
      ->required()
      ->check(CLI::Range(2, 1'000'000));
  command.add_option("--reason", arguments.reason, "Why")->required();
}

int RunCorrect(Session& session, const ReportArguments& report,
               const RevisionArguments& arguments) {
  const absl::StatusOr<std::string> mission = session.Mission();
  if (!mission.ok()) {
    return FailUsage(mission.status());
  }
  absl::StatusOr<v1::Event> event = ToEvent(report, DeskZone(session, *mission));
  if (!event.ok()) {
    return FailUsage(event.status());
  }
  event->set_id(arguments.id);
  event->set_revision(arguments.revision);
  event->set_revision_kind(v1::REVISION_KIND_CORRECT);
  event->set_revision_reason(arguments.reason);
  return CallIngest(session, [&](Stub& stub, grpc::ClientContext& context, v1::Receipt& receipt) {
    v1::CorrectRequest request;
    *request.mutable_event() = *event;
    v1::CorrectResponse response;
    const grpc::Status status = stub.Correct(&context, request, &response);
    receipt = response.receipt();
    return status;
  });
}

int RunWithdraw(Session& session, const RevisionArguments& arguments) {
  return CallIngest(session, [&](Stub& stub, grpc::ClientContext& context, v1::Receipt& receipt) {
    v1::WithdrawRequest request;
    request.set_id(arguments.id);
    request.set_revision(arguments.revision);
    request.set_reason(arguments.reason);
    v1::WithdrawResponse response;
    const grpc::Status status = stub.Withdraw(&context, request, &response);
    receipt = response.receipt();
    return status;
  });
}

int RunRegrade(Session& session, const RevisionArguments& arguments) {
  v1::RegradeRequest request;
  request.set_id(arguments.id);
  request.set_revision(arguments.revision);
  request.set_reason(arguments.reason);
  request.mutable_grading()->set_reliability(arguments.grading.substr(0, 1));
  request.mutable_grading()->set_credibility(arguments.grading.substr(1));
  return CallIngest(session, [&](Stub& stub, grpc::ClientContext& context, v1::Receipt& receipt) {
    v1::RegradeResponse response;
    const grpc::Status status = stub.Regrade(&context, request, &response);
    receipt = response.receipt();
    return status;
  });
}

}  // namespace

void AddFile(CLI::App& app, Run& run) {
  CLI::App* const command = app.add_subcommand("file", "Files one situation report");
  const auto arguments = std::make_shared<ReportArguments>();
  AddReportFlags(*command, *arguments);
  command->footer(
      "What, where, when and how are enough; the desk fills in the rest. What cannot be resolved "
      "is\n"
      "accepted, flagged, and put on the triage list.\n\n"
      "  tocsinctl file --mission minurcat --what displacement.flow --where 'south of Adré' \\\n"
      "      --when now --how heard --nature expected --displaced 5000\n"
      "  tocsinctl file --mission unamid --from report.json");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunFile(session, *arguments); };
  });
}

void AddRaise(CLI::App& app, Run& run) {
  CLI::App* const command = app.add_subcommand("raise", "Raises a warning by hand");
  const auto arguments = std::make_shared<ReportArguments>();
  const auto severity = std::make_shared<std::string>();
  AddReportFlags(*command, *arguments);
  command->remove_option(command->get_option("--what"));
  command->add_option("--severity", *severity, "minor, moderate, severe or extreme")
      ->required()
      ->check(CLI::IsMember({"minor", "moderate", "severe", "extreme"}));
  command->footer(
      "It is filed as a report of type raised.warning; --when is now and --how observed if not "
      "given.\n"
      "Warned are this mission and those that --releasable-to names (without any word on the "
      "label:\n"
      "those of the desk's default label). --text stays in this mission. The same --id and the "
      "same\n"
      "content again have no second effect; give --when for that. With --attribute case=NAME "
      "several\n"
      "reports of this mission are one warning.\n\n"
      "  tocsinctl raise --mission unmis --severity severe --where 'near Yambio' --lat 4.45 "
      "--lon 28.35 \\\n"
      "      --within-km 5 --releasable-to monusco --text 'armed men at the ford'");
  command->callback([arguments, severity, &run] {
    run = [arguments, severity](Session& session) {
      return RunRaise(session, *arguments, *severity);
    };
  });
}

void AddCorrect(CLI::App& app, Run& run) {
  CLI::App* const command = app.add_subcommand(
      "correct", "Replaces the content of a report: a new revision with a reason");
  const auto report = std::make_shared<ReportArguments>();
  const auto arguments = std::make_shared<RevisionArguments>();
  AddReportFlags(*command, *report);
  command->remove_option(command->get_option("--id"));
  AddRevision(*command, *arguments);
  command->footer(
      "Give the whole new content, not only what changes.\n\n"
      "  tocsinctl correct sr-08-002 --revision 2 --reason 'place corrected by telephone' \\\n"
      "      --what movement.column --where 'south of Adré' --when 2008-01-28 --how interviewed");
  command->callback([report, arguments, &run] {
    run = [report, arguments](Session& session) {
      return RunCorrect(session, *report, *arguments);
    };
  });
}

void AddWithdraw(CLI::App& app, Run& run) {
  CLI::App* const command =
      app.add_subcommand("withdraw", "Takes a report back: warnings that rest on it revise or end");
  const auto arguments = std::make_shared<RevisionArguments>();
  AddRevision(*command, *arguments);
  command->footer("  tocsinctl withdraw sr-09-023 --revision 2 --reason 'it was our own convoy'");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunWithdraw(session, *arguments); };
  });
}

void AddRegrade(CLI::App& app, Run& run) {
  CLI::App* const command = app.add_subcommand("regrade", "Changes the grading of a report alone");
  const auto arguments = std::make_shared<RevisionArguments>();
  AddRevision(*command, *arguments);
  command->add_option("--grading", arguments->grading, "Admiralty code, e.g. B2")
      ->required()
      ->check([](const std::string& text) -> std::string {
        return text.size() == 2 && text[0] >= 'A' && text[0] <= 'F' && text[1] >= '1' &&
                       text[1] <= '6'
                   ? ""
                   : "not a grading from A1 to F6";
      });
  command->footer(
      "  tocsinctl regrade sr-09-031 --revision 2 --grading B2 --reason 'second visit'");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunRegrade(session, *arguments); };
  });
}

}  // namespace tocsin::ctl
