// How far warnings have come on their way to the people of a centre.
#include <iostream>

#include <absl/strings/str_join.h>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "tocsinctl/commands/commands.h"
#include "tocsinctl/commands/gateway.h"
#include "tocsinctl/filter.h"
#include "tocsinctl/latency.h"
#include "tocsinctl/output.h"
#include "tocsinctl/overdue.h"
#include "tocsinctl/texts.h"
#include "tocsinctl/times.h"

namespace tocsin::ctl {
namespace {

struct LedgerArguments {
  std::vector<std::string> name;  // "143", "UNAMID 0143" in one or two words, or the id
  FilterArguments filter;
  std::string since;
  bool undelivered = false, unseen = false;
};

// What came after the commit, by how much; a later stage may imply what nobody said.
std::string After(const v1::LedgerRow& row, int64_t us, bool implied = false) {
  if (us == 0) return implied ? "yes" : "-";
  return "+" + InWords(Duration(us - row.committed_us()));
}

std::vector<std::string> Cells(const Texts& texts, const v1::LedgerRow& row) {
  return {StrCat(texts.NameOf(row.number()),
                 row.revision() == 1 ? "" : StrCat(" rev ", row.revision())),
          Zulu(row.committed_us()),
          After(row, row.pushed_us(), row.delivered()),
          After(row, row.received_us(), row.delivered()),
          After(row, row.seen_us(), row.seen()),
          After(row, row.acknowledged_us())};
}

nlohmann::json ToJson(const Latency& latency) {
  const auto ms = [](Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
  };
  return {{"from", latency.from},      {"to", latency.to},          {"rows", latency.rows},
          {"p50_ms", ms(latency.p50)}, {"p95_ms", ms(latency.p95)}, {"p99_ms", ms(latency.p99)}};
}

void PrintLatencies(const std::vector<Latency>& latencies) {
  if (latencies.empty()) return;
  std::vector<std::vector<std::string>> rows = {{"FROM", "TO", "P50", "P95", "P99", "OF"}};
  for (const Latency& one : latencies) {
    rows.push_back(
        {one.from, one.to, InWords(one.p50), InWords(one.p95), InWords(one.p99), StrCat(one.rows)});
  }
  std::cout << "\n";
  PrintTable(rows);
}

int Print(Session& session, const Texts* texts, const std::vector<v1::LedgerRow>& rows,
          const v1::OverdueDeliveries& overdue) {
  const std::vector<Latency> latencies = LatenciesOf(rows);
  if (session.json()) {
    for (const v1::LedgerRow& row : rows) std::cout << Dump(ctl::ToJson(row)) << "\n";
    auto list = nlohmann::json::array();
    for (const Latency& latency : latencies) list.push_back(ToJson(latency));
    std::cout << Dump({{"latencies", list}, {"overdue", ctl::ToJson(overdue)}}) << "\n";
    return kOk;
  }
  if (rows.empty()) {
    std::cout << "the ledger has nothing of that\n";
  } else {
    std::vector<std::vector<std::string>> cells = {
        {"WARNING", "COMMITTED", "PUSHED", "RECEIVED", "SEEN", "ACKNOWLEDGED"}};
    for (const v1::LedgerRow& row : rows) cells.push_back(Cells(*texts, row));
    PrintTable(cells);
  }
  PrintLatencies(latencies);
  for (const std::string& line :
       LinesOf(overdue, [&](int64_t number) { return texts->NameOf(number); })) {
    std::cout << "\n" << line << "\n";
  }
  return kOk;
}

absl::StatusOr<v1::LedgerRequest> RequestOf(const LedgerArguments& arguments) {
  v1::LedgerRequest request;
  request.set_warning_id(absl::StrJoin(arguments.name, " "));
  *request.mutable_filter() = ToFilter(arguments.filter);
  request.set_page_size(1000);
  if (arguments.undelivered) request.set_selection(v1::LEDGER_SELECTION_UNDELIVERED);
  if (arguments.unseen) request.set_selection(v1::LEDGER_SELECTION_UNSEEN);
  if (!arguments.since.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const int64_t since, TimeIn("--since", arguments.since));
    request.set_since_us(since);
  }
  return request;
}

int RunLedger(Session& session, const LedgerArguments& arguments) {
  const absl::StatusOr<std::string> mission = session.Mission();
  if (!mission.ok()) return FailUsage(mission.status());
  const absl::StatusOr<std::unique_ptr<Texts>> texts = TextsOf(session);
  if (!texts.ok()) return FailUsage(texts.status());
  absl::StatusOr<v1::LedgerRequest> request = RequestOf(arguments);
  if (!request.ok()) return FailUsage(request.status());
  const auto stub = Gateway(session, *mission);
  if (!stub.ok()) return FailUsage(stub.status());
  std::vector<v1::LedgerRow> rows;
  v1::LedgerResponse response;
  do {
    const absl::Status status = session.Call(
        [&](grpc::ClientContext& call) { return (*stub)->Ledger(&call, *request, &response); });
    if (!status.ok()) return Fail(status);
    rows.insert(rows.end(), response.rows().begin(), response.rows().end());
    request->set_page_token(response.next_page_token());
  } while (!request->page_token().empty());
  return Print(session, texts->get(), rows, response.overdue());
}

}  // namespace

void AddLedger(CLI::App& app, Run& run) {
  CLI::App* const command = app.add_subcommand(
      "ledger", "How far each warning has come: committed, pushed, received, seen, acknowledged");
  const auto arguments = std::make_shared<LedgerArguments>();
  command->add_option("warning", arguments->name,
                      "Its number, as 143 or \"UNAMID 0143\", or its id; else all");
  AddFilter(*command, arguments->filter);
  command->add_option("--since", arguments->since,
                      "Only what was committed then or later, as 2009-03-04T03:10:00Z");
  CLI::Option* const undelivered =
      command->add_flag("--undelivered", arguments->undelivered, "Only what no watch has received");
  command->add_flag("--unseen", arguments->unseen, "Only what nobody is known to have seen")
      ->excludes(undelivered);
  command->footer(
      "For your own centre, newest warning first, each revision that alerts. A time is how long "
      "after\n"
      "the commit; \"yes\": a later stage says so. Below it how long the ways take: half, 95 and "
      "99 "
      "percent\n"
      "take no longer. With --json a row a line, and the latencies on the last.\n\n"
      "  tocsinctl ledger --mission unamid --since 2009-03-04T00:00:00Z\n"
      "  tocsinctl ledger --mission unamid --unseen");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunLedger(session, *arguments); };
  });
}

}  // namespace tocsin::ctl
