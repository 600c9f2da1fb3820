#include <algorithm>
#include <iostream>
#include <set>

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>
#include <httplib.h>

#include "lib/base/text.h"
#include "tocsin/v1/gateway_service.grpc.pb.h"
#include "tocsinctl/age.h"
#include "tocsinctl/change_progress.h"
#include "tocsinctl/commands/commands.h"
#include "tocsinctl/links.h"
#include "tocsinctl/output.h"
#include "tocsinctl/overdue.h"

namespace tocsin::ctl {
namespace {

struct Answer {
  bool ready = false;
  std::string text;
};

Answer AskReady(const std::string& target) {
  httplib::Client client(StrCat("http://", target));
  client.set_connection_timeout(2);
  client.set_read_timeout(2);
  const httplib::Result result = client.Get("/readyz");
  if (!result) {
    return {false, StrCat("does not answer on ", target)};
  }
  if (result->status == 200) {
    return {true, "ready"};
  }
  return {false, StrCat("not ready: ", std::string(absl::StripAsciiWhitespace(result->body)))};
}

// Whether the engine's time is that of a record, as a router tells it. A router that cannot be
// asked leaves the age standing: hiding the age of an engine that hangs would be worse.
bool AskScenarioClock(const Context& context) {
  // Of several router tasks any: they have one clock.
  const auto router = std::find_if(context.ops.begin(), context.ops.end(), [](const auto& entry) {
    return entry.first.starts_with("router");
  });
  if (router == context.ops.end()) {
    return false;
  }
  httplib::Client client(StrCat("http://", router->second));
  client.set_connection_timeout(2);
  client.set_read_timeout(2);
  const httplib::Result result = client.Get("/metrics");
  return result && result->status == 200 && SaysScenarioClock(result->body);
}

// How far the engine has evaluated, as a gateway tells it.
struct Evaluated {
  bool known = false;
  int64_t up_to_us = 0;  // the least of all tasks
  int tasks = 0;
  std::string rules_digest;
  std::set<std::string> throttled;  // rules
  ChangeProgress change;
};

Evaluated AskEvaluated(Session& session, const std::string& mission) {
  Evaluated result;
  const auto channel = session.Channel(mission, "gateway", {"watch-officer", "liaison"});
  if (!channel.ok()) {
    return result;
  }
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(3));
  v1::ListRequest request;
  request.set_page_size(1);
  v1::ListResponse response;
  if (!v1::GatewayService::NewStub(*channel)->List(&context, request, &response).ok()) {
    return result;
  }
  result.change = ChangeProgressOf({response.evaluated().begin(), response.evaluated().end()});
  for (const v1::EvaluatedUpTo& evaluated : response.evaluated()) {
    result.up_to_us = result.known ? std::min(result.up_to_us, evaluated.evaluated_up_to_us())
                                   : evaluated.evaluated_up_to_us();
    result.known = true;
    ++result.tasks;
    result.rules_digest = evaluated.rules_digest();
    result.throttled.insert(evaluated.throttled().begin(), evaluated.throttled().end());
  }
  return result;
}

// What a gateway says is wrong; nothing of one that does not answer.
v1::HealthResponse AskHealth(Session& session, const std::string& mission) {
  v1::HealthResponse response;
  const auto channel = session.Channel(mission, "gateway", {"watch-officer", "liaison"});
  if (!channel.ok()) return response;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(3));
  if (!v1::GatewayService::NewStub(*channel)->Health(&context, {}, &response).ok()) {
    return {};
  }
  return response;
}

// Each begins with whose gateway says it.
std::vector<std::string> HealthLines(const std::string& mission, const v1::HealthResponse& health) {
  const auto name_of = [&](int64_t number) {
    return absl::StrFormat("%s %04d", absl::AsciiStrToUpper(mission), number);
  };
  std::vector<std::string> lines;
  for (const v1::Trouble& trouble : health.troubles()) {
    lines.push_back(LineOf(trouble, NowMicros()));
  }
  for (const v1::JocLink& link : health.links()) {
    lines.push_back(LineOf(link, NowMicros(), name_of));
  }
  for (const std::string& line : LinesOf(health.overdue(), name_of)) lines.push_back(line);
  for (std::string& line : lines) line = StrCat(mission, ": ", line);
  return lines;
}

int RunStatus(Session& session) {
  const absl::StatusOr<const Context*> context = session.context();
  if (!context.ok()) {
    return FailUsage(context.status());
  }
  std::vector<std::pair<std::string, std::string>> targets((*context)->ops.begin(),
                                                           (*context)->ops.end());
  for (const auto& [mission, entry] : (*context)->missions) {
    for (const auto& [service, target] : entry.ops) {
      std::string name = service;
      std::replace(name.begin(), name.end(), '_', '-');
      targets.emplace_back(StrCat(name, " of ", mission), target);
    }
  }
  bool ready = true;
  nlohmann::json report = {{"services", nlohmann::json::array()},
                           {"gateways", nlohmann::json::array()}};
  std::vector<std::vector<std::string>> rows = {{"SERVICE", "OPS", "STATE"}};
  for (const auto& [name, target] : targets) {
    const Answer answer = AskReady(target);
    ready = ready && answer.ready;
    rows.push_back({name, target, answer.text});
    report["services"].push_back(
        {{"name", name}, {"ops", target}, {"ready", answer.ready}, {"state", answer.text}});
  }
  std::vector<std::vector<std::string>> gateways = {
      {"GATEWAY", "EVALUATED UP TO", "AGE", "TASKS", "RULES"}};
  const bool scenario = AskScenarioClock(**context);
  std::set<std::string> throttled;
  // Every gateway hears the same of the engine; one may have heard of it a moment later.
  std::vector<std::string> changing;
  std::vector<std::string> said;
  for (const auto& [mission, entry] : (*context)->missions) {
    if (entry.endpoints.count("gateway") == 0) {
      continue;
    }
    const Evaluated evaluated = AskEvaluated(session, mission);
    gateways.push_back({mission, evaluated.known ? Zulu(evaluated.up_to_us) : "nothing heard",
                        AgeOf(evaluated.up_to_us, NowMicros(), scenario), StrCat(evaluated.tasks),
                        evaluated.rules_digest.substr(0, 12)});
    const v1::HealthResponse health = AskHealth(session, mission);
    for (const std::string& line : HealthLines(mission, health)) said.push_back(line);
    report["gateways"].push_back({{"mission", mission},
                                  {"health", ToJson(health)},
                                  {"evaluated_up_to_us", evaluated.up_to_us},
                                  {"tasks", evaluated.tasks},
                                  {"rules_digest", evaluated.rules_digest},
                                  {"throttled_rules", evaluated.throttled},
                                  {"change", ToJson(evaluated.change)}});
    if (changing.empty()) changing = LinesOf(evaluated.change);
    throttled.insert(evaluated.throttled.begin(), evaluated.throttled.end());
    ready = ready && evaluated.known;
  }
  report["scenario_clock"] = scenario;
  report["ready"] = ready;
  if (session.json()) {
    std::cout << Dump(report) << "\n";
  } else {
    PrintTable(rows);
    std::cout << "\n";
    PrintTable(gateways);
    if (!said.empty()) std::cout << "\n";
    for (const std::string& line : said) std::cout << line << "\n";
    for (const std::string& line : changing) std::cout << "\n" << line << "\n";
    for (const std::string& rule : throttled) {
      std::cout << "\nRule " << rule
                << " costs more than it may and rests: nothing is worked out for it until a new "
                   "version is published.\n";
    }
  }
  return ready ? kOk : kUnavailable;
}

}  // namespace

void AddStatus(CLI::App& app, Run& run) {
  CLI::App* const command = app.add_subcommand(
      "status", "Whether each service is ready, and how far the engine has evaluated");
  command->footer("Exit status 3 unless all are ready.\n\n  tocsinctl status --json");
  command->callback([&run] { run = &RunStatus; });
}

}  // namespace tocsin::ctl
