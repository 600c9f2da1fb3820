#include <iostream>

#include <absl/strings/str_join.h>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/rules/pack.h"
#include "lib/wire/wire.h"
#include "tocsinctl/change_progress.h"
#include "tocsinctl/commands/rules_publish.h"
#include "tocsinctl/output.h"

namespace tocsin::ctl {
namespace {

std::string What(const v1::PublicationEntry& entry) {
  switch (entry.kind()) {
    case v1::PUBLICATION_KIND_FIRST:
      return "the deployment began";
    case v1::PUBLICATION_KIND_ACCEPTANCE:
      return StrCat(entry.acceptance().mission(),
                    entry.acceptance().live() ? " took " : " took back ",
                    entry.acceptance().rule_id(), entry.acceptance().live() ? " live" : "");
    default:
      break;
  }
  std::vector<std::string> parts;
  for (const std::string& rule : entry.added()) parts.push_back("+" + rule);
  for (const std::string& rule : entry.changed()) parts.push_back("~" + rule);
  for (const std::string& rule : entry.removed()) parts.push_back("-" + rule);
  for (const std::string& kind : entry.documents()) parts.push_back("~" + kind);
  return StrCat(entry.proposal().reason(), " (", absl::StrJoin(parts, " "), ")",
                entry.proposal().has_burden() ? "" : "; no burden was shown");
}

std::string Who(const v1::PublicationEntry& entry) {
  if (entry.kind() == v1::PUBLICATION_KIND_ACCEPTANCE) return NameOf(entry.acceptance().by());
  if (entry.kind() != v1::PUBLICATION_KIND_PROPOSAL) return "-";
  return StrCat(NameOf(entry.proposal().author()), ", confirmed by ",
                NameOf(entry.confirmation().by()));
}

absl::StatusOr<v1::HistoryResponse> AskHistory(Session& session, v1::RulesService::Stub& stub) {
  v1::HistoryResponse response;
  TOCSIN_RETURN_IF_ERROR(session.Call([&](grpc::ClientContext& call) {
    return stub.History(&call, v1::HistoryRequest(), &response);
  }));
  return response;
}

int RunHistory(Session& session) {
  const auto stub = RulesGateway(session, RulesAs::kReader);
  if (!stub.ok()) return FailUsage(stub.status());
  const absl::StatusOr<v1::HistoryResponse> history = AskHistory(session, **stub);
  if (!history.ok()) return Fail(history.status());
  if (session.json()) {
    for (const v1::PublicationEntry& entry : history->entries()) {
      std::cout << Dump(ToJson(entry)) << "\n";
    }
    return kOk;
  }
  std::vector<std::vector<std::string>> rows = {{"DIGEST", "WHEN", "WHO", "WHAT"}};
  for (const v1::PublicationEntry& entry : history->entries()) {
    rows.push_back({ShortDigest(entry.digest()), Zulu(entry.at_us()), Who(entry), What(entry)});
  }
  PrintTable(rows);
  for (const v1::KeptProposal& kept : history->proposals()) {
    if (kept.state() != v1::PROPOSAL_STATE_CONFIRMED) PrintProposal(kept);
  }
  return kOk;
}

// The pack as it was sent; whatever this release makes of it.
absl::StatusOr<Pack> PackOf(const v1::GetRulesResponse& rules) {
  std::vector<Document> documents;
  for (const v1::Document& one : rules.documents()) {
    TOCSIN_ASSIGN_OR_RETURN(Document document, FromProto(one));
    documents.push_back(std::move(document));
  }
  TOCSIN_ASSIGN_OR_RETURN(const Activation activation, FromProto(rules.activation()));
  return ParsePack(documents, activation.live_missions);
}

void PrintRules(const Pack& pack) {
  std::vector<std::vector<std::string>> rows = {{"RULE", "VERSION", "STATE", "LIVE FOR"}};
  for (const Rule& rule : pack.rules) {
    std::vector<std::string> live;
    for (const MissionId& mission : pack.live_missions) {
      if (pack.LiveFor(mission, rule)) live.push_back(mission.str());
    }
    rows.push_back({rule.id.str(), StrCat(rule.version), rule.shadow ? "shadow" : "live",
                    live.empty() ? "-" : absl::StrJoin(live, ", ")});
  }
  PrintTable(rows);
}

int RunStatus(Session& session) {
  const auto stub = RulesGateway(session, RulesAs::kReader);
  if (!stub.ok()) return FailUsage(stub.status());
  v1::GetRulesResponse rules;
  const absl::Status status = session.Call([&](grpc::ClientContext& call) {
    return (*stub)->GetRules(&call, v1::GetRulesRequest(), &rules);
  });
  if (!status.ok()) return Fail(status);
  const absl::StatusOr<v1::HistoryResponse> history = AskHistory(session, **stub);
  if (!history.ok()) return Fail(history.status());
  const ChangeProgress change =
      ChangeProgressOf({rules.evaluated().begin(), rules.evaluated().end()});
  if (session.json()) {
    nlohmann::json json = ToJson(rules);
    json.erase("documents");
    json["change"] = ToJson(change);
    json["proposals"] = ToJson(*history).value("proposals", nlohmann::json::array());
    std::cout << Dump(json) << "\n";
    return kOk;
  }
  const absl::StatusOr<Pack> pack = PackOf(rules);
  if (!pack.ok()) return Fail(pack.status());
  PrintRules(*pack);
  const std::string& digest = rules.activation().digest();
  std::cout << "in effect: " << ShortDigest(digest) << "\n";
  for (const std::string& evaluated : rules.evaluated_digests()) {
    std::cout << "the correlators evaluate under "
              << (evaluated == digest ? "it" : ShortDigest(evaluated)) << "\n";
  }
  if (rules.evaluated_digests().empty()) std::cout << "no correlator has been heard of\n";
  for (const std::string& line : LinesOf(change)) std::cout << line << "\n";
  for (const v1::KeptProposal& kept : history->proposals()) {
    if (kept.state() == v1::PROPOSAL_STATE_OPEN || kept.state() == v1::PROPOSAL_STATE_OVERTAKEN) {
      PrintProposal(kept);
    }
  }
  return kOk;
}

}  // namespace

void AddRulesHistory(CLI::App& rules, Run& run) {
  CLI::App* const history =
      rules.add_subcommand("history", "Every change of the rules: what, when, by whom");
  history->footer(
      "+ new, ~ changed, - gone. Then the proposals that are not in effect. A digest is what\n"
      "rollback takes.\n\n"
      "  tocsinctl rules history --mission unamid");
  history->callback([&run] { run = [](Session& session) { return RunHistory(session); }; });
  CLI::App* const status =
      rules.add_subcommand("status", "Which rules are in effect, for whom, and what is proposed");
  status->footer("  tocsinctl rules status --mission unamid");
  status->callback([&run] { run = [](Session& session) { return RunStatus(session); }; });
}

}  // namespace tocsin::ctl
