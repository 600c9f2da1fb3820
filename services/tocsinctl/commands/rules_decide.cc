#include <iostream>

#include <absl/strings/str_join.h>

#include "lib/base/text.h"
#include "lib/domain/rule_form.h"
#include "tocsinctl/commands/rules_publish.h"
#include "tocsinctl/output.h"
#include "tocsinctl/report.h"

namespace tocsin::ctl {
namespace {

struct DecideArguments {
  std::string id, reason;
  bool confirm = false;
};

int RunDecide(Session& session, const DecideArguments& arguments) {
  const auto stub = RulesGateway(session, RulesAs::kPublisher);
  if (!stub.ok()) return FailUsage(stub.status());
  v1::DecideRequest request;
  request.set_proposal_id(arguments.id);
  request.set_confirm(arguments.confirm);
  request.set_reason(arguments.reason);
  v1::DecideResponse response;
  const absl::Status status = session.Call(
      [&](grpc::ClientContext& call) { return (*stub)->Decide(&call, request, &response); });
  if (!status.ok()) return Fail(status);
  if (session.json()) {
    std::cout << Dump(ToJson(response)) << "\n";
    return kOk;
  }
  PrintProposal(response.proposal());
  if (!response.has_entry()) return kOk;
  const v1::PublicationEntry& entry = response.entry();
  std::cout << "in effect: " << ShortDigest(entry.digest()) << "\n";
  for (const std::string& rule : entry.added()) {
    if (const RuleForm form = FormOf(RuleId(rule)); !form.mission.empty()) {
      std::cout << "new: " << rule << "; live for " << form.mission.str() << " as soon as it has "
                << "accepted " << form.rule.str() << "\n";
      continue;
    }
    std::cout << "new: " << rule << "; live for nobody until a centre accepts it: tocsinctl rules "
              << "accept " << rule << "\n";
  }
  return kOk;
}

struct AcceptArguments {
  std::string rule, id;
  bool off = false;
};

int RunAccept(Session& session, const AcceptArguments& arguments) {
  const auto stub = RulesGateway(session, RulesAs::kOfficer);
  if (!stub.ok()) return FailUsage(stub.status());
  v1::AcceptRequest request;
  // Made once, so that trying again has no second effect.
  request.set_acceptance_id(arguments.id.empty() ? RandomHex() : arguments.id);
  request.set_rule_id(arguments.rule);
  request.set_live(!arguments.off);
  v1::AcceptResponse response;
  const absl::Status status = session.Call(
      [&](grpc::ClientContext& call) { return (*stub)->Accept(&call, request, &response); });
  if (!status.ok()) return Fail(status);
  if (session.json()) {
    std::cout << Dump(ToJson(response)) << "\n";
    return kOk;
  }
  std::cout << arguments.rule << " is live for "
            << (response.live_for().empty() ? "nobody" : absl::StrJoin(response.live_for(), ", "))
            << "; in effect: " << ShortDigest(response.digest()) << "\n";
  return kOk;
}

void AddDecide(CLI::App& rules, Run& run, bool confirm) {
  CLI::App* const command =
      confirm ? rules.add_subcommand("confirm", "Lets a proposal of somebody else take effect")
              : rules.add_subcommand("refuse", "Ends a proposal, also one's own");
  const auto arguments = std::make_shared<DecideArguments>();
  arguments->confirm = confirm;
  command->add_option("proposal", arguments->id, "Its id")->required();
  command->add_option("--reason", arguments->reason, "For the history");
  command->footer(confirm ? "Exit status 1 if you proposed it, or if other rules have come into "
                            "effect since.\n\n"
                            "  tocsinctl rules confirm 3f9a12cc --mission minurcat"
                          : "  tocsinctl rules refuse 3f9a12cc --reason 'the window is too short'");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunDecide(session, *arguments); };
  });
}

}  // namespace

void AddRulesDecide(CLI::App& rules, Run& run) {
  AddDecide(rules, run, true);
  AddDecide(rules, run, false);
  CLI::App* const command =
      rules.add_subcommand("accept", "Takes a rule live for your centre, or takes it back");
  const auto arguments = std::make_shared<AcceptArguments>();
  command->add_option("rule", arguments->rule, "Its id")->required();
  command->add_flag("--off", arguments->off, "No longer live: worked out, but not told to you");
  command->add_option("--acceptance-id", arguments->id,
                      "Your own id for this; the same id has no second effect");
  command->footer(
      "For the mission of --mission and no other; with the certificate of a watch officer.\n\n"
      "  tocsinctl rules accept closed-route-flow --mission unamid");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunAccept(session, *arguments); };
  });
}

}  // namespace tocsin::ctl
