// A mission with a form of a rule of its own: who is told what, and when, in a history and in
// timelines.
#include <map>
#include <set>

#include <gmock/gmock.h>

#include "lib/backtest/backtest_testing.h"
#include "lib/backtest/lines.h"
#include "lib/backtest/replay.h"
#include "lib/backtest/timeline_run.h"
#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/geo/place_index.h"

namespace tocsin {
namespace {

using backtest_testing::AtHour;
using backtest_testing::Attack;
using backtest_testing::Documents;
using ::testing::ElementsAre;

// UNMIS counts two attacks where the rule counts three.
std::vector<Document> WithForm() {
  Document overrides{"overrides", "unmis", 1, R"(mission: unmis
overrides:
  attacks-near-border:
    version: 1
    why: The road from Yambio takes two days, and there is no other way out.
    condition: {severities: {moderate: 2}}
  group-in-two-areas:
    version: 1
    why: The same road, and those who come down it are known by name on both sides.
    lifetime: 60d
)",
                     ""};
  overrides.sha256 = Sha256Hex(overrides.text);
  std::vector<Document> documents = Documents();
  documents.push_back(std::move(overrides));
  return documents;
}

std::shared_ptr<const Pack> PackOf(const std::vector<Document>& documents) {
  auto parsed = ParsePack(documents, {});
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return std::make_shared<const Pack>(*std::move(parsed));
}

std::vector<std::string> Told(const std::vector<Document>& documents,
                              const std::vector<Report>& reports) {
  const std::shared_ptr<const Pack> pack = PackOf(documents);
  const auto places = MakeS2PlaceIndex(pack->areas_geojson, pack->corridors_geojson);
  EXPECT_TRUE(places.ok()) << places.status();
  WarningLines lines(**places);
  const absl::Status status =
      Replay(documents, *pack, MakeHistory(reports, pack).reports, {},
             [&](Time issued, const Warning& warning) { lines.Add(issued, warning); });
  EXPECT_TRUE(status.ok()) << status;
  std::vector<std::string> told;
  for (const WarningLine& line : lines.Take()) {
    told.push_back(StrCat((line.issued - AtHour(0)) / std::chrono::hours(1), " ",
                          line.mission.str(), " ", line.rule.str()));
  }
  return told;
}

TEST(Form, ItsMissionIsWarnedEarlierTheOthersAsBeforeAndNobodyTwice) {
  const std::vector<Report> reports = {Attack("a-1", 0), Attack("a-2", 10), Attack("a-3", 20),
                                       Attack("a-4", 30)};
  EXPECT_THAT(Told(Documents(), reports),
              ElementsAre("20 monusco attacks-near-border", "20 unmis attacks-near-border"));
  EXPECT_THAT(Told(WithForm(), reports),
              ElementsAre("10 unmis attacks-near-border@unmis", "20 monusco attacks-near-border"));
}

class FormTimeline : public ::testing::Test {
 protected:
  FormTimeline() {
    for (const Report& report : {Attack("a-1", 0), Attack("a-2", 10)}) {
      RecordItem item;
      item.event = report.event;
      timeline_.items.push_back(item);
    }
    expected_.issued = {AtHour(10), AtHour(11)};
    expected_.to = {{"unmis"}};
  }

  static TimelineResult Run(const std::string& rule, const Timeline& timeline) {
    const std::vector<Document> documents = WithForm();
    const auto result = RunTimeline(documents, PackOf(documents), rule, timeline);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(TimelineResult());
  }

  Timeline timeline_;
  ExpectedWarning expected_;
};

TEST_F(FormTimeline, AFormIsTestedWithItsMissionsOverridesInForce) {
  timeline_.expect = {expected_};
  EXPECT_TRUE(Run("attacks-near-border@unmis", timeline_).passed());
}

TEST_F(FormTimeline, ARuleIsTestedAsIfNobodyHadAFormOfIt) {
  EXPECT_TRUE(Run("attacks-near-border", timeline_).passed()) << "two are none";
  RecordItem third;
  third.event = Attack("a-3", 20).event;
  timeline_.items.push_back(third);
  expected_.issued = {AtHour(20), AtHour(21)};
  expected_.to = {{"monusco", "unmis"}};
  timeline_.expect = {expected_};
  EXPECT_TRUE(Run("attacks-near-border", timeline_).passed());
}

}  // namespace
}  // namespace tocsin
