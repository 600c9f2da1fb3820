// Subcommands of `rules` that ask a gateway: who publishes rules, and what has been published.
#pragma once

#include <memory>
#include <string>

#include "tocsin/v1/rules_service.grpc.pb.h"
#include "tocsinctl/commands/commands.h"

namespace tocsin::ctl {

void AddRulesPropose(CLI::App& rules, Run& run);  // propose, rollback
void AddRulesDecide(CLI::App& rules, Run& run);   // confirm, refuse, accept
void AddRulesHistory(CLI::App& rules, Run& run);  // history, status
void AddRulesMarks(CLI::App& rules, Run& run);    // marks

enum class RulesAs { kReader, kPublisher, kOfficer };
// The mission's gateway, with a certificate of a role that may do this.
absl::StatusOr<std::unique_ptr<v1::RulesService::Stub>> RulesGateway(Session& session, RulesAs as);

// "unamid/amina".
std::string NameOf(const v1::Person& person);
// What people say and write of a digest.
std::string ShortDigest(const std::string& digest);
// Who proposed it and why, what it changes, what was shown of its burden: for whoever decides.
void PrintProposal(const v1::KeptProposal& kept);

}  // namespace tocsin::ctl
