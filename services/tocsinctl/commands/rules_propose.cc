#include <algorithm>
#include <iostream>
#include <map>
#include <set>
#include <utility>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/packfiles/load.h"
#include "lib/wire/wire.h"
#include "tocsinctl/backtest.h"
#include "tocsinctl/burden.h"
#include "tocsinctl/commands/rules_files.h"
#include "tocsinctl/commands/rules_publish.h"
#include "tocsinctl/output.h"
#include "tocsinctl/report.h"

namespace tocsin::ctl {
namespace {

struct ProposeArguments {
  std::string folder = "rules", digest, reason, id;
  std::vector<std::string> events;
  std::string from, to, exercise, filer;
};

struct RulesInEffect {
  std::string base;
  std::vector<Document> documents;  // of the proposed part
  std::vector<Document> acceptances;
  std::vector<MissionId> live;
};

absl::StatusOr<RulesInEffect> AskRules(Session& session, v1::RulesService::Stub& stub,
                                       const std::string& digest) {
  v1::GetRulesRequest request;
  request.set_digest(digest);
  v1::GetRulesResponse response;
  TOCSIN_RETURN_IF_ERROR(session.Call(
      [&](grpc::ClientContext& call) { return stub.GetRules(&call, request, &response); }));
  RulesInEffect rules;
  rules.base = response.base_digest();
  for (const v1::Document& one : response.documents()) {
    TOCSIN_ASSIGN_OR_RETURN(Document document, FromProto(one));
    (document.kind == "acceptance" ? rules.acceptances : rules.documents)
        .push_back(std::move(document));
  }
  TOCSIN_ASSIGN_OR_RETURN(const Activation activation, FromProto(response.activation()));
  rules.live = activation.live_missions;
  return rules;
}

absl::StatusOr<BacktestOptions> OptionsOf(const ProposeArguments& arguments) {
  BacktestOptions options;
  options.files = arguments.events;
  options.import.status = arguments.exercise.empty() ? Status::kActual : Status::kExercise;
  options.import.exercise_id = arguments.exercise;
  options.import.filer = MissionId(arguments.filer);
  TOCSIN_ASSIGN_OR_RETURN(options.from, Edge("--from", arguments.from, false));
  TOCSIN_ASSIGN_OR_RETURN(options.to, Edge("--to", arguments.to, true));
  return options;
}

// The proposed rules, as if every centre had accepted them, against what each is told now.
absl::StatusOr<Burden> TryOut(const Session& session, const ProposeArguments& arguments,
                              const RulesInEffect& active, const std::vector<Document>& proposed) {
  TOCSIN_ASSIGN_OR_RETURN(const BacktestOptions options, OptionsOf(arguments));
  TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<World> made, World::Of(proposed));
  const std::shared_ptr<World> then = std::move(made);
  std::vector<Document> documents = active.documents;
  documents.insert(documents.end(), active.acceptances.begin(), active.acceptances.end());
  TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<World> now, World::Of(std::move(documents)));
  TOCSIN_ASSIGN_OR_RETURN(const BacktestResult after, Backtest(then, options));
  TOCSIN_ASSIGN_OR_RETURN(const BacktestResult before, Backtest(std::move(now), options));
  if (after.reports == 0) return absl::InvalidArgumentError("--events: have no report");
  Burden burden = MeasureBurden(then->pack(), active.live, after, before);
  if (!session.json()) PrintBurden(burden, then->pack());
  return burden;
}

int Send(Session& session, v1::RulesService::Stub& stub, const ProposeArguments& arguments,
         const RulesInEffect& active, const std::vector<Document>& documents,
         const std::optional<Burden>& burden) {
  v1::ProposeRequest request;
  // Made once, so that trying again has no second effect.
  request.set_proposal_id(arguments.id.empty() ? RandomHex().substr(0, 8) : arguments.id);
  for (const Document& document : documents) *request.add_documents() = ToProto(document);
  request.set_base_digest(active.base);
  request.set_reason(arguments.reason);
  if (burden) *request.mutable_burden() = ToProto(*burden);
  v1::ProposeResponse response;
  const absl::Status status = session.Call(
      [&](grpc::ClientContext& call) { return stub.Propose(&call, request, &response); });
  if (!status.ok()) return Fail(status);
  if (session.json()) {
    std::cout << Dump(ToJson(response)) << "\n";
    return kOk;
  }
  PrintProposal(response.proposal());
  std::cout << "waits for a second person: tocsinctl rules confirm " << request.proposal_id()
            << "\n";
  return kOk;
}

// Other missions' overrides are theirs: as they are in effect, whatever the folder says.
void TakeOverOthers(const Session& session, const MissionId& own,
                    const std::vector<Document>& in_effect, std::vector<Document>& documents) {
  const auto others = [&](const std::vector<Document>& all) {
    std::map<std::string, Document> overrides;
    for (const Document& document : all) {
      if (document.kind == "overrides" && document.name != own.str()) {
        overrides[document.name] = document;
      }
    }
    return overrides;
  };
  const std::map<std::string, Document> was = others(documents), is = others(in_effect);
  std::set<std::string> different;
  for (const auto& [mission, document] : was) {
    const auto kept = is.find(mission);
    if (kept == is.end() || kept->second.text != document.text) different.insert(mission);
  }
  for (const auto& [mission, document] : is) {
    if (!was.contains(mission)) different.insert(mission);
  }
  std::erase_if(documents, [&](const Document& document) {
    return document.kind == "overrides" && document.name != own.str();
  });
  for (const auto& [mission, document] : is) documents.push_back(document);
  std::sort(documents.begin(), documents.end());
  if (session.json()) return;
  for (const std::string& mission : different) {
    std::cout << "overrides/" << mission << " stays as it is in effect: only " << mission
              << " changes it\n";
  }
}

int Propose(Session& session, const ProposeArguments& arguments, bool rollback) {
  const auto stub = RulesGateway(session, RulesAs::kPublisher);
  if (!stub.ok()) return FailUsage(stub.status());
  const absl::StatusOr<RulesInEffect> active = AskRules(session, **stub, "");
  if (!active.ok()) return Fail(active.status());
  std::vector<Document> documents;
  if (rollback) {
    absl::StatusOr<RulesInEffect> earlier = AskRules(session, **stub, arguments.digest);
    if (!earlier.ok()) return Fail(earlier.status());
    documents = std::move(earlier->documents);
  } else {
    absl::StatusOr<std::vector<Document>> loaded = LoadPackFiles(arguments.folder);
    if (!loaded.ok()) return FailUsage(loaded.status());
    documents = *std::move(loaded);
  }
  const absl::StatusOr<std::string> mission = session.Mission();
  if (!mission.ok()) return FailUsage(mission.status());
  TakeOverOthers(session, MissionId(*mission), active->documents, documents);
  const absl::StatusOr<RuleFolder> was = RuleFolderOf(active->documents);
  const absl::StatusOr<RuleFolder> is = RuleFolderOf(documents);
  if (!was.ok() || !is.ok()) return FailUsage(was.ok() ? is.status() : was.status());
  if (const int diff = PrintRulesDiff(session, *was, *is, rollback); diff != kOk) return diff;
  std::optional<Burden> burden;
  if (!arguments.events.empty()) {
    absl::StatusOr<Burden> measured = TryOut(session, arguments, *active, documents);
    if (!measured.ok()) return FailUsage(measured.status());
    burden = *std::move(measured);
  } else if (!session.json()) {
    std::cout << "no burden is shown: --events says what each centre would have been told\n";
  }
  return Send(session, **stub, arguments, *active, documents, burden);
}

int RunPropose(Session& session, const ProposeArguments& arguments) {
  if (const int lint = RunRulesLint(session, arguments.folder); lint != kOk) return lint;
  const int tested = RunRulesTest(session, {.folder = arguments.folder, .failures_only = true});
  if (tested != kOk) return tested;
  return Propose(session, arguments, /*rollback=*/false);
}

void AddOptions(CLI::App& command, ProposeArguments& arguments) {
  command.add_option("--proposal-id", arguments.id,
                     "Your own id for it; the same id has no second effect");
  command.add_option("--events", arguments.events,
                     "Reports to try it on, as for backtest: the last months");
  command.add_option("--from", arguments.from, "As for backtest");
  command.add_option("--to", arguments.to, "As for backtest");
  command.add_option("--exercise", arguments.exercise, "As for backtest");
  command.add_option("--filer", arguments.filer, "As for backtest");
}

}  // namespace

void AddRulesPropose(CLI::App& rules, Run& run) {
  CLI::App* const propose =
      rules.add_subcommand("propose", "Proposes a rules folder; a second person confirms");
  const auto arguments = std::make_shared<ProposeArguments>();
  propose->add_option("folder", arguments->folder, "Rules folder")->capture_default_str();
  propose->add_option("--reason", arguments->reason, "Why, for who confirms and the history")
      ->required();
  AddOptions(*propose, *arguments);
  propose->footer(
      "Runs lint and the rules' timelines, shows the difference to what is in effect, and with\n"
      "--events the warnings of each centre and watch, now and then. Refused (exit status 1) if a\n"
      "rule has no timeline, is a draft, changed without a higher version or reaches back further\n"
      "than the topics are kept, and if 5 of 100 watches of a centre would have more warnings "
      "than\n"
      "the budget that its desk states (and more than now).\n\n"
      "  tocsinctl rules propose rules --reason 'routes and flows' --mission unamid \\\n"
      "    --events data/ucdp/ucdp_ged_2008_2009.csv --filer unmis");
  propose->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunPropose(session, *arguments); };
  });
  CLI::App* const rollback =
      rules.add_subcommand("rollback", "Proposes the rules of an earlier digest again");
  const auto back = std::make_shared<ProposeArguments>();
  rollback->add_option("digest", back->digest, "Of the history, 8 digits at least")->required();
  rollback->add_option("--reason", back->reason, "Why, for who confirms and the history")
      ->required();
  AddOptions(*rollback, *back);
  rollback->footer(
      "What each centre has accepted stays its own, and so do its overrides; a rule that comes "
      "back\n"
      "is accepted again.\n\n"
      "  tocsinctl rules rollback 4f1c09aa7be2 --reason 'too many warnings' --mission unamid");
  rollback->callback([back, &run] {
    run = [back](Session& session) { return Propose(session, *back, /*rollback=*/true); };
  });
}

}  // namespace tocsin::ctl
