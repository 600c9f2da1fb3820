#include "lib/filing/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

using ::testing::Contains;
using ::testing::Pair;

Event Report() {
  Event event;
  event.identity = {MissionId("unamid"), EventId("r-1")};
  event.revision = 2;
  event.type = "security.attack";
  event.observed = {FromMicros(1'237'000'000'000'000), FromMicros(1'237'000'000'000'000)};
  event.accepted = FromMicros(1'237'000'001'500'000);
  event.label = {
      MissionId("unamid"), Classification::kStrictlyConfidential, Tlp::kAmberStrict, {}, {}};
  return event;
}

InputRecord AsRead(const OutputRecord& record) {
  return {record.target, 3, record.key, record.value, false, record.headers};
}

TEST(Records, AreCloudEvents) {
  const OutputRecord record = ToRecord(Report(), {"t", 1}, "r-1", "sitreps", std::nullopt);
  EXPECT_EQ(record.key, "r-1");
  EXPECT_THAT(record.headers, Contains(Pair("ce_id", "unamid/r-1/2")));
  EXPECT_THAT(record.headers, Contains(Pair("ce_source", "/missions/unamid/sitreps")));
  EXPECT_THAT(record.headers, Contains(Pair("ce_type", "security.attack")));
  EXPECT_THAT(record.headers, Contains(Pair("ce_time", "2009-03-14T03:06:40Z")));
  EXPECT_THAT(record.headers, Contains(Pair("ce_recordedtime", "2009-03-14T03:06:41.5Z")));
  EXPECT_THAT(record.headers,
              Contains(Pair("ce_dataclassification", "STRICTLY_CONFIDENTIAL,TLP:AMBER_STRICT")));
}

TEST(Records, ReadBackWithTheirPlaceInASession) {
  const SessionMark mark{"birao-1", "s1", 7, 5};
  const auto parsed = FromRecord(AsRead(ToRecord(Report(), {"t", 1}, "birao-1", "sensors", mark)),
                                 MissionId("unamid"));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->event, Report());
  ASSERT_TRUE(parsed->mark);
  EXPECT_EQ(parsed->mark->feed, "birao-1");
  EXPECT_EQ(parsed->mark->session, "s1");
  EXPECT_EQ(parsed->mark->sequence, 7);
  EXPECT_EQ(parsed->mark->previous, 5);
}

TEST(Records, ForeignBytesAreRefused) {
  InputRecord record = AsRead(ToRecord(Report(), {"t", 1}, "r-1", "sitreps", std::nullopt));
  EXPECT_FALSE(FromRecord(record, MissionId("unmis")).ok());
  record.value = "\xff\xff";
  EXPECT_FALSE(FromRecord(record, MissionId("unamid")).ok());
  record.value = "";
  EXPECT_FALSE(FromRecord(record, MissionId("unamid")).ok());
}

}  // namespace
}  // namespace tocsin
