#include "gateway/link_writer.h"

#include <gtest/gtest.h>

#include "gateway/gateway_testing.h"

namespace tocsin::gateway {
namespace {

using std::chrono::seconds;

class CountingProducer final : public Producer {
 public:
  absl::Status Produce(OutputRecord record, Done done) override {
    ++records;
    bytes = record.key.size() + record.value.size();
    for (const auto& [name, value] : record.headers) bytes += name.size() + value.size();
    v1::ReceiptsRecord proto;
    EXPECT_TRUE(proto.ParseFromString(record.value));
    last = proto.link();
    if (away) {
      done(absl::UnavailableError("away"));
    } else {
      done(1);
    }
    return absl::OkStatus();
  }
  absl::Status Flush(std::chrono::milliseconds /*wait*/) override { return absl::OkStatus(); }
  absl::Status health() const override { return absl::OkStatus(); }

  bool away = false;
  int records = 0;
  size_t bytes = 0;
  v1::LinkBeat last;
};

class LinkWriterTest : public ::testing::Test {
 protected:
  void Pump(int64_t clients, int pass_ms = 100) {
    now_ += std::chrono::milliseconds(pass_ms);
    writer_.Pump({clients, FromMicros(1'700'000'000'000'000)},
                 Receipt{WarningId(testing::IdOf(1)), 2, ReceiptStage::kReceived,
                         FromMicros(1'700'000'000'000'000)},
                 now_);
  }
  CountingProducer producer_;
  LinkWriter writer_{producer_, MissionId("unamid"),
                     LinkPolicy{{MissionId("minurcat"), MissionId("unmis")}, seconds(15)},
                     "0123456789abcdef"};
  LinkWriter::Clock::time_point now_ = LinkWriter::Clock::time_point() + seconds(1000);
};

// docs/guarantees.md has these figures.
TEST_F(LinkWriterTest, AnIdleHourWritesSoMuch) {
  for (int i = 0; i < 36'000; ++i) Pump(3);
  EXPECT_EQ(producer_.records, 240);
  const size_t in_an_hour = producer_.bytes * 240;
  std::cout << producer_.bytes << " bytes a record, " << in_an_hour << " an hour\n";
  EXPECT_LT(in_an_hour, 80'000U);
}

TEST_F(LinkWriterTest, AChangeIsSaidAtOnceAndAFlappingLinkOnceASecond) {
  Pump(0);
  EXPECT_EQ(producer_.records, 1);
  Pump(1, 1000);
  EXPECT_EQ(producer_.records, 2);
  EXPECT_EQ(producer_.last.clients(), 1);
  Pump(2000);  // more of them is no change
  EXPECT_EQ(producer_.records, 2);
  for (int i = 0; i < 100; ++i) Pump(i % 2);
  EXPECT_LE(producer_.records, 13);
}

TEST_F(LinkWriterTest, WhatDidNotArriveIsSaidAgain) {
  Pump(1);
  producer_.away = true;
  Pump(0, 1000);
  EXPECT_EQ(producer_.records, 2);
  producer_.away = false;
  Pump(0, 1000);
  EXPECT_EQ(producer_.records, 3);
  Pump(0, 1000);
  EXPECT_EQ(producer_.records, 3);
  writer_.End({}, std::nullopt);
  EXPECT_TRUE(producer_.last.ends());
}

}  // namespace
}  // namespace tocsin::gateway
