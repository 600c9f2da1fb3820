// What an officer does with a warning, and what has been done with it.
#include <iostream>

#include <absl/strings/str_join.h>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "tocsinctl/acknowledge_for.h"
#include "tocsinctl/commands/commands.h"
#include "tocsinctl/commands/gateway.h"
#include "tocsinctl/history_line.h"
#include "tocsinctl/output.h"
#include "tocsinctl/report.h"
#include "tocsinctl/texts.h"
#include "tocsinctl/times.h"

namespace tocsin::ctl {
namespace {

struct ActArguments {
  std::vector<std::string> name;  // "143", "UNAMID 0143" in one or two words, or the id
  std::string comment, action_id;
  std::optional<int32_t> expect, revision;
  // Of one command or another.
  std::string lasts, person, level, other, unit, at;
  bool nobody = false, undo = false;
  bool useful = false, false_alarm = false, neither = false;
  bool tasked = false, on_scene = false, result = false;

  std::string warning() const { return absl::StrJoin(name, " "); }
};

// Puts what the arguments say into the request.
using SetDetail = std::function<absl::Status(const ActArguments&, v1::ActionDetail&)>;

int RunAct(Session& session, const std::string& verb, const ActArguments& arguments,
           const SetDetail& set) {
  const absl::StatusOr<std::unique_ptr<Texts>> texts = TextsOf(session);
  if (!texts.ok()) return FailUsage(texts.status());
  v1::ActRequest request;
  request.set_warning_id(arguments.warning());
  // Made once, so that trying again has no second effect.
  request.set_action_id(arguments.action_id.empty() ? StrCat(verb, "-", RandomHex())
                                                    : arguments.action_id);
  request.set_comment(arguments.comment);
  if (arguments.expect.has_value()) request.set_expect(*arguments.expect);
  if (arguments.revision.has_value()) request.set_revision(*arguments.revision);
  if (const absl::Status good = set(arguments, *request.mutable_detail()); !good.ok())
    return FailUsage(good);
  return Ask(session, &v1::GatewayService::Stub::Act, request,
             [&](const v1::ActResponse& response) {
               std::cout << arguments.warning() << ": " << (*texts)->Life(response.lifecycle())
                         << (response.changed() ? "" : " (as it was)") << "\n";
             });
}

absl::Status SetAcknowledge(const ActArguments& arguments, v1::ActionDetail& detail) {
  TOCSIN_ASSIGN_OR_RETURN(*detail.mutable_acknowledge(), AcknowledgeFor("--for", arguments.lasts));
  return absl::OkStatus();
}

absl::Status SetAssign(const ActArguments& arguments, v1::ActionDetail& detail) {
  if (arguments.person.empty() != arguments.nobody) {
    return absl::InvalidArgumentError("one of --to and --to-nobody is needed");
  }
  detail.mutable_assign()->set_person(arguments.person);
  return absl::OkStatus();
}

absl::Status SetEscalate(const ActArguments& arguments, v1::ActionDetail& detail) {
  detail.mutable_escalate()->set_to(arguments.level == "deputy" ? v1::ESCALATION_LEVEL_DEPUTY
                                    : arguments.level == "chief-joc"
                                        ? v1::ESCALATION_LEVEL_CHIEF_JOC
                                        : v1::ESCALATION_LEVEL_CHIEF_OF_STAFF);
  return absl::OkStatus();
}

absl::Status SetLink(const ActArguments& arguments, v1::ActionDetail& detail) {
  detail.mutable_link()->set_warning_id(arguments.other);
  detail.mutable_link()->set_undo(arguments.undo);
  return absl::OkStatus();
}

absl::Status SetMark(const ActArguments& arguments, v1::ActionDetail& detail) {
  if (arguments.useful + arguments.false_alarm + arguments.neither != 1) {
    return absl::InvalidArgumentError("one of --useful, --false-alarm and --neither is needed");
  }
  detail.mutable_mark()->set_verdict(arguments.useful        ? v1::VERDICT_USEFUL
                                     : arguments.false_alarm ? v1::VERDICT_FALSE_ALARM
                                                             : v1::VERDICT_UNSPECIFIED);
  return absl::OkStatus();
}

absl::Status SetRespond(const ActArguments& arguments, v1::ActionDetail& detail) {
  if (arguments.tasked + arguments.on_scene + arguments.result != 1) {
    return absl::InvalidArgumentError("one of --tasked, --on-scene and --result is needed");
  }
  v1::Respond& respond = *detail.mutable_respond();
  respond.set_unit(arguments.unit);
  respond.set_stage(arguments.tasked     ? v1::RESPONSE_STAGE_TASKED
                    : arguments.on_scene ? v1::RESPONSE_STAGE_ON_SCENE
                                         : v1::RESPONSE_STAGE_RESULT);
  if (arguments.at.empty()) return absl::OkStatus();
  const absl::StatusOr<int64_t> at = TimeIn("--at", arguments.at);
  if (at.ok()) respond.set_at_us(*at);
  return at.status();
}

// A command with what all of them have; `set` is asked when it runs.
CLI::App* AddCommand(CLI::App& app, Run& run, const std::string& verb, const std::string& words,
                     const std::shared_ptr<ActArguments>& arguments, const SetDetail& set) {
  CLI::App* const command = app.add_subcommand(verb, words);
  command
      ->add_option("warning", arguments->name, "Its number, as 143 or \"UNAMID 0143\", or its id")
      ->required();
  command->add_option("--comment", arguments->comment, "What you did or will do");
  command->add_option("--expect", arguments->expect,
                      "Number of actions on it that you have seen; refused if somebody was first");
  command->add_option("--revision", arguments->revision,
                      "Revision of it that you have seen; else the last one");
  command->add_option("--action-id", arguments->action_id,
                      "Your own id for this action; the same id has no second effect");
  command->callback([verb, arguments, set, &run] {
    run = [verb, arguments, set](Session& session) {
      return RunAct(session, verb, *arguments, set);
    };
  });
  return command;
}

struct HistoryArguments {
  std::vector<std::string> name;
  std::string at;
};

int RunHistory(Session& session, const HistoryArguments& arguments) {
  const absl::StatusOr<std::string> mission = session.Mission();
  if (!mission.ok()) return FailUsage(mission.status());
  const absl::StatusOr<std::unique_ptr<Texts>> texts = TextsOf(session);
  if (!texts.ok()) return FailUsage(texts.status());
  v1::WarningHistoryRequest request;
  request.set_warning_id(absl::StrJoin(arguments.name, " "));
  if (!arguments.at.empty()) {
    const absl::StatusOr<int64_t> at = TimeIn("--at", arguments.at);
    if (!at.ok()) return FailUsage(at.status());
    request.set_until_us(*at);
  }
  const auto stub = Gateway(session, *mission);
  if (!stub.ok()) return FailUsage(stub.status());
  do {
    v1::WarningHistoryResponse response;
    const absl::Status status = session.Call([&](grpc::ClientContext& call) {
      return (*stub)->WarningHistory(&call, request, &response);
    });
    if (!status.ok()) return Fail(status);
    for (const v1::WarningHistoryEntry& entry : response.entries()) {
      std::cout << (session.json() ? Dump(ToJson(entry)) : HistoryLine(**texts, entry)) << "\n";
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return kOk;
}

}  // namespace

void AddActs(CLI::App& app, Run& run) {
  const auto fresh = [] { return std::make_shared<ActArguments>(); };
  auto arguments = fresh();
  CLI::App* command = AddCommand(app, run, "ack", "Acknowledges a warning for your centre",
                                 arguments, SetAcknowledge);
  command->add_option("--for", arguments->lasts,
                      "How long you have it, as 30m; then it waits for somebody again");
  command->footer("  tocsinctl ack --mission unamid 143 --for 30m --comment 'patrol tasked'");

  arguments = fresh();
  command = AddCommand(app, run, "assign", "Gives a warning to a person of your centre", arguments,
                       SetAssign);
  command->add_option("--to", arguments->person, "The person, as in their certificate");
  command->add_flag("--to-nobody", arguments->nobody, "Takes it back");
  command->footer("  tocsinctl assign --mission unamid 143 --to officer-2");

  arguments = fresh();
  command = AddCommand(app, run, "comment", "Says something about a warning", arguments,
                       [](const ActArguments&, v1::ActionDetail& detail) {
                         detail.mutable_remark();
                         return absl::OkStatus();
                       });
  command->get_option("--comment")->required();
  command->footer("  tocsinctl comment --mission unamid 143 --comment 'seen from the air'");

  arguments = fresh();
  command = AddCommand(app, run, "escalate", "Takes a warning up in your mission", arguments,
                       SetEscalate);
  command->add_option("--to", arguments->level, "deputy, chief-joc or chief-of-staff")
      ->required()
      ->check(CLI::IsMember({"deputy", "chief-joc", "chief-of-staff"}));
  command->footer("  tocsinctl escalate --mission unamid 143 --to deputy");

  arguments = fresh();
  command = AddCommand(app, run, "resolve", "Your centre is done with a warning", arguments,
                       [](const ActArguments&, v1::ActionDetail& detail) {
                         detail.mutable_resolve();
                         return absl::OkStatus();
                       });
  command->footer("  tocsinctl resolve --mission unamid 143 --comment 'village is calm'");

  arguments = fresh();
  command = AddCommand(app, run, "reopen", "A resolved warning waits for somebody again", arguments,
                       [](const ActArguments&, v1::ActionDetail& detail) {
                         detail.mutable_reopen();
                         return absl::OkStatus();
                       });
  command->footer("  tocsinctl reopen --mission unamid 143 --comment 'they are back'");

  arguments = fresh();
  command = AddCommand(app, run, "link", "Says that two warnings belong together, for your centre",
                       arguments, SetLink);
  command->add_option("--with", arguments->other, "The other warning: number or id")->required();
  command->add_flag("--undo", arguments->undo, "Takes the link back");
  command->footer("  tocsinctl link --mission unamid 143 --with 151");

  arguments = fresh();
  command = AddCommand(app, run, "mark", "Says whether a warning was of use", arguments, SetMark);
  command->add_flag("--useful", arguments->useful, "It was");
  command->add_flag("--false-alarm", arguments->false_alarm, "It was not");
  command->add_flag("--neither", arguments->neither, "Takes back what was said");
  command->footer("  tocsinctl mark --mission unamid 143 --useful");

  arguments = fresh();
  command = AddCommand(app, run, "respond", "Says what a unit does about a warning", arguments,
                       SetRespond);
  command->add_option("--unit", arguments->unit, "e.g. 'SWC QRF'")->required();
  command->add_flag("--tasked", arguments->tasked, "It was tasked");
  command->add_flag("--on-scene", arguments->on_scene, "It is there");
  command->add_flag("--result", arguments->result, "It is done; --comment says what came of it");
  command->add_option("--at", arguments->at, "When, as 2009-03-04T14:30:00Z; else now");
  command->footer(
      "  tocsinctl respond --mission unamid 143 --unit 'SWC QRF' --tasked\n"
      "  tocsinctl respond --mission unamid 143 --unit 'SWC QRF' --result --comment 'all calm'");
}

void AddHistory(CLI::App& app, Run& run) {
  CLI::App* const command = app.add_subcommand(
      "history", "What came of a warning and what your centre did with it, in order");
  const auto arguments = std::make_shared<HistoryArguments>();
  command
      ->add_option("warning", arguments->name, "Its number, as 143 or \"UNAMID 0143\", or its id")
      ->required();
  command->add_option("--at", arguments->at,
                      "Only what this centre had by then, as 2009-03-04T03:10:00Z");
  command->footer(
      "Times are those at which the log had it. With --json one entry a line.\n\n"
      "  tocsinctl history --mission unamid 143\n"
      "  tocsinctl history --mission unamid 143 --at 2009-03-04T03:10:00Z");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunHistory(session, *arguments); };
  });
}

}  // namespace tocsin::ctl
