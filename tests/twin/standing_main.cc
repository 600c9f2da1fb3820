// The shipped record, and warnings raised by hand beside it, through the engine's cores, rules in
// shadow as if they were live: what was filed and what stood in the end, for the twin to say the
// same. Writes filed.ndjson and standing.ndjson into a folder, one JSON a line, and prints the last
// time.
#include <fstream>
#include <iostream>
#include <map>

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "../scenario/pipeline.h"
#include "lib/backtest/replay.h"
#include "lib/wire/wire.h"

namespace tocsin {
namespace {

std::string JsonOf(const google::protobuf::Message& message) {
  std::string text;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &text).ok());
  return text;
}

void Write(const std::string& folder) {
  const std::vector<Document> documents = scenario::ShippedDocuments(0);
  const absl::StatusOr<Pack> registers = ParsePack(documents, {});
  ASSERT_TRUE(registers.ok()) << registers.status();
  const std::vector<Report> reports = scenario::ShippedReports({"tests/twin/raised_play.yaml"});
  std::ofstream filed(folder + "/filed.ndjson");
  for (const Report& report : reports) {
    filed << R"({"receipt":{"outcome":"OUTCOME_ACCEPTED","acceptedUs":")"
          << report.event.accepted.time_since_epoch().count() << R"("},"event":)"
          << JsonOf(ToProto(report.event)) << "}\n";
  }
  ReplayOptions options;
  options.step = std::chrono::hours(1);
  options.shadow = ShadowRules::kToldAsIfLive;
  std::map<WarningId, Warning> last;
  const absl::Status replayed =
      Replay(documents, *registers, reports, options,
             [&](Time /*issued*/, const Warning& warning) { last[warning.id] = warning; });
  ASSERT_TRUE(replayed.ok()) << replayed;
  std::ofstream standing(folder + "/standing.ndjson");
  for (const auto& [id, warning] : last) {
    standing << R"({"warning":)" << JsonOf(ToProto(warning)) << "}\n";
  }
  std::cout << reports.back().event.accepted.time_since_epoch().count() << "\n";
  EXPECT_TRUE(filed.good() && standing.good());
}

}  // namespace
}  // namespace tocsin

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "twin_standing: names the folder to write into\n";
    return 2;
  }
  tocsin::Write(argv[1]);
  return testing::Test::HasFailure() ? 1 : 0;
}
