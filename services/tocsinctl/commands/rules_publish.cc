#include "tocsinctl/commands/rules_publish.h"

#include <iostream>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "tocsinctl/output.h"

namespace tocsin::ctl {
namespace {

std::vector<std::string> RolesOf(RulesAs as) {
  switch (as) {
    case RulesAs::kReader:
      return {"watch-officer", "operator", "liaison", "reporting-officer"};
    case RulesAs::kPublisher:
      return {"watch-officer", "operator"};
    case RulesAs::kOfficer:
      break;
  }
  return {"watch-officer"};
}

}  // namespace

absl::StatusOr<std::unique_ptr<v1::RulesService::Stub>> RulesGateway(Session& session, RulesAs as) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string mission, session.Mission());
  TOCSIN_ASSIGN_OR_RETURN(auto channel, session.Channel(mission, "gateway", RolesOf(as)));
  return v1::RulesService::NewStub(std::move(channel));
}

std::string NameOf(const v1::Person& person) { return person.mission() + "/" + person.name(); }

std::string ShortDigest(const std::string& digest) { return digest.substr(0, 12); }

void PrintProposal(const v1::KeptProposal& kept) {
  const v1::Proposal& proposal = kept.proposal();
  std::cout << "proposal " << proposal.id() << ", "
            << Word(v1::ProposalState_Name(kept.state()), "PROPOSAL_STATE_") << ": "
            << NameOf(proposal.author()) << ", " << Zulu(proposal.proposed_us()) << ": "
            << proposal.reason() << "\n";
  if (kept.has_decision()) {
    std::cout << "  " << (kept.decision().confirmed() ? "confirmed" : "refused") << " by "
              << NameOf(kept.decision().by()) << ", " << Zulu(kept.decision().decided_us())
              << (kept.decision().reason().empty() ? "" : ": ") << kept.decision().reason() << "\n";
  }
  if (!proposal.has_burden()) {
    std::cout << "  no burden was shown\n";
    return;
  }
  for (const v1::WatchBurden& one : proposal.burden().missions()) {
    std::cout << "  " << one.mission() << ": " << one.warnings() << " warnings in " << one.watches()
              << " watches (" << one.warnings_before() << " now), " << one.high()
              << " or fewer in 95 of 100 (" << one.high_before() << " now), " << one.most()
              << " in the worst\n";
  }
}

void AddRulesPublish(CLI::App& app, Run& run) {
  CLI::App* const rules = app.get_subcommand("rules");
  AddRulesPropose(*rules, run);
  AddRulesDecide(*rules, run);
  AddRulesHistory(*rules, run);
  AddRulesMarks(*rules, run);
}

}  // namespace tocsin::ctl
