#include "gateway/situation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/text.h"

namespace tocsin::gateway {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Steady = std::chrono::steady_clock::time_point;

constexpr char kFeeds[] = "mission.unamid.sensors.v1";

class TroublesTest : public ::testing::Test {
 protected:
  v1::SourceTime& Source(const std::string& topic, int64_t accepted_s, v1::SourceStatus status) {
    v1::SourceTime& source = *evaluated_[0].mutable_tick()->add_sources();
    source.mutable_source()->set_topic(topic);
    source.set_last_accepted_us(1'000'000 * accepted_s);
    source.set_status(status);
    return source;
  }
  // "<kind> <seconds since>" of each.
  std::vector<std::string> Troubles() const {
    std::vector<std::string> out;
    for (const v1::Trouble& trouble :
         TroublesOf({}, broker_, heard_, evaluated_, kFeeds, now_, FromMicros(5'000'000'000))) {
      out.push_back(StrCat(v1::TroubleKind_Name(trouble.kind()).substr(13), " ",
                           trouble.since_us() / 1'000'000));
    }
    return out;
  }

  const Steady now_ = Steady() + seconds(5000);  // and the machine's clock says the same
  BrokerReach::State broker_;
  std::map<int32_t, Steady> heard_ = {{0, now_ - seconds(1)}, {1, now_ - seconds(2)}};
  std::vector<v1::EvaluatedUpTo> evaluated_ = [] {
    std::vector<v1::EvaluatedUpTo> tasks(2);
    tasks[0].mutable_tick()->set_clock_us(9'000'000'000);
    tasks[1].set_keyed_partition(1);
    return tasks;
  }();
};

TEST_F(TroublesTest, NothingIsWrong) {
  Source(kFeeds, 8990, v1::SOURCE_STATUS_AT_END);
  EXPECT_THAT(Troubles(), IsEmpty());
}

TEST_F(TroublesTest, EachStateIsItsOwn) {
  heard_[1] = now_ - seconds(15);
  EXPECT_THAT(Troubles(), ElementsAre("EVALUATION_STOPPED 4985"));
  heard_[1] = now_;
  Source(kFeeds, 5400, v1::SOURCE_STATUS_AT_END);
  EXPECT_THAT(Troubles(), ElementsAre("FEED_SILENT 5400"));
  Source("mission.unmis.sitreps.v1", 100, v1::SOURCE_STATUS_UNKNOWN)
      .set_unknown_since_us(8'000'000'000);
  EXPECT_THAT(Troubles(), ElementsAre("FEED_SILENT 5400", "SOURCE_NOT_READ 8000"));
}

TEST_F(TroublesTest, AFeedThatNeverSpokeIsBehindOrIsAnotherMissionsHasNotFallenSilent) {
  Source(kFeeds, 0, v1::SOURCE_STATUS_AT_END);
  Source(kFeeds, 10, v1::SOURCE_STATUS_BEHIND);
  Source("mission.unmis.sensors.v1", 10, v1::SOURCE_STATUS_AT_END);
  Source("mission.unamid.sitreps.v1", 10, v1::SOURCE_STATUS_AT_END);
  EXPECT_THAT(Troubles(), IsEmpty());
  // By the clock of the router task that reads it.
  Source(kFeeds, 10, v1::SOURCE_STATUS_AT_END).set_clock_us(20'000'000);
  EXPECT_THAT(Troubles(), IsEmpty());
}

TEST_F(TroublesTest, WhileTheBrokerIsAwayNothingElseIsSaidToHaveStoppedSince) {
  broker_ = {false, now_ - seconds(100), FromMicros(4'900'000'000)};
  heard_ = {{0, now_ - seconds(101)}, {1, now_ - seconds(102)}};
  EXPECT_THAT(Troubles(), ElementsAre("BROKER_NOT_REACHED 4900"));
  // What had stopped before has stopped.
  heard_[1] = now_ - seconds(115);
  EXPECT_THAT(Troubles(), ElementsAre("BROKER_NOT_REACHED 4900", "EVALUATION_STOPPED 4885"));
}

TEST_F(TroublesTest, WhenTheBrokerIsBackTheEngineHasItsTimeToBeHeardOf) {
  heard_ = {{0, now_ - seconds(100)}};
  broker_ = {true, now_ - seconds(14), FromMicros(4'986'000'000)};
  EXPECT_THAT(Troubles(), IsEmpty());
  broker_.changed = now_ - seconds(15);
  EXPECT_THAT(Troubles(), ElementsAre("EVALUATION_STOPPED 4900"));
}

}  // namespace
}  // namespace tocsin::gateway
