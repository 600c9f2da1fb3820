// What a centre's marks say of each rule, beside who brought the rule in.
#include <iostream>
#include <map>

#include "lib/base/text.h"
#include "tocsinctl/commands/gateway.h"
#include "tocsinctl/commands/rules_publish.h"
#include "tocsinctl/filter.h"
#include "tocsinctl/output.h"

namespace tocsin::ctl {
namespace {

// Who last proposed a version of each rule; not there for what the deployment began with.
absl::StatusOr<std::map<std::string, std::string>> Authors(Session& session) {
  const auto stub = RulesGateway(session, RulesAs::kReader);
  if (!stub.ok()) return stub.status();
  v1::HistoryResponse history;
  const absl::Status status = session.Call([&](grpc::ClientContext& call) {
    return (*stub)->History(&call, v1::HistoryRequest(), &history);
  });
  if (!status.ok()) return status;
  std::map<std::string, std::string> authors;
  for (const v1::PublicationEntry& entry : history.entries()) {
    const std::string author = NameOf(entry.proposal().author());
    for (const std::string& rule : entry.added()) authors[rule] = author;
    for (const std::string& rule : entry.changed()) authors[rule] = author;
  }
  return authors;
}

int RunMarks(Session& session, const FilterArguments& filter) {
  const absl::StatusOr<std::string> mission = session.Mission();
  if (!mission.ok()) return FailUsage(mission.status());
  const auto stub = Gateway(session, *mission);
  if (!stub.ok()) return FailUsage(stub.status());
  v1::RuleMarksRequest request;
  *request.mutable_filter() = ToFilter(filter);
  v1::RuleMarksResponse response;
  const absl::Status status = session.Call(
      [&](grpc::ClientContext& call) { return (*stub)->RuleMarks(&call, request, &response); });
  if (!status.ok()) return Fail(status);
  if (session.json()) {
    for (const v1::MarksOfRule& marks : response.rules()) std::cout << Dump(ToJson(marks)) << "\n";
    return kOk;
  }
  const absl::StatusOr<std::map<std::string, std::string>> authors = Authors(session);
  if (!authors.ok()) return Fail(authors.status());
  std::vector<std::vector<std::string>> rows = {
      {"RULE", "AUTHOR", "WARNINGS", "USEFUL", "FALSE ALARM", "NOT MARKED", "USEFUL OF MARKED"}};
  for (const v1::MarksOfRule& marks : response.rules()) {
    const auto author = authors->find(marks.rule_id());
    const int32_t marked = marks.useful() + marks.false_alarms();
    rows.push_back({marks.rule_id(), author == authors->end() ? "-" : author->second,
                    StrCat(marks.warnings()), StrCat(marks.useful()), StrCat(marks.false_alarms()),
                    StrCat(marks.warnings() - marked),
                    marked == 0 ? "-" : StrCat(100 * marks.useful() / marked, " %")});
  }
  PrintTable(rows);
  return kOk;
}

}  // namespace

void AddRulesMarks(CLI::App& rules, Run& run) {
  CLI::App* const command =
      rules.add_subcommand("marks", "How many warnings of each rule your centre found useful");
  const auto filter = std::make_shared<FilterArguments>();
  AddFilter(*command, *filter);
  command->footer(
      "Of the warnings that your gateway holds, ended ones too; the marks are those of your own\n"
      "centre. The author is who last proposed a version of the rule.\n\n"
      "  tocsinctl rules marks --mission unamid");
  command->callback(
      [filter, &run] { run = [filter](Session& session) { return RunMarks(session, *filter); }; });
}

}  // namespace tocsin::ctl
