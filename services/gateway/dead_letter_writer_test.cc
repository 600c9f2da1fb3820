#include "gateway/dead_letter_writer.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/gateway_testing.h"
#include "lib/base/hash.h"
#include "tocsin/v1/journal.pb.h"

namespace tocsin::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MemoryViewStore;
using ::testing::Not;

// A broker that answers when the test says so.
class HeldProducer final : public Producer {
 public:
  absl::Status Produce(OutputRecord record, Done done) override {
    if (full) return absl::ResourceExhaustedError("full");
    held.emplace_back(std::move(record), std::move(done));
    return absl::OkStatus();
  }
  absl::Status Flush(std::chrono::milliseconds /*wait*/) override { return absl::OkStatus(); }
  absl::Status health() const override { return absl::OkStatus(); }

  void Answer(const absl::StatusOr<int64_t>& outcome) {
    for (auto& [record, done] : std::exchange(held, {})) done(outcome);
  }
  std::vector<std::string> Keys() const {
    std::vector<std::string> keys;
    for (const auto& [record, done] : held) keys.push_back(record.key);
    return keys;
  }

  std::vector<std::pair<OutputRecord, Done>> held;
  bool full = false;
};

class DeadLetterWriterTest : public ::testing::Test {
 protected:
  void Pass(const std::string& topic, int64_t offset, const std::string& value) {
    InputRecord record;
    record.source = SourceId{topic, 0};
    record.offset = offset;
    record.value = value;
    ASSERT_TRUE(view_->Apply({record}).ok());
    writer_.Owe();
  }

  MemoryViewStore store_;
  HeldProducer producer_;
  std::unique_ptr<View> view_ = *View::Open(store_, testing::Shape());
  DeadLetterWriter writer_{*view_, producer_, "gateway-unamid"};
};

constexpr char kForeign[] = "\xff\xff SECRET";

TEST_F(DeadLetterWriterTest, WritesOriginHashAndCauseOnceAndNoBytes) {
  Pass("fusion.warnings.v1", 7, kForeign);
  Pass("mission.unamid.actions.v1", 3, kForeign);
  ASSERT_TRUE(writer_.Pump().ok());
  EXPECT_THAT(producer_.Keys(),
              ElementsAre("fusion.warnings.v1/0/7", "mission.unamid.actions.v1/0/3"));
  const OutputRecord& record = producer_.held[0].first;
  EXPECT_EQ(record.target, (SourceId{"fusion.dead-letters.v1", 0}));
  EXPECT_THAT(record.value, Not(HasSubstr("SECRET")));
  v1::DeadLetter letter;
  ASSERT_TRUE(letter.ParseFromString(record.value));
  EXPECT_EQ(letter.origin().topic(), "fusion.warnings.v1");
  EXPECT_EQ(letter.origin().offset(), 7);
  EXPECT_EQ(letter.sha256(), Sha256Hex(kForeign));
  EXPECT_EQ(letter.task(), "gateway-unamid");
  EXPECT_EQ(letter.cause().code(), "unusable_record");
  EXPECT_FALSE(letter.cause().reason().empty());
  // Not again while it is under way, nor when it is written.
  ASSERT_TRUE(writer_.Pump().ok());
  EXPECT_EQ(producer_.held.size(), 2U);
  producer_.Answer(1);
  ASSERT_TRUE(writer_.Pump().ok());
  EXPECT_TRUE(producer_.held.empty());
  EXPECT_TRUE(view_->OwedDeadLetters(10).empty());
}

TEST_F(DeadLetterWriterTest, WhatKafkaDidNotTakeIsTriedAgain) {
  Pass("fusion.warnings.v1", 7, kForeign);
  producer_.full = true;
  ASSERT_TRUE(writer_.Pump().ok());
  producer_.full = false;
  ASSERT_TRUE(writer_.Pump().ok());
  ASSERT_EQ(producer_.held.size(), 1U);
  producer_.Answer(absl::UnavailableError("timed out"));
  ASSERT_TRUE(writer_.Pump().ok());
  EXPECT_EQ(producer_.held.size(), 1U);
}

TEST_F(DeadLetterWriterTest, AProcessThatEndsBeforeTheAnswerOwesItStill) {
  Pass("fusion.warnings.v1", 7, kForeign);
  ASSERT_TRUE(writer_.Pump().ok());
  view_ = *View::Open(store_, testing::Shape());
  DeadLetterWriter next(*view_, producer_, "gateway-unamid");
  producer_.held.clear();
  ASSERT_TRUE(next.Pump().ok());
  EXPECT_THAT(producer_.Keys(), ElementsAre("fusion.warnings.v1/0/7"));
  producer_.Answer(1);
  next.Finish();
  EXPECT_TRUE(view_->OwedDeadLetters(10).empty());
}

TEST_F(DeadLetterWriterTest, AFloodGoesInParts) {
  for (int i = 0; i < 1200; ++i) Pass("fusion.warnings.v1", i, kForeign);
  size_t written = 0;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(writer_.Pump().ok());
    EXPECT_LE(producer_.held.size(), 500U);
    written += producer_.held.size();
    producer_.Answer(1);
  }
  EXPECT_EQ(written, 1200U);
}

}  // namespace
}  // namespace tocsin::gateway
